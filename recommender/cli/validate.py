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

from recommender.competency.hygiene import doubts
from recommender.dataset import Dataset
from recommender.dataset.check import Checked, check
from recommender.dataset.opening import open_data, policy_for
from recommender.errors import DataError, Fault, PolicyError
from recommender.explain import phrase


@dataclass(frozen=True, slots=True)
class Report:
    """What validate says: rows and file of each table found, absent tables, notes and faults."""

    tables: dict[str, dict[str, str | int]]
    absent: tuple[str, ...]
    notes: tuple[str, ...]
    faults: tuple[Fault, ...]
    doubts: tuple[DoubtfulRecord, ...] | None = None  # None: not searched


@dataclass(frozen=True, slots=True)
class DoubtfulRecord:
    """A sound record that counts for less: file, row as an editor counts it, weight kept and reason."""

    file: str
    row: int
    weight: float
    reason: str
    explanation: str


def validate(
    data: Annotated[
        str, typer.Argument(metavar="DATA", help="Folder of CSV, Parquet or XLSX tables, or URL.")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")] = False,
    evidence: Annotated[
        bool, typer.Option("--evidence", help="Also list the records that count for less, and why.")
    ] = False,
) -> None:
    """Check the tables of DATA against the data contract and list every fault.

    Nothing is changed. The exit code is 0 when the data are sound and 1 when there are faults. With
    --evidence, sound records that cannot be quite what they say (entered twice, contradicting each other,
    too fast, before service) are listed with the weight they keep as evidence; they are no faults.

    Example: recommender validate data/sample --evidence
    """
    errors = Console(stderr=True)
    with errors.status("Checking the tables ...") if errors.is_terminal else nullcontext():
        report = examine(data, evidence=evidence)
    if evidence and report.faults:
        errors.print("Evidence is examined once the faults are mended.")
    if as_json:
        typer.echo(json.dumps(_plain(report), ensure_ascii=False, indent=2))
    else:
        _print(report)
    if report.faults:
        raise typer.Exit(1)


def examine(data: str, *, evidence: bool = False) -> Report:
    """Check a folder; a folder or a policy that cannot be read is a fault like any other.

    With `evidence`, sound data are also searched for doubtful records.
    """
    try:
        source = open_data(data)
        checked = check(source, policy_for(source))
    except (DataError, PolicyError) as error:
        return Report({}, (), (), error.faults)
    doubtful = _doubtful(data, checked) if evidence and not checked.faults else None
    return Report(_found(checked), checked.tables.absent, checked.notes, checked.faults, doubtful)


def _doubtful(data: str, checked: Checked) -> tuple[DoubtfulRecord, ...]:
    tables = checked.tables.by_name
    return tuple(
        DoubtfulRecord(
            tables[doubt.table].file,
            int(tables[doubt.table].rows[doubt.row]),
            doubt.weight,
            doubt.reason,
            phrase("doubts", doubt.reason, "en"),
        )
        for doubt in doubts(Dataset.load(data))
    )


def _found(checked: Checked) -> dict[str, dict[str, str | int]]:
    absent = checked.tables.absent
    return {
        name: {"file": table.file, "rows": len(table)}
        for name, table in checked.tables.by_name.items()
        if name not in absent
    }


def _plain(report: Report) -> dict[str, object]:
    doubtful = None if report.doubts is None else [asdict(doubt) for doubt in report.doubts]
    return {
        "ok": not report.faults,
        "tables": report.tables,
        "absent": list(report.absent),
        "notes": list(report.notes),
        "faults": [asdict(fault) for fault in report.faults],
        "doubts": doubtful,
    }


def _print(report: Report) -> None:
    console = Console(highlight=False)
    if report.tables:
        console.print(_overview(report))
    _print_list(console, "Notes", report.notes)
    count = len(report.faults)
    _print_list(console, f"{count} fault{'' if count == 1 else 's'}", map(str, report.faults))
    if report.doubts is not None:
        _print_doubts(console, report.doubts)
    if not report.faults:
        console.print("The data keep the contract.", style="green")


def _print_doubts(console: Console, doubtful: tuple[DoubtfulRecord, ...]) -> None:
    if not doubtful:
        console.print("\nEvery record counts in full.")
        return
    count = len(doubtful)
    title = "1 record counts for less" if count == 1 else f"{count:,} records count for less"
    listed = Table("file", title=title, title_justify="left")
    for name in ("row", "weight"):
        listed.add_column(name, justify="right")
    listed.add_column("why")
    for doubt in doubtful:
        listed.add_row(Text(doubt.file), str(doubt.row), f"{doubt.weight:.2g}", doubt.explanation)
    console.print(listed)


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
