"""`recommender batch`: recommendations for every employee of the data, to a file."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import pyarrow as pa
import typer
from rich.console import Console
from rich.progress import track

from recommender.batch import Runner, check_folder, partitions, recommend_all, write_all
from recommender.cli.recommend import checked_language
from recommender.cli.serving import (
    BundleOption,
    DataOption,
    LanguageOption,
    LedgerOption,
    engine_over,
    ledger_at,
)


def batch(  # noqa: PLR0913 - each is an option of the command
    data: DataOption,
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE|DIR", help="FILE.csv, FILE.parquet, or a folder of parts.")
    ],
    bundle: BundleOption = None,
    top: Annotated[int, typer.Option("--top", min=1, max=100, help="Programs per employee at most.")] = 5,
    engine: Annotated[Runner, typer.Option("--engine", help="Where the work is done.")] = Runner.SERIAL,
    workers: Annotated[int, typer.Option("--workers", min=1, help="Processes of joblib.")] = os.cpu_count()
    or 1,
    ledger: LedgerOption = None,
    lang: LanguageOption = "id",
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Write recommendations for all employees: employee_id, rank, program_id, score, reasons (JSON).

    Example: recommender batch --data data/sample --top 5 --out recommendations.csv --engine joblib
    """
    language = checked_language(lang)
    _check_out(out, data)
    kept = ledger_at(ledger, data, bundle)
    started = time.perf_counter()
    fitted = engine_over(data, bundle)
    errors = Console(stderr=True)
    tables = track(
        recommend_all(fitted, top, engine, workers, language, kept),
        total=len(partitions(fitted, engine, workers)),
        description="Recommending",
        console=errors,
        disable=not errors.is_terminal,
    )
    served = Counter[str]()
    rows = write_all(_counted(tables, served), out)
    people, seconds = len(fitted.dataset.employees.ids), time.perf_counter() - started
    fewer = sum(count < top for count in served.values())
    summary = {
        "employees": people,
        "without": people - len(served),
        "with_fewer": fewer,
        "rows": rows,
        "seconds": round(seconds, 2),
        "out": str(out),
    }
    if as_json:
        typer.echo(json.dumps(summary))
        return
    typer.echo(f"{rows:,} recommendations for {people:,} employees in {seconds:.1f} s: {out}")
    if len(served) < people or fewer:
        typer.echo(
            f"{people - len(served):,} employees got none and {fewer:,} fewer than {top}; "
            f"`recommender recommend EMPLOYEE --data {data}` says why."
        )


def _counted(tables: Iterable[pa.Table], served: Counter[str]) -> Iterator[pa.Table]:
    for table in tables:
        served.update(table.column("employee_id").to_pylist())
        yield table


def _check_out(out: Path, data: str) -> None:
    """Refuse, before any work is done, an output that would do harm or that cannot be written."""
    if out.resolve().is_relative_to(Path(data).resolve()):
        raise typer.BadParameter(
            f"{out} lies in the folder of the data, {data}, whose tables it could overwrite; name another.",
            param_hint="--out",
        )
    if out.suffix not in ("", ".csv", ".parquet"):
        raise typer.BadParameter(
            f"{out} is neither a .csv nor a .parquet file nor a folder without a suffix.", param_hint="--out"
        )
    if out.suffix and out.is_dir():
        raise typer.BadParameter(
            f"{out} is a folder; give a file name or a folder without a suffix.", param_hint="--out"
        )
    if not out.suffix:
        check_folder(out)
