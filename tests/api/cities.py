"""The sample city as rows of the right types, for databases of tests."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date
from functools import cache

from recommender.schema import TABLES, Kind
from tests.api.servers import ROOT

Rows = list[dict[str, object]]
_READ: dict[Kind, Callable[[str], object]] = {
    Kind.NUMBER: float,
    Kind.LEVEL: float,
    Kind.RATING: float,
    Kind.DATE: date.fromisoformat,
    Kind.FLAG: lambda text: text.lower() in ("true", "1", "yes"),
}


@cache
def sample_rows() -> dict[str, Rows]:
    """Return the rows of every table of `data/sample`."""
    found = {}
    for name in TABLES:
        file = ROOT / "data/sample" / f"{name}.csv"
        if file.exists():
            with file.open(encoding="utf-8", newline="") as lines:
                found[name] = [_typed(name, row) for row in csv.DictReader(lines)]
    return found


def _typed(table: str, row: dict[str, str]) -> dict[str, object]:
    kinds = {column.name: column.kind for column in TABLES[table].columns}
    return {name: _READ.get(kinds[name], str)(text) if text else None for name, text in row.items()}
