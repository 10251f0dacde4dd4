"""All checks of all tables, and everything they found, at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from recommender.dataset.cells import CheckedTable, Tables
from recommender.dataset.read_table import read_table
from recommender.dataset.rules import RULES, required_tables
from recommender.errors import Fault
from recommender.policy import Policy
from recommender.schema import TABLES
from recommender.sources import Source


@dataclass(frozen=True, slots=True)
class Checked:
    """The tables of a source, its faults in the order of tables and rows, and notes for the reader."""

    tables: Tables
    faults: tuple[Fault, ...]
    notes: tuple[str, ...]


def check(source: Source, policy: Policy, today: date | None = None) -> Checked:
    """Check every table of a source against the contract; nothing is raised.

    Parameters
    ----------
    today : by default the system's date.
    """
    by_name: dict[str, CheckedTable] = {}
    faults = list(source.faults)
    for name, table in TABLES.items():
        by_name[name], found = read_table(source.tables.get(name), table, policy)
        faults += found
    tables = Tables(policy, by_name, today or date.today())
    for rule in RULES:
        # A file that could not be opened may hold the tables that seem to be lacking.
        if not (rule is required_tables and source.faults):
            faults += rule(tables)
    return Checked(tables, in_order(faults, by_name), _notes(source, tables))


def in_order(faults: Iterable[Fault], tables: Mapping[str, CheckedTable]) -> tuple[Fault, ...]:
    """Sort by table and row, and keep the first fault of each cell: the later ones follow from it."""
    place = {checked.file: number for number, checked in enumerate(tables.values())}
    seen: set[tuple[str, int, str]] = set()
    kept = []
    for fault in faults:
        if fault.row is not None and fault.column is not None:
            cell = (fault.file, fault.row, fault.column)
            if cell in seen:
                continue
            seen.add(cell)
        kept.append(fault)
    return tuple(sorted(kept, key=lambda fault: (place.get(fault.file, -1), fault.row or 0)))


def _notes(source: Source, tables: Tables) -> tuple[str, ...]:
    """Return what was ignored and what is not there, each said once."""
    notes = list(source.notes)
    for name in TABLES:
        if name in source.tables:
            notes += source.tables[name].notes
    notes += _absences(tables)
    return tuple(notes)


def _absences(tables: Tables) -> Iterator[str]:
    for name in tables.absent:
        checked = tables[name]
        if not checked.table.required:
            how = "is absent" if checked.file == name else "has no rows"
            yield f"{checked.file} {how}; this switches off: {checked.table.switches_off}."
    lacking = [text for checked in tables.by_name.values() if (text := _columns_not_given(checked))]
    if lacking:
        yield f"columns not given, so that what needs them is off: {'; '.join(lacking)}."


def _columns_not_given(checked: CheckedTable) -> str:
    if not len(checked):
        return ""
    names = [column.name for column in checked.table.columns if column.name not in checked.given]
    return f"{checked.file}: {', '.join(names)}" if names else ""
