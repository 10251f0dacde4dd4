"""Excel workbooks (.xlsx): one sheet per table, hidden sheets too, header in row 1."""

from __future__ import annotations

import zlib
from dataclasses import replace
from pathlib import Path
from xml.etree.ElementTree import ParseError
from zipfile import BadZipFile, ZipFile

import numpy as np
from python_calamine import CalamineError, CalamineWorkbook

from recommender.errors import Fault
from recommender.schema import TABLES
from recommender.sources.cells import EXCEL_LIMIT, cell_text, text_cells
from recommender.sources.header import Header, read_header, unknown_table
from recommender.sources.raw import RawTable, Reading, broken_table, raw_table, unreadable
from recommender.sources.sheet_xml import BadCell, bad_cells, check_archive, is_too_wide, sheet_members

# What the unpackers and parsers raise on damaged, encrypted or foreign archives.
_DAMAGED = (BadZipFile, zlib.error, CalamineError, ParseError, KeyError, RuntimeError, EOFError)
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")  # how an encrypted workbook and an old .xls file begin


def read_workbook(path: Path) -> Reading:
    """Read every sheet of a workbook that is named after a table."""
    with path.open("rb") as stream:
        if stream.read(len(_OLE)) == _OLE:
            problem = "is protected by a password, or an old .xls file."
            return Reading(faults=(unreadable(path.name, problem, "Save it as .xlsx without a password."),))
    try:
        with ZipFile(path) as archive:
            check_archive(archive)
            return _sheets(path, archive)
    except _DAMAGED as error:
        problem = f"is not a readable .xlsx file ({error})."
        return Reading(faults=(unreadable(path.name, problem, "Save the workbook again as .xlsx."),))


def _sheets(path: Path, archive: ZipFile) -> Reading:
    members = sheet_members(archive)
    notes = tuple(unknown_table(f"{path.name}[{sheet}]", sheet) for sheet in members if sheet not in TABLES)
    with CalamineWorkbook.from_path(str(path)) as book:
        tables = tuple(
            _sheet(book, archive, member, sheet, f"{path.name}[{sheet}]")
            for sheet, member in members.items()
            if sheet in TABLES
        )
    return Reading(tables, notes=notes)


def _sheet(book: CalamineWorkbook, archive: ZipFile, member: str, name: str, file: str) -> RawTable:
    if is_too_wide(archive, member):
        remedy = "Delete the stray cells far to the right or below."
        return broken_table(name, file, unreadable(file, "spans too many cells to be a table.", remedy))
    grid = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    header = read_header(name, file, [cell_text(cell) for cell in grid[0]] if grid else [])
    if header.faults:
        return broken_table(name, file, *header.faults)
    rows = np.arange(2, 1 + len(grid))
    found: dict[str, list[str]] = {}
    faults = _cell_faults(file, header, list(bad_cells(archive, member)))
    for column, place in header.positions.items():
        values = (row[place] for row in grid[1:])
        found[column], wrong = text_cells(values, TABLES[name].column(column), file, rows, EXCEL_LIMIT)
        faults += wrong
    table = raw_table(name, file, found, rows, faults, header.notes)
    return replace(table, ignored=header.ignored)


def _cell_faults(file: str, header: Header, cells: list[BadCell]) -> list[Fault]:
    names = {place: column for column, place in header.positions.items()}
    remedy = "Open the workbook, let it calculate, and save it; or put the value in place of the formula."
    return [
        Fault(file, cell.row, names[cell.column], None, f"(cell {cell.reference}) {cell.problem}", remedy)
        for cell in cells
        if cell.column in names
    ]
