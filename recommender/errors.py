"""Every error a caller may meet, as a tree.

    RecommenderError
    ├── DataError            the tables break the contract; carries every fault found
    │   └── WeakPassword         a password is too easy to guess
    ├── PolicyError          the policy file has unknown keys or impossible values; carries every fault found
    ├── UnknownEmployee      no such employee in the data
    ├── BundleError          a bundle is absent, damaged, foreign or of another version
    ├── StoreError           the database cannot be used as asked
    │   └── StoreUnavailable     it cannot be reached just now: try again
    ├── UnknownEntry         no key, account, objection, correction, plan or line has the id asked for
    ├── EntryConflict        what is asked for does not go with what stands in the database
    │   ├── ObjectionStands      a suggestion is decided on while an objection keeps it back
    │   └── PlanChanged          what is approved is not what was seen any more
    ├── ProgramKeptOut       a rule keeps a program from somebody for whom it is accepted
    ├── IdempotencyConflict  a request's own key was used for another request
    ├── EffectError          no effect can be told from these people
    └── NothingToLearn       the data hold nothing this step could learn from

Each message says what is wrong, names the value, and says what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


class RecommenderError(Exception):
    """Base of all errors raised on purpose; its text is meant for people."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One broken rule of the data contract.

    Attributes
    ----------
    file : the file as the user knows it (`employees.csv`, `city.xlsx[employees]`).
    row : the row as the user's editor counts it, header = 1; None where the whole file is meant.
    column : the column's name; None where the whole row or file is meant.
    value : the offending value as it was read; None where there is none to show.
    problem : what is wrong.
    remedy : what to do about it.
    """

    file: str
    row: int | None
    column: str | None
    value: str | None
    problem: str
    remedy: str

    def __str__(self) -> str:
        where = self.file
        if self.row is not None:
            where += f", row {self.row}"
        if self.column is not None:
            where += f", column {self.column}"
        shown = "" if self.value is None else f" {self.value!r}"
        return f"{where}:{shown} {self.problem} {self.remedy}"


class DataError(RecommenderError):
    """The tables break the contract; `faults` lists every fault, in file and row order."""

    SHOWN = 20

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        lines = [str(fault) for fault in self.faults[: self.SHOWN]]
        hidden = len(self.faults) - len(lines)
        if hidden:
            lines.append(f"... and {hidden} more; `recommender validate DATA` lists them all.")
        noun = "fault" if len(self.faults) == 1 else "faults"
        super().__init__(f"{len(self.faults)} {noun} in the data:\n" + "\n".join(lines))


class WeakPassword(DataError):  # noqa: N818 - reads as what it says
    """A password is too easy to guess; the fault says why, and never what it is."""


class PolicyError(RecommenderError):
    """A policy file has unknown keys or impossible values; `faults` lists them all."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        lines = [f"{fault.problem} {fault.remedy}" for fault in self.faults]
        if len(lines) > 1:
            lines.insert(0, f"{len(lines)} faults in the policy:")
        super().__init__(f"{self.faults[0].file}: " + "\n".join(lines))


class UnknownEmployee(RecommenderError):  # noqa: N818 - reads as what it says
    """No employee has some of the ids asked for; `places` are their places in the list, from 0."""

    def __init__(self, ids: Sequence[str], places: Sequence[int], known: int | None = None) -> None:
        self.places = tuple(places)
        unknown = ", ".join(repr(ids[place]) for place in places)
        among = "" if known is None else f" among the {known:,} of the data"
        super().__init__(f"no employee {unknown}{among}; ids are text: leading zeros count.")


class UnknownSource(RecommenderError):  # noqa: N818 - reads as what it says
    """No assessment is by the source asked for."""

    def __init__(self, source: str, known: Sequence[str]) -> None:
        there = ", ".join(repr(one) for one in known) or "none: there are no assessments"
        super().__init__(f"no assessment is by the source {source!r}; the sources known are {there}.")


class UndeclaredOutcome(RecommenderError):  # noqa: N818 - reads as what it says
    """A program does not declare that it teaches a competency."""

    def __init__(self, program: str, competency: str, declared: Sequence[str]) -> None:
        there = ", ".join(repr(one) for one in declared) or "none"
        super().__init__(
            f"program {program!r} does not declare an effect on {competency!r}, so none was measured; it "
            f"declares {there}. Add a row to program_outcomes with the target level."
        )


class UnknownUnit(RecommenderError):  # noqa: N818 - reads as what it says
    """The data know no such unit, or nobody in service in it."""

    def __init__(self, unit: str, known: Sequence[str]) -> None:
        some = ", ".join(known[:5]) + (" and more" if len(known) > 5 else "")
        problem = "has nobody in service" if unit in known else "is not in the data"
        super().__init__(f"the unit {unit!r} {problem}; its unit_ids are {some or 'not given'}.")


class BundleError(RecommenderError):
    """A bundle is absent, damaged, foreign or made by other versions."""


class StoreError(RecommenderError):
    """The database cannot be used as asked: its address, its schema or what stands in it."""


class StoreUnavailable(StoreError):  # noqa: N818 - reads as what it says
    """The database cannot be reached just now; the same request may succeed later."""


class UnknownEntry(RecommenderError):  # noqa: N818 - reads as what it says
    """No key, account, objection, correction, plan or line has the id asked for."""


class EntryConflict(RecommenderError):  # noqa: N818 - reads as what it says
    """What is asked for does not go with what stands in the database."""


class ObjectionStands(EntryConflict):
    """A suggestion is decided on while an objection of the person keeps suggestions back."""

    def __init__(self, employee_id: str) -> None:
        super().__init__(
            "an objection of this person stands, so that nothing is decided on the ground of a list; leave "
            "the ledger_id out to decide on other grounds."
        )
        self.employee_id = employee_id


class PlanChanged(EntryConflict):
    """What somebody approves is not what he saw: something was decided, or came in, meanwhile."""

    def __init__(self) -> None:
        super().__init__("the plan is another one than the one that was seen; look at it again.")


class ProgramKeptOut(RecommenderError):  # noqa: N818 - reads as what it says
    """A rule, told by its code, keeps a program from somebody for whom it is accepted."""

    def __init__(self, employee_id: str, program_id: str, rule: str) -> None:
        super().__init__(f"the program {program_id!r} is not open to this person ({rule}).")
        self.employee_id, self.program_id, self.rule = employee_id, program_id, rule


class IdempotencyConflict(RecommenderError):  # noqa: N818 - reads as what it says
    """The key of a request was used before, by the same asker, for another request."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"the Idempotency-Key {key!r} was used for another request; send this one under a key of its own."
        )


class EffectError(RecommenderError, ValueError):
    """No effect can be told from these people: too few, all alike in treatment, or nobody comparable."""


class NothingToLearn(RecommenderError):  # noqa: N818 - reads as what it says
    """The data hold nothing this step could learn from."""
