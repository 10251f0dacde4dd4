"""True gains: what programs would change for people, which only a simulated city can know.

`recommender simulate DIR --truth` writes them (see the package's docstring). They lie beside the tables, no
`Dataset` reads them, and a `Trial` hands its rankers the past and the estimator alone: nothing that is judged
by them can have seen them.

They are gains at the data's own date, while the lists of a backtest are made for a day before it. What
somebody attended in between has by then brought what it could, so that a list would be blamed for
foretelling well. Hence judged are the first five programs of a list (of ten) that could still be taken at the
data's date, against the five of highest gain among the same. Prerequisites and conditions are not applied,
to neither: a backtest knows none.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from recommender.dataset import Dataset
from recommender.domain import MISSING, BoolArray, FloatArray, IntArray
from recommender.engine import Engine
from recommender.errors import RecommenderError
from recommender.rankers.hours import lengths, usual_length
from recommender.rankers.mandates import repeatable

FILE = Path("truth") / "gains.csv"  # in the folder of the data
COUNTED = 5  # programs whose gains are summed
LISTED = 10  # programs that a list must have, for five of them to be open still
TRUE_GAIN = tuple(f"{name}_{COUNTED}" for name in ("gain", "gain_per_hour", "gain_share"))
OF_GAINS = (
    f"True gain (simulated data): what {COUNTED} programs of a list would close of a person's gaps, those "
    "left out that were taken since the cut; the share is of what the best list would."
)
_COLUMNS = ("employee_id", "program_id", "gain")


class WrongGains(RecommenderError):  # noqa: N818 - reads as what it says
    """The file of true gains is not of this city, or not what it should be."""


@dataclass(frozen=True, slots=True)
class TrueGains:
    """What each program would close of each person's weighted shortfall, at the data's date; shape (n, P).

    Attributes
    ----------
    gain : in levels; NaN for people who have left, of whom nothing is known.
    open_ : what the person may still take: programs that are held, and not taken yet or to be repeated.
    hours : length of each program in JP, shape (P,); of those without one it is the median of the others.
        Hours of attendance and not the JP that a form is credited with: it is time that is spent.
    """

    gain: FloatArray
    open_: BoolArray
    hours: FloatArray

    def by_case(self, ranked: IntArray, rows: IntArray, offered: BoolArray) -> dict[str, FloatArray]:
        """Return what lists bring and the most they could have brought, and their hours, shape (n,) each.

        Parameters
        ----------
        ranked : program rows, best first, `MISSING` where there are no more, shape (n, at least `LISTED`).
        rows : whose the lists are. offered : programs on offer at the cut, shape (P,).
        """
        gain, open_ = self.gain[rows], self.open_[rows] & offered
        listed = _first_open(ranked, open_)
        shown = listed != MISSING
        gained = np.take_along_axis(gain, np.maximum(listed, 0), axis=1)
        values = {
            "gain": np.where(shown, gained, 0.0).sum(axis=1),
            "gain_possible": limits(gain, open_)[0],
            "gain_hours": np.where(shown, self.hours[listed], 0.0).sum(axis=1),
        }
        known = ~np.isnan(gain).any(axis=1)
        return {f"{name}_{COUNTED}": np.where(known, value, np.nan) for name, value in values.items()}


def _first_open(ranked: IntArray, open_: BoolArray) -> IntArray:
    """Return the first five programs of each list that are open, `MISSING` where there are fewer, (n, 5)."""
    counted = (ranked != MISSING) & np.take_along_axis(open_, np.maximum(ranked, 0), axis=1)
    first = np.argsort(~counted, axis=1, kind="stable")[:, :COUNTED]
    taken = np.take_along_axis(ranked, first, axis=1)
    return np.where(np.take_along_axis(counted, first, axis=1), taken, MISSING)


def find_true_gains(data: str | Path, dataset: Dataset) -> TrueGains | None:
    """Return the true gains that lie beside the tables in `data`; None where there are none.

    Raises
    ------
    WrongGains
        The file is not what it should be; the first wrong row is named.
    """
    path = Path(data) / FILE
    if not path.is_file():
        return None
    gain = read_gains(path, dataset)
    gain[~dataset.employees.active] = np.nan
    taken = np.zeros(gain.shape, dtype=np.bool_)
    taken[dataset.history.employee, dataset.history.program] = True
    open_ = (~taken | repeatable(dataset)) & dataset.programs.active
    return TrueGains(gain, open_, lengths(dataset, usual_length(dataset)))


def read_gains(path: Path, dataset: Dataset) -> FloatArray:
    """Return the true gain of each program for each person, shape (n, P); an absent pair gains nothing.

    Raises
    ------
    WrongGains
        A column is absent, or a row has an unknown id, a pair seen before, or no number of 0 or more.
    """
    rows = _table(path)
    people, programs = dataset.employees.ids, dataset.programs.ids
    employee, program = people.rows(rows["employee_id"]), programs.rows(rows["program_id"])
    gain = pd.to_numeric(rows["gain"], errors="coerce").to_numpy(dtype=float)
    _refuse(path, rows["employee_id"], employee == MISSING, "is no employee of these data")
    _refuse(path, rows["program_id"], program == MISSING, "is no program of these data")
    _refuse(path, rows["gain"], ~(np.isfinite(gain) & (gain >= 0)), "is no gain, which is a number from 0 up")
    pair = pd.Series(employee * len(programs) + program)
    _refuse(path, rows["program_id"], pair.duplicated().to_numpy(), "stands there twice for one employee")
    out = np.zeros((len(people), len(programs)))
    out[employee, program] = gain
    return out


def _table(path: Path) -> pd.DataFrame:
    try:
        rows = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig")
    except (pd.errors.ParserError, pd.errors.EmptyDataError, UnicodeDecodeError) as error:
        raise WrongGains(f"{path} is no table in CSV: {error}; {_REMEDY}") from error
    missing = [name for name in _COLUMNS if name not in rows]
    if missing:
        raise WrongGains(f"{path} has no column {', '.join(missing)}; {_REMEDY}")
    return rows


def _refuse(path: Path, column: pd.Series, wrong: BoolArray, problem: str) -> None:
    """Name the first wrong row, counted as an editor does: the header is row 1."""
    if wrong.any():
        row = int(np.argmax(wrong))
        raise WrongGains(
            f"{path}, row {row + 2}, column {column.name}: {column.iloc[row]!r} {problem}; {_REMEDY}"
        )


_REMEDY = "write it anew by `recommender simulate DIR --truth`, or remove it to go without true gains."


def limits(gains: FloatArray, open_: BoolArray) -> tuple[FloatArray, FloatArray]:
    """Return per person the sum of the best five gains, and the expected sum of five drawn at random.

    Parameters
    ----------
    gains : shape (n, P). open_ : what may be chosen, shape (n, P).
    """
    admitted = np.where(open_, gains, 0.0)
    best = np.sort(admitted, axis=1)[:, -COUNTED:].sum(axis=1)
    count = open_.sum(axis=1)
    return best, admitted.sum(axis=1) * np.minimum(COUNTED, count) / np.maximum(count, 1)


def gains_and_hours(engine: Engine, gains: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return true gain and hours of all that the engine recommends to each active person, (active,) each."""
    dataset = engine.dataset
    active = np.flatnonzero(dataset.employees.active)
    answers = engine.recommend_many([dataset.employees.ids[row] for row in active], COUNTED)
    programs = [dataset.programs.ids.rows(r.program_id for r in one.recommendations) for one in answers]
    gained = [gains[row, listed].sum() for row, listed in zip(active, programs, strict=True)]
    hours = lengths(dataset, usual_length(dataset))
    return np.array(gained), np.array([hours[listed].sum() for listed in programs])
