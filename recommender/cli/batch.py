"""`recommender batch`: recommendations for every employee of the data, to a file."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import pyarrow as pa
import typer
from rich.console import Console
from rich.progress import track

from recommender.batch import Runner, check_folder, partitions, recommend_all, write_all
from recommender.cli.files import check_file
from recommender.cli.recommend import checked_language
from recommender.cli.serving import (
    BundleOption,
    DataOption,
    LanguageOption,
    LedgerOption,
    engine_over,
    ledger_at,
)
from recommender.engine import Engine, Ledger


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
    check_file(out, data, ("", ".csv", ".parquet"), "--out")
    if not out.suffix:
        check_folder(out)
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
    summary: dict[str, Any] = {
        "employees": people,
        "without": people - len(served),
        "with_fewer": fewer,
        "rows": rows,
        "seconds": round(seconds, 2),
        "out": str(out),
    }
    if kept is not None:
        summary["ledger"] = dict(kept.added)
    if as_json:
        typer.echo(json.dumps(summary))
        return
    for line in _said(summary, top, data, kept, fitted):
        typer.echo(line)


def _said(
    summary: dict[str, Any], top: int, data: str, ledger: Ledger | None, fitted: Engine
) -> Iterator[str]:
    """Yield what was done, in words."""
    without, fewer = summary["without"], summary["with_fewer"]
    done = f"{summary['rows']:,} recommendations for {summary['employees']:,} employees"
    yield f"{done} in {summary['seconds']:.1f} s: {summary['out']}"
    if without or fewer:
        yield (
            f"{without:,} employees got none and {fewer:,} fewer than {top}; "
            f"`recommender recommend EMPLOYEE --data {data}` says why."
        )
    if ledger is not None:
        added, share = ledger.added, fitted.dataset.policy.exploration.share
        yield (
            f"{added['lines']:,} lines added to {ledger.path}. The last place of {added['open']:,} lists was "
            f"left to chance (exploration share {share:g}), and in {added['by_lot']:,} a lot has changed it."
        )


def _counted(tables: Iterable[pa.Table], served: Counter[str]) -> Iterator[pa.Table]:
    for table in tables:
        served.update(table.column("employee_id").to_pylist())
        yield table
