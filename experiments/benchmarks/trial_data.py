"""Three public trials of training and teaching, as arrays: JOBS II, Michigan's training grants, STAR."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.converters.sources import SourceTable, find_file, read_csv
from recommender.domain import BoolArray, FloatArray, TextArray

_JOBS_NUMBERS = ("depress1", "econ_hard", "sex", "age")
_JOBS_WORDS = ("occp", "marital", "nonwhite", "educ", "income")
_FIRM_NUMBERS = ("employ", "sales", "avgsal", "union")
GRADES = {"k": "kindergarten", "1": "grade 1", "2": "grade 2", "3": "grade 3"}


@dataclass(frozen=True, slots=True)
class Trial:
    """Who was treated, and what became of whom.

    Attributes
    ----------
    treated, outcome : shape (n,).
    covariates : shape (n, k); NaN where unknown.
    before : the outcome, or what comes nearest to it, before the treatment, shape (n,); a column of the
        covariates.
    group : within which lots were drawn, shape (n,).
    """

    treated: BoolArray
    outcome: FloatArray
    covariates: FloatArray
    before: FloatArray
    group: TextArray

    def of(self, rows: BoolArray) -> Trial:
        """Return some people of the trial."""
        return Trial(
            self.treated[rows],
            self.outcome[rows],
            self.covariates[rows],
            self.before[rows],
            self.group[rows],
        )


def read_jobs(source: Path) -> Trial:
    """Return JOBS II: a workshop for the unemployed, by lot; the outcome is depression half a year later."""
    columns = ("treat", "depress2", *_JOBS_NUMBERS, *_JOBS_WORDS)
    table = read_csv(find_file(source, "firm_training", "jobs.csv"), columns)
    numbers = [np.array(table.numbers(name)) for name in _JOBS_NUMBERS]
    words = [_indicators(table.texts(name).to_numpy(dtype=object)) for name in _JOBS_WORDS]
    treated = np.array(table.words("treat", {"0": False, "1": True}))
    return Trial(
        treated,
        np.array(table.numbers("depress2")),
        np.column_stack([*numbers, *words]),
        numbers[0],
        _one_group(len(treated)),
    )


def read_grants(source: Path) -> Trial:
    """Return Michigan's training grants of 1988, not by lot; the outcome is hours of training a head."""
    columns = ("year", "fcode", "grant", "hrsemp", *_FIRM_NUMBERS)
    table = read_csv(find_file(source, "firm_training", "jtrain.csv"), columns)
    year, firm = (table.texts(name).to_numpy(dtype=object) for name in ("year", "fcode"))
    granted = np.array(table.words("grant", {"0": False, "1": True}))
    hours = np.array(table.numbers("hrsemp"))
    later = (year == "1988") & ~np.isnan(hours)
    place = {code: row for row, code in enumerate(firm) if year[row] == "1987"}
    earlier = np.array([place[code] for code in firm[later]])
    facts = np.column_stack([np.array(table.numbers(name)) for name in _FIRM_NUMBERS])[earlier]
    before = hours[earlier]
    covariates = np.column_stack([before, facts])
    return Trial(granted[later], hours[later], covariates, before, _one_group(len(before)))


def read_star(source: Path, grade: str, subject: str) -> Trial:
    """Return STAR's newcomers of a grade: a small class against a regular one, by lot within the school."""
    earlier = [name for name in GRADES if name < grade or name == "k"] if grade != "k" else []
    own = [f"{name}{grade}" for name in ("star", subject, "lunch", "schoolid")]
    columns = ["gender", "ethnicity", "birth", *own, *(f"star{name}" for name in earlier)]
    table = read_csv(find_file(source, "star", "STAR.csv"), columns)
    kind, _, lunch, school = (table.texts(name).to_numpy(dtype=object) for name in own)
    score = np.array(table.numbers(own[1]))
    new = np.all([table.texts(f"star{name}").to_numpy(dtype=object) == "" for name in earlier], axis=0)
    rows = np.isin(kind, ("small", "regular")) & ~np.isnan(score) & (school != "") & new
    small = kind == "small"
    rows &= _in_both(small, school, rows)
    words = [*_words(table, ("gender", "ethnicity", "birth")), lunch, school]
    covariates = np.column_stack([_indicators(one[rows]) for one in words])
    return Trial(small[rows], score[rows], covariates, np.full(int(rows.sum()), np.nan), school[rows])


def _one_group(people: int) -> TextArray:
    return np.full(people, "all", dtype=object)


def _words(table: SourceTable, names: Sequence[str]) -> list[TextArray]:
    return [table.texts(name).to_numpy(dtype=object) for name in names]


def _in_both(treated: BoolArray, group: TextArray, rows: BoolArray) -> BoolArray:
    """Return who is of a group with two people of either kind at least, shape (n,)."""
    names, place = np.unique(group, return_inverse=True)
    counts = [np.bincount(place[rows & side], minlength=len(names)) for side in (treated, ~treated)]
    both: BoolArray = (np.minimum(*counts) >= 2)[place]
    return both


def _indicators(words: TextArray) -> FloatArray:
    """Return a column of 0 and 1 for each word but the first; a lack of one counts as a word."""
    indicators: FloatArray = np.equal(words[:, None], np.unique(words)[None, 1:]).astype(float)
    return indicators
