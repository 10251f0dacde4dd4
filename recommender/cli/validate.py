"""`recommender validate`: what a folder holds, what is missing, and every fault in it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import nullcontext
from dataclasses import asdict, dataclass
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from recommender.dataset.check import Checked, check
from recommender.errors import DataError, Fault, PolicyError
from recommender.policy import load_policy
from recommender.sources import open_source


@dataclass(frozen=True, slots=True)
class Report:
    """What validate says: rows and file of each table found, absent tables, notes and faults."""

    tables: dict[str, dict[str, str | int]]
    absent: tuple[str, ...]
    notes: tuple[str, ...]
    faults: tuple[Fault, ...]


def validate(
    data: Annotated[str, typer.Argument(metavar="DATA", help="Folder of CSV, Parquet or XLSX tables.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")] = False,
) -> None:
    """Check the tables of DATA against the data contract and list every fault.

    Nothing is changed. The exit code is 0 when the data are sound and 1 when there are faults.

    Example: recommender validate data/sample
    """
    errors = Console(stderr=True)
    with errors.status("Checking the tables ...") if errors.is_terminal else nullcontext():
        report = examine(data)
    if as_json:
        typer.echo(json.dumps(_plain(report), ensure_ascii=False, indent=2))
    else:
        _print(report)
    if report.faults:
        raise typer.Exit(1)


def examine(data: str) -> Report:
    """Check a folder; a folder or a policy that cannot be read is a fault like any other."""
    try:
        source = open_source(data)
        checked = check(source, load_policy(source.folder))
    except (DataError, PolicyError) as error:
        return Report({}, (), (), error.faults)
    return Report(_found(checked), checked.tables.absent, checked.notes, checked.faults)


def _found(checked: Checked) -> dict[str, dict[str, str | int]]:
    absent = checked.tables.absent
    return {
        name: {"file": table.file, "rows": len(table)}
        for name, table in checked.tables.by_name.items()
        if name not in absent
    }


def _plain(report: Report) -> dict[str, object]:
    return {
        "ok": not report.faults,
        "tables": report.tables,
        "absent": list(report.absent),
        "notes": list(report.notes),
        "faults": [asdict(fault) for fault in report.faults],
    }


def _print(report: Report) -> None:
    console = Console(highlight=False)
    if report.tables:
        console.print(_overview(report))
    _print_list(console, "Notes", report.notes)
    count = len(report.faults)
    _print_list(console, f"{count} fault{'' if count == 1 else 's'}", map(str, report.faults))
    if not report.faults:
        console.print("The data keep the contract.", style="green")


def _overview(report: Report) -> Table:
    overview = Table("table", "file", title="Tables", title_justify="left")
    overview.add_column("rows", justify="right")
    for name, found in report.tables.items():
        # Text, since rich would take the brackets of `city.xlsx[employees]` for markup.
        overview.add_row(name, Text(str(found["file"])), f"{found['rows']:,}")
    return overview


def _print_list(console: Console, title: str, lines: Iterable[str]) -> None:
    lines = list(lines)
    if not lines:
        return
    console.print(f"\n{title}", style="bold")
    for line in lines:
        console.print(Text(f"  {line}"), soft_wrap=True)
