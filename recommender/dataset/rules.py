"""Rules that span columns or tables. To add one: write a function like these and name it in `RULES`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from recommender.dataset.cells import CheckedTable, Tables
from recommender.dataset.cycles import check_cycles
from recommender.dataset.nip import check_nips
from recommender.domain import BoolArray
from recommender.errors import Fault
from recommender.schema import EMPLOYMENT_TYPES
from recommender.sources.cells import did_you_mean

LISTED = 15  # choices that a remedy names at most

Rule = Callable[[Tables], Iterator[Fault]]


def required_tables(tables: Tables) -> Iterator[Fault]:
    """Yield a fault for each required table that is not there or has no rows."""
    for name in tables.absent:
        checked = tables[name]
        if not checked.table.required:
            continue
        if checked.file == name:
            remedy = f"Add {name}.csv, {name}.parquet or a sheet {name} in a workbook."
            yield Fault(name, None, None, None, "is required and not there.", remedy)
        else:
            problem = "has no rows, and this table is required."
            yield Fault(checked.file, None, None, None, problem, "Write its rows below the header.")


def references(tables: Tables) -> Iterator[Fault]:
    """Yield a fault for each id that the table it refers to does not have; absent tables are not asked."""
    for checked in tables.by_name.values():
        for column in checked.table.columns:
            target = None if column.references is None else tables[column.references]
            if target is None or not target.whole or not len(target):
                continue
            known = set(target.columns[target.table.key[0]].words)
            problem = f"is not in {target.file}."
            remedy = f"Add it there, or correct the {column.name}."
            yield from checked.faults(_unknown(checked, column.name, known), column.name, problem, remedy)


def days_in_order(tables: Tables) -> Iterator[Fault]:
    """Yield a fault for each row that ends before it starts."""
    pairs = (("training_records", "started_on", "completed_on"), ("program_sessions", "starts_on", "ends_on"))
    for name, start, end in pairs:
        checked = tables[name]
        backwards = checked.values(end) < checked.values(start)
        yield from checked.faults(backwards, end, f"is before {start}.", "Correct one of the two days.")


def days_possible(tables: Tables) -> Iterator[Fault]:
    """Yield a fault for each day that lies too far back, or that is recorded before it has come."""
    for checked in tables.by_name.values():
        for column in checked.table.columns:
            if column.earliest is not None:
                early = checked.values(column.name) < np.datetime64(column.earliest, "D")
                problem = f"is before {column.earliest}."
                yield from checked.faults(early, column.name, problem, "Correct the day.")
            if column.recorded:
                late = checked.values(column.name) > np.datetime64(tables.today, "D")
                problem = f"is after today, {tables.today}, and records tell what has happened."
                remedy = "Correct the day; planned training belongs into program_sessions."
                yield from checked.faults(late, column.name, problem, remedy)


def levels_in_order(tables: Tables) -> Iterator[Fault]:
    """Yield a fault for each program that would leave people below the level they bring."""
    outcomes = tables["program_outcomes"]
    backwards = outcomes.values("target_level") < outcomes.values("entry_level")
    remedy = "Correct one of the two levels."
    yield from outcomes.faults(backwards, "target_level", "is below entry_level.", remedy)


def grades(tables: Tables) -> Iterator[Fault]:
    """Yield a fault for each grade that the policy does not rank."""
    known = tuple(tables.policy.grades.ranks)
    for name, column in (("employees", "grade"), ("program_eligibility", "grade_min")):
        yield from _words(tables[name], column, known, "is not a grade of the policy.")


def performance_words(tables: Tables) -> Iterator[Fault]:
    """Yield a fault for each word of a review that the policy gives no number."""
    words = tables.policy.performance
    reviews = tables["performance_reviews"]
    for column in ("result_rating", "behaviour_rating"):
        yield from _words(reviews, column, tuple(words.ratings), "is not a rating of the policy.")
    yield from _words(reviews, "predicate", tuple(words.predicates), "is not a predicate of the policy.")


def tiers(tables: Tables) -> Iterator[Fault]:
    """Yield a fault for each tier that neither the policy nor any position knows."""
    positions, policy = tables["positions"], tables.policy
    spelled = {tier.casefold(): tier for tier in policy.tiers}
    for code, word in enumerate(positions.columns["tier"].words):
        if word not in policy.tiers and (tier := spelled.get(word.casefold())):
            where = positions.columns["tier"].codes == code
            yield from positions.faults(where, "tier", f"is {tier!r} in the policy.", f"Write {tier}.")
    used = {str(tier) for tier in positions.columns["tier"].words if tier}
    known = tuple(dict.fromkeys((*policy.tiers, *sorted(used))))
    problem = "is a tier of neither the policy nor any position."
    yield from _listed(tables["mandates"], "tier", known, problem)
    yield from _listed(tables["program_eligibility"], "tiers", known, problem)


def employment_types(tables: Tables) -> Iterator[Fault]:
    """Yield a fault for each kind of employment admitted that does not exist."""
    problem = "is not a kind of employment."
    yield from _listed(tables["program_eligibility"], "employment_types", EMPLOYMENT_TYPES, problem)


RULES: tuple[Rule, ...] = (
    required_tables,
    references,
    days_possible,
    days_in_order,
    levels_in_order,
    grades,
    performance_words,
    tiers,
    employment_types,
    check_cycles,
    check_nips,
)


def split_list(text: str) -> tuple[str, ...]:
    """Return the texts of a list cell, separated by semicolons."""
    return tuple(part.strip() for part in text.split(";") if part.strip())


def _unknown(checked: CheckedTable, column: str, known: set[str]) -> BoolArray:
    """Return which rows hold a text that is not in `known`; an empty cell is never unknown."""
    cells = checked.columns[column]
    strange = np.array([word not in known and word != "" for word in cells.words])
    return np.asarray(strange[cells.codes])


def _words(checked: CheckedTable, column: str, known: tuple[str, ...], problem: str) -> Iterator[Fault]:
    """Compare single words with the known ones, without regard to case."""
    folded = {word.casefold() for word in known}
    cells = checked.columns[column]
    for code, word in enumerate(cells.words):
        if word and word.casefold() not in folded:
            yield from checked.faults(cells.codes == code, column, problem, _choose(word, known))


def _listed(checked: CheckedTable, column: str, known: tuple[str, ...], problem: str) -> Iterator[Fault]:
    cells = checked.columns[column]
    for code, text in enumerate(cells.words):
        for word in split_list(text):
            if word not in known:
                where = cells.codes == code
                yield from checked.faults(where, column, f"{word!r} {problem}", _choose(word, known))


def _choose(word: str, known: tuple[str, ...]) -> str:
    listed = ", ".join(known) if len(known) <= LISTED else ", ".join(known[:LISTED]) + " ..."
    return f"Write one of {listed}.{did_you_mean(word, known)}"
