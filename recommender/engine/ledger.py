"""The ledger: what was recommended to whom by which model, one line of JSON per answer, never changed.

A line holds all that judging another model by it takes (`evaluation/off_policy.py`). Where fields are added,
readers that do not know them go on; where one changes its meaning, `FORMAT` rises and older readers refuse.

People stand under the pseudonyms of the bundle that answered (`pseudonyms.py`). The ledger is kept for years
and read by those who compare models, who need to know that two lines are of one person, not who that is. Who
has the key finds a person's lines by the pseudonym of the id; nobody else does. No name and no id is kept.
"""

from __future__ import annotations

import json
import math
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
from pydantic import TypeAdapter, ValidationError

from recommender.domain import Decision
from recommender.engine.engine import Engine
from recommender.engine.pseudonyms import PeopleKey
from recommender.errors import RecommenderError

FORMAT = 1
_SHOWN = 5  # faults told at once
_ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class LedgerLine:
    """One answer.

    Attributes
    ----------
    format : of the line, `FORMAT` or lower.
    written_at : when it was added, ISO 8601 in UTC.
    employee : the person's pseudonym.
    as_of : the date of the data that it rests on, ISO 8601; "" where they carry none.
    model, ranker : digest of the bundle, and which of its rankers put the list in order.
    inputs : digest of the data and the policy.
    policy : name and version of the policy.
    asked : how many programs were asked for.
    programs : what was shown, the first place first.
    share : how often the last place is drawn by lot.
    propensities : of each place, the probability that this program stands there.
    candidates : what a lot may put in the last place, what usually stands there first; () where that place is
        not left to chance.
    """

    format: int
    written_at: str
    employee: str
    as_of: str
    model: str
    ranker: str
    inputs: str
    policy: str
    asked: int
    programs: tuple[str, ...]
    share: float
    propensities: tuple[float, ...]
    candidates: tuple[str, ...]

    def __post_init__(self) -> None:
        faults = [text for wrong, text in self._rules() if wrong]
        if faults:
            raise ValueError("; ".join(faults))

    def _rules(self) -> Iterable[tuple[bool, str]]:
        shown, chance = len(self.programs), self.propensities
        yield not self.employee or not self.model, "employee or model is empty"
        yield bool(self.as_of) and not _is_day(self.as_of), f"as_of {self.as_of!r} is not a date"
        yield not 0 <= self.share <= 1, f"share {self.share:g} is not between 0 and 1"
        yield shown > self.asked, f"{shown} programs where {self.asked} were asked for"
        yield len({*self.programs}) < shown, "a program stands twice on the list"
        yield len(chance) != shown, f"{len(chance)} propensities for {shown} programs"
        yield not all(0 < one <= 1 for one in chance), "a propensity is not above 0 and at most 1"
        yield any(one < 1 for one in chance[:-1]), "only the last place may be left to chance"
        last = bool(chance) and not self._could_be(chance[-1])
        yield last, "the last propensity does not follow from share and candidates"

    def probability(self, candidate: int) -> float:
        """Return the probability that a lot or the lack of one puts this candidate in the last place."""
        return self.share / len(self.candidates) + (1.0 - self.share if candidate == 0 else 0.0)

    def _could_be(self, propensity: float) -> bool:
        """Return whether the last place can have this probability (`exploration.with_lots`)."""
        if not self.candidates:
            return propensity == 1
        if self.programs[-1] not in self.candidates:
            return False
        stated = self.probability(self.candidates.index(self.programs[-1]))
        return math.isclose(propensity, stated, rel_tol=_ROUNDING)

    @property
    def by_lot(self) -> bool:
        """Whether a lot put another program in the last place than the one that usually stands there."""
        return bool(self.candidates) and self.programs[-1] != self.candidates[0]

    @property
    def decision(self) -> tuple[object, ...]:
        """What was decided, apart from when the line was written: the same question asked twice."""
        return (self.employee, self.as_of, self.model, self.inputs, self.policy, self.asked, self.programs)


