"""Writing a city as CSV files, byte for byte the same wherever it is done."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from recommender.errors import RecommenderError
from recommender.schema import TABLES
from recommender.simulation.city import City

TRUTH_FOLDER = "truth"
_TRUTH = ("levels", "effects", "gains")
_HEADER = ",".join(column.name for column in TABLES["employees"].columns)
_FIRST_ROWS = f"{_HEADER}\nE00001,Pegawai 00001,".encode()


def write_city(city: City, folder: Path, truth: bool) -> dict[str, int]:
    """Write the tables, and the truth if asked for; return the rows of each file by its name in the folder.

    Raises
    ------
    RecommenderError
        The folder holds something that no simulation wrote.
    """
    check_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for stale in (folder / TRUTH_FOLDER).glob("*.csv"):
        stale.unlink()
    files = {f"{name}.csv": table for name, table in city.tables.items()}
    if truth:
        (folder / TRUTH_FOLDER).mkdir(exist_ok=True)
        files |= {f"{TRUTH_FOLDER}/{name}.csv": table for name, table in city.truth.items()}
    elif (folder / TRUTH_FOLDER).is_dir():
        (folder / TRUTH_FOLDER).rmdir()
    for name, table in files.items():
        _write(table, folder / name)
    return {name: len(table) for name, table in files.items()}


def check_folder(folder: Path) -> None:
    """Refuse a folder that holds anything but an earlier simulation.

    Raises
    ------
    RecommenderError
        The folder is a file, or holds files of another origin, be they contract tables.
    """
    if folder.exists() and not folder.is_dir():
        raise RecommenderError(f"{folder} is a file; name a folder that is absent or empty.")
    foreign = _foreign(folder)
    if foreign:
        shown = ", ".join(foreign[:3]) + (" ..." if len(foreign) > 3 else "")
        raise RecommenderError(
            f"{folder} holds what no simulation wrote ({shown}); nothing was written. "
            "Name a folder that is absent or empty."
        )


def _foreign(folder: Path) -> list[str]:
    """Return the files that are not of an earlier simulation, by name."""
    if not folder.is_dir():
        return []
    inner = folder / TRUTH_FOLDER
    found = [path for path in folder.iterdir() if path != inner]
    if inner.is_dir():
        found += inner.iterdir()
    known = {folder / f"{name}.csv" for name in TABLES} | {inner / f"{name}.csv" for name in _TRUTH}
    # A city's own tables bear the same file names: only the invented first employee tells them apart.
    if not _is_simulated(folder / "employees.csv"):
        known = set()
    return sorted(path.relative_to(folder).as_posix() for path in found if path not in known)


def _is_simulated(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(len(_FIRST_ROWS)) == _FIRST_ROWS


def _write(table: pd.DataFrame, path: Path) -> None:
    # Bytes, not text: the platform's own line ends must not come in.
    path.write_bytes(table.to_csv(index=False, lineterminator="\n", float_format="%.10g").encode("utf-8"))
