"""A folder of tables: which reader reads which file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from recommender.errors import DataError, Fault
from recommender.policy import FILE_NAME
from recommender.sources.delimited import read_delimited
from recommender.sources.parquet import read_parquet
from recommender.sources.raw import RawTable, Reading, Source, unreadable
from recommender.sources.workbook import read_workbook

# To add a format: write its reader and name its suffix here.
READERS: dict[str, Callable[[Path], Reading]] = {
    ".csv": read_delimited,
    ".parquet": read_parquet,
    ".xlsx": read_workbook,
}


def open_source(source: str | Path) -> Source:
    """Read all tables of a folder as text.

    Sub-folders, hidden files, README files and the policy are passed over; other files that are no table
    are named in the notes.

    Raises
    ------
    DataError
        `source` is not a folder. What is wrong inside it stands in the faults of the source and its tables.
    """
    folder = _folder(source)
    tables: dict[str, RawTable] = {}
    faults: list[Fault] = []
    notes: list[str] = []
    for path in sorted(folder.iterdir()):
        if path.is_dir() or _passed_over(path.name):
            continue
        reading = _read(path)
        faults += reading.faults
        notes += reading.notes
        for table in reading.tables:
            first = tables.setdefault(table.name, table)
            if first is not table:
                faults.append(_given_twice(table, first))
    return Source(tables, folder, tuple(faults), tuple(notes))


def _folder(source: str | Path) -> Path:
    if "://" in str(source):
        scheme = str(source).split("://", 1)[0]
        raise _no_source(f"{scheme}://...", "is an address and no folder.")
    folder = Path(source)
    if not folder.exists():
        raise _no_source(str(source), "does not exist.")
    if not folder.is_dir():
        raise _no_source(str(source), "is a file.")
    return folder


def _no_source(source: str, problem: str) -> DataError:
    return DataError([unreadable(source, problem, "Give a folder of CSV, Parquet or XLSX tables.")])


def _passed_over(name: str) -> bool:
    # Office programs keep a lock file "~$name.xlsx" beside an open workbook.
    return name.startswith((".", "~$")) or name == FILE_NAME or name.upper().startswith("README")


def _read(path: Path) -> Reading:
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        return Reading(notes=(f"{path.name}: only {', '.join(READERS)} files are read.",))
    try:
        return reader(path)
    except OSError as error:
        problem = f"cannot be opened ({error.strerror or error})."
        return Reading(
            faults=(
                unreadable(path.name, problem, "Close other programs that hold it and check its rights."),
            )
        )


def _given_twice(table: RawTable, first: RawTable) -> Fault:
    problem = f"gives the table {table.name}, which {first.file} gives too."
    return unreadable(table.file, problem, "Keep one of them.")
