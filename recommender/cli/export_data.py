"""`recommender export`: the tables of a database as a folder of files again."""

from __future__ import annotations

import csv
import os
import shutil
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import pyarrow.parquet as pq
import typer

from recommender.cli.databases import Clock, FromOption, opened
from recommender.errors import RecommenderError
from recommender.policy import FILE_NAME
from recommender.schema import TABLES, Kind
from recommender.sources.cells import cell_text
from recommender.store.transfer import Exported, export_rows

_TYPES = {
    Kind.NUMBER: pa.float64(),
    Kind.LEVEL: pa.float64(),
    Kind.RATING: pa.float64(),
    Kind.DATE: pa.date32(),
    Kind.FLAG: pa.bool_(),
}


def export_data(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="A folder that is new or empty.")],
    source: FromOption,
    parquet: Annotated[bool, typer.Option("--parquet", help="Write Parquet files, not CSV.")] = False,
) -> None:
    """Write the tables of a database, as they stand at one moment, to a folder that can be imported again.

    With the policy.toml of the last import. What is not of the data contract (keys, decisions, the ledger) is
    in a backup and not here.

    Example: recommender export city --from sqlite:///city.db
    """
    clock = Clock()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise RecommenderError(f"{folder} is there already and not empty; name another folder.")
    with opened(source) as database:
        tables, policy = export_rows(database)
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = folder.with_name(f".{os.getpid()}.{folder.name}")
    work.mkdir(mode=0o700)  # they hold names and NIPs
    try:
        for name, table in tables.items():
            if parquet:
                _write_parquet(work / f"{name}.parquet", name, table)
            else:
                _write_csv(work / f"{name}.csv", table)
        if policy:
            (work / FILE_NAME).write_text(policy, "utf-8", newline="")
        work.replace(folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    count = sum(len(table.rows) for table in tables.values())
    typer.echo(f"{count:,} rows of {len(tables)} tables in {folder} ({clock}).")


def _write_csv(file: Path, table: Exported) -> None:
    # Lines end as in RFC 4180: so a line break of either kind inside a cell is put into quotes.
    with file.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(table.columns)
        writer.writerows([cell_text(cell) for cell in row] for row in table.rows)


def _write_parquet(file: Path, name: str, table: Exported) -> None:
    kinds = [TABLES[name].column(column).kind for column in table.columns]
    columns = zip(*table.rows, strict=True)
    cells = [
        pa.array(column, _TYPES.get(kind, pa.string())) for kind, column in zip(kinds, columns, strict=True)
    ]
    pq.write_table(pa.table(cells, names=list(table.columns)), file)
