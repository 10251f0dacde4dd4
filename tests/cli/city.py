"""The office as a folder of CSV files."""

from __future__ import annotations

import csv
from pathlib import Path

from tests.cities import Tables, office


def write(folder: Path, tables: Tables | None = None) -> Path:
    """Write tables, by default the office, as CSV files and return the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (office() if tables is None else tables).items():
        columns = list(dict.fromkeys(key for row in rows for key in row))
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
    return folder
