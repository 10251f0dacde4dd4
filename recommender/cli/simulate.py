"""`recommender simulate`: a synthetic city with a known truth, as tables of the data contract."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from recommender.simulation import (
    LEAST_EMPLOYEES,
    LEAST_PROGRAMS,
    STAGES,
    check_folder,
    simulate_city,
    write_city,
)

_WRITING = "writing"


def simulate(
    folder: Annotated[
        Path, typer.Argument(metavar="DIR", help="Folder to write: absent, empty, or an earlier simulation.")
    ],
    employees: Annotated[
        int, typer.Option("--employees", help="Headcount; 14000 is all of Medan.", min=LEAST_EMPLOYEES)
    ] = 300,
    programs: Annotated[
        int, typer.Option("--programs", help="Size of the catalogue.", min=LEAST_PROGRAMS)
    ] = 120,
    seed: Annotated[
        int, typer.Option("--seed", help="Same sizes and seed: the same files, byte for byte.", min=0)
    ] = 1,
    truth: Annotated[
        bool,
        typer.Option("--truth", help="Also write DIR/truth: the levels, effects and gains behind it all."),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows written as JSON.")] = False,
) -> None:
    """Write a synthetic city: offices, people, courses and six years of history. All people are invented.

    Example: recommender simulate /tmp/city --employees 300 --programs 120 --seed 1 --truth
    """
    check_folder(folder)  # before the work, so that a wrong folder costs no time
    with _progress() as report:
        city = simulate_city(employees, programs, seed, report)
        report(_WRITING)
        written = write_city(city, folder, truth)
    if as_json:
        rows = {name.removesuffix(".csv"): count for name, count in written.items()}
        typer.echo(json.dumps({"folder": str(folder), "rows": rows}))
    else:
        Console(highlight=False).print(_overview(folder, written))


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """Yield what to call when a stage begins; a bar shows on a terminal only."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("", total=len(STAGES) + 1)
        stages = [*STAGES, _WRITING]

        def report(stage: str) -> None:
            progress.update(task, description=stage, completed=stages.index(stage))

        yield report


def _overview(folder: Path, written: dict[str, int]) -> Table:
    overview = Table("table", title=f"Written to {folder}", title_justify="left")
    overview.add_column("rows", justify="right")
    for name, rows in written.items():
        overview.add_row(name.removesuffix(".csv"), f"{rows:,}")
    return overview