@dataclass(frozen=True, slots=True)
class Ledger:
    """A file of lines, to which lines are only added, and the key of the pseudonyms in it.

    Attributes
    ----------
    added : how many lines were added, and of these, how many left the last place to chance ("open"), and how
        many hold a program that a lot put there ("by_lot").
    """

    path: Path
    key: PeopleKey
    added: Counter[str] = field(default_factory=Counter, compare=False)

    def lines(self, decisions: Iterable[Decision], engine: Engine) -> list[LedgerLine]:
        """Return what is kept of an engine's answers."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        policy = engine.dataset.policy
        return [
            LedgerLine(
                format=FORMAT,
                written_at=now,
                employee=self.key.pseudonym(one.answer.employee_id),
                as_of=one.answer.as_of,
                model=one.answer.model,
                ranker=one.answer.ranker,
                inputs=engine.dataset.digest,
                policy=f"{policy.name} {policy.version}",
                asked=one.asked,
                programs=tuple(item.program_id for item in one.answer.recommendations),
                share=one.share,
                propensities=one.propensities,
                candidates=one.candidates,
            )
            for one in decisions
        ]

    def append(self, lines: Sequence[LedgerLine]) -> None:
        """Add lines and return when they are on the disk; a new file is for its owner's eyes.

        Raises
        ------
        RecommenderError
            The last line of the file was cut short, which another line after it would hide.
        """
        self.check()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        fd = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        with os.fdopen(fd, "wb") as file:
            file.write("".join(f"{_text(line)}\n" for line in lines).encode())
            file.flush()
            os.fsync(file.fileno())
        self.added["lines"] += len(lines)
        self.added["open"] += sum(bool(line.candidates) for line in lines)
        self.added["by_lot"] += sum(line.by_lot for line in lines)

    def check(self) -> None:
        """Refuse a file to which no line can be added.

        Raises
        ------
        RecommenderError
            It is a folder, or its last line was cut short.
        """
        if self.path.is_dir():
            raise RecommenderError(f"{self.path} is a folder; name a file for the ledger.")
        if not self.path.exists() or not self.path.stat().st_size:
            return
        with self.path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            if file.read() != b"\n":
                raise RecommenderError(
                    f"the last line of {self.path} was cut short; take it out before lines are added."
                )


def read_ledger(path: Path) -> list[LedgerLine]:
    """Return the lines of a ledger in their order; the same decision written twice is told once.

    Raises
    ------
    RecommenderError
        There is no such file, it is empty, or some lines are damaged or of a newer format: each is named.
    """
    if not path.is_file():
        raise RecommenderError(
            f"there is no ledger at {path}; `recommender batch --ledger {path}` writes one."
        )
    found: dict[tuple[object, ...], LedgerLine] = {}
    faults: list[str] = []
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            try:
                line = _line(raw)
            except (ValueError, RecommenderError) as error:
                faults.append(f"line {number}: {error}")
            else:
                found.setdefault(line.decision, line)
    if faults:
        more = [f"... and {len(faults) - _SHOWN} more."] if len(faults) > _SHOWN else []
        raise RecommenderError("\n  ".join([f"{path} cannot be trusted:", *faults[:_SHOWN], *more]))
    if not found:
        raise RecommenderError(f"{path} is empty: no answer was kept in it.")
    return list(found.values())


_LINES = TypeAdapter(LedgerLine)


def _line(raw: bytes) -> LedgerLine:
    """Return a line from its JSON.

    Raises
    ------
    RecommenderError
        It says what is wrong and what to do.
    """
    try:
        given = json.loads(raw)
    except ValueError as error:
        cut = "" if raw.endswith(b"\n") else " It is the last one and was cut short: take it out."
        raise RecommenderError(f"is not JSON ({error}).{cut}") from error
    number = given.get("format") if isinstance(given, dict) else None
    if not isinstance(number, int) or number < 1:
        raise RecommenderError("is no line of a ledger: it has no format.")
    if number > FORMAT:
        raise RecommenderError(
            f"has format {number}, this version reads up to {FORMAT}; read it with a newer version."
        )
    try:
        return _LINES.validate_json(raw, strict=True)
    except ValidationError as error:
        wrong = (f"{'.'.join(map(str, one['loc']))} {one['msg']}".strip() for one in error.errors())
        raise RecommenderError(f"is damaged: {'; '.join(wrong)}.") from error


def _text(line: LedgerLine) -> str:
    return json.dumps(asdict(line), ensure_ascii=False, separators=(",", ":"))


def _is_day(text: str) -> bool:
    try:
        return str(np.datetime64(text, "D")) == text
    except ValueError:
        return False
