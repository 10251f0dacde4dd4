"""Words shared by all rooms: array types, the vocabulary of ids, and what an answer consists of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.floating[Any]]
IntArray = NDArray[np.integer[Any]]
BoolArray = NDArray[np.bool_]
DateArray = NDArray[np.datetime64]  # days; NaT where unknown
TextArray = NDArray[np.object_]  # str objects; "" where unknown

Horizon = Literal["current", "next"]  # which position's gap is to be closed: the one held, or the next one

MISSING = -1  # the row number that stands for "no such row"


class Vocabulary(Sequence[str]):
    """The ids of one table in the table's order; turns ids into row numbers and back.

    Examples
    --------
    >>> programs = Vocabulary(["P1", "P2"])
    >>> programs.rows(["P2", "P9"]).tolist()
    [1, -1]
    """

    __slots__ = ("_equal", "_met", "_row_of", "ids")

    def __init__(self, ids: Iterable[str]) -> None:
        self.ids = tuple(ids)
        self._row_of = {id_: row for row, id_ in enumerate(self.ids)}
        # The last vocabulary found equal, and the last one looked up: a model meets one catalogue after all.
        self._equal: Vocabulary | None = None
        self._met: tuple[Vocabulary, IntArray] | None = None

    def __reduce__(self) -> tuple[type[Vocabulary], tuple[tuple[str, ...]]]:
        return Vocabulary, (self.ids,)  # what was met is not kept

    def __len__(self) -> int:
        return len(self.ids)

    def __getitem__(self, row: Any) -> Any:
        return self.ids[row]

    def __contains__(self, id_: object) -> bool:
        return id_ in self._row_of

    def __eq__(self, other: object) -> bool:
        if other is self or other is self._equal:
            return True
        if not isinstance(other, Vocabulary) or self.ids != other.ids:
            return False
        self._equal = other
        return True

    def __hash__(self) -> int:
        return hash(self.ids)

    def row(self, id_: str) -> int:
        """Return the row of one id, `MISSING` if unknown."""
        return self._row_of.get(id_, MISSING)

    def rows(self, ids: Iterable[str]) -> IntArray:
        """Return the row of each id, shape (n,), `MISSING` where unknown."""
        met = self._met
        if met is not None and met[0] is ids:
            return met[1].copy()
        rows = np.array([self._row_of.get(id_, MISSING) for id_ in ids], dtype=np.int64)
        if isinstance(ids, Vocabulary):
            self._met = (ids, rows.copy())
        return rows


EMPTY_VOCABULARY = Vocabulary(())


@dataclass(frozen=True, slots=True)
class Reason:
    """One part of a score: its kind, what it adds to the score, and what it says to people."""

    kind: str
    contribution: float
    text: str


@dataclass(frozen=True, slots=True)
class Recommendation:
    """One recommended program.

    Attributes
    ----------
    score : the ranker's number; the contributions of `reasons` add up to it.
    benefit, benefit_low, benefit_high : expected weighted gap closed and its 80 % interval, in levels; None
        where the data do not say what the position asks for.
    hours : length in JP; None where unknown.
    """

    rank: int
    program_id: str
    title: str
    score: float
    benefit: float | None
    benefit_low: float | None
    benefit_high: float | None
    hours: float | None
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the engine says to one person.

    Attributes
    ----------
    ranker : the ranker that put the list in order; "none" where no ranker could.
    notes : what the reader must know: a fallback, an abstention, in the language asked for.
    excluded : how many programs each rule kept out, by reason code.
    as_of : the data's own date, ISO; "" where the data carry none.
    model : digest of the bundle; "" for an engine that was not loaded from one.
    """

    employee_id: str
    recommendations: tuple[Recommendation, ...]
    ranker: str
    notes: tuple[str, ...]
    excluded: dict[str, int]
    as_of: str
    model: str


@dataclass(frozen=True, slots=True)
class Decision:
    """An answer with the part that chance had in it, as a ledger keeps it.

    Attributes
    ----------
    asked : how many programs were asked for.
    share : how often the last place is drawn by lot; 0 where nothing is left to chance.
    propensities : for each recommended program the probability that it stands in its place.
    candidates : programs that a lot may put in the last place, the one that usually stands there first; ()
        where that place is not left to chance.
    """

    answer: Answer
    asked: int
    share: float
    propensities: tuple[float, ...]
    candidates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Question:
    """An assessment worth asking for.

    Attributes
    ----------
    value : weighted levels that the five programs of highest benefit are expected to close more, for knowing
        the answer.
    chance : probability that the answer makes another program the one of highest benefit.
    held, sd : level believed today, within the scale, and its standard deviation; `sd_after` what is left
        once it is judged.
    """

    employee_id: str
    competency_id: str
    name: str
    source: str
    value: float
    chance: float
    held: float
    sd: float
    sd_after: float


@dataclass(frozen=True, slots=True)
class Change:
    """One change of evidence, and the program that would then stand first.

    Attributes
    ----------
    kind : "new_judgement" one more assessment on the data's date; "other_level" an assessment that came out
        differently; "no_judgement", "no_training" a record that was not there.
    id, name : the competency judged, or the program taken.
    source, day : who judged, and the day of the record, ISO; "" where there is none.
    before : level recorded, or expected of a judgement still to be made; None for a training.
    after : level judged instead; None where the record was not there.
    size : levels between the two; None where the record was not there.
    program_id, title : the program then first.
    """

    kind: str
    id: str
    name: str
    source: str
    day: str
    before: float | None
    after: float | None
    size: float | None
    program_id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class Counterfactual:
    """What would have to be otherwise for another program to stand first, the smallest change first.

    Attributes
    ----------
    program_id, title : the program that stands first now; "" where nothing is recommended.
    changes : the smallest of each kind that there is; judgements by size, then records left out.
    notes : what the reader must know where there are none.
    """

    employee_id: str
    program_id: str
    title: str
    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    as_of: str
    model: str


@dataclass(frozen=True, slots=True)
class CompetencyLine:
    """What is believed of one person in one competency.

    Attributes
    ----------
    held, low, high : mean level and its 80 % interval, on the policy's scale.
    required, next_required : level asked by the position held and by the next one; None where not asked.
    gap : expected shortfall to `required`, in levels; None where nothing is asked.
    evidence : how many assessments and trainings the belief rests on; `rests_on` says which.
    """

    competency_id: str
    name: str
    held: float
    low: float
    high: float
    required: float | None
    next_required: float | None
    gap: float | None
    evidence: int
    rests_on: str


@dataclass(frozen=True, slots=True)
class Profile:
    """A person's competencies against the position held and the next one, the largest gap first."""

    employee_id: str
    position: str
    next_position: str
    as_of: str
    lines: tuple[CompetencyLine, ...]
    model: str
