"""The first row of a table: which of the contract's columns stand where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from recommender.errors import Fault
from recommender.schema import TABLES
from recommender.sources.cells import did_you_mean
from recommender.sources.raw import unreadable


@dataclass(frozen=True, slots=True)
class Header:
    """Position of each of the contract's columns found, with what is wrong and what is ignored."""

    positions: dict[str, int]
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]
    ignored: tuple[str, ...] = ()


def read_header(table: str, file: str, names: Sequence[str]) -> Header:
    """Find the contract's columns in a header; repeated names are faults, unknown ones notes."""
    names = [name.strip() for name in names]
    if not any(names):
        fault = unreadable(file, "has no column names in its first row.", "Put them there.")
        return Header({}, (fault,), ())
    known = [column.name for column in TABLES[table].columns]
    if not set(names) & set(known):
        remedy = f"Its first row must hold the columns' names: {', '.join(known)}."
        near = (hint for name in names if (hint := did_you_mean(name, known)))
        remedy += next(near, "")
        return Header({}, (unreadable(file, "has no column of this table.", remedy),), ())
    twice = sorted({name for name in names if name and names.count(name) > 1})
    faults = tuple(
        Fault(file, 1, name, None, "stands more than once in the header.", "Keep one of these columns.")
        for name in twice
    )
    positions = {name: place for place, name in enumerate(names) if name in known and name not in twice}
    missing = [name for name in known if name not in names]
    notes = tuple(
        _ignored(file, place, name, missing) for place, name in enumerate(names) if name not in known
    )
    ignored = tuple(name for name in names if name and name not in known)
    return Header(positions, faults, notes, ignored)


def _ignored(file: str, place: int, name: str, missing: Sequence[str]) -> str:
    if not name:
        return f"{file}: column {place + 1} has no name and is not read."
    return f"{file}: column {name!r} is not in the contract and is not read.{did_you_mean(name, missing)}"


def unknown_table(file: str, name: str) -> str:
    """Return the note on a file or sheet that is named after no table."""
    return f"{file}: the contract has no table {name!r}; not read.{did_you_mean(name, tuple(TABLES))}"
