"""The office with one rule at a time, and how the engine answers over it."""

from __future__ import annotations

from recommender.domain import Answer
from recommender.engine import Engine, fit_engine
from recommender.rankers import Ranker
from recommender.rankers.gap import GapRanker
from tests.cities import Rows, load, office


def engine_of(name: str = "gap", ranker: Ranker | None = None, **tables: Rows) -> Engine:
    """Return an engine over the office with some tables replaced."""
    return fit_engine(load({**office(), **tables}), name, ranker or GapRanker())


def answer_of(employee: str = "E0", n: int = 5, **tables: Rows) -> Answer:
    """Return the gap ranker's answer in English over the office with some tables replaced."""
    return engine_of(**tables).recommend(employee, n, "en")


def ids(answer: Answer) -> list[str]:
    """Return the recommended programs in order."""
    return [one.program_id for one in answer.recommendations]


def changed(table: str, key: str, value: str, **cells: object) -> Rows:
    """Return a table of the office with more cells in the row whose `key` is `value`."""
    return [{**row, **cells} if row[key] == value else row for row in office()[table]]
