"""`python -m experiments`: run recipes, compare runs, convert public data, and benchmark."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from experiments.benchmark import BENCHMARKS, benchmark_all
from experiments.compare import compare as print_leaderboard
from experiments.converters import CONVERTERS
from experiments.provenance import ROOT
from experiments.run import run as run_recipe
from recommender.errors import RecommenderError

app = typer.Typer(
    help="Train, backtest and compare recommenders; every run is tracked.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command()
def run(
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE", help="A TOML file, as in experiments/recipes.")],
    data: Annotated[str, typer.Option("--data", metavar="DATA", help="Folder of tables.")],
    models: Annotated[Path, typer.Option("--models", help="Folder for the bundle.")] = Path("models"),
    current: Annotated[
        bool, typer.Option("--make-current", help="Let models/current name the new bundle: it is served.")
    ] = False,
) -> None:
    """Backtest a recipe, refit it on all of DATA, track the run, and write a bundle.

    The last line printed is the bundle's path. Data without a history are fitted without a backtest.

    Example: python -m experiments run experiments/recipes/learned.toml --data data/sample
    """
    with _errors_as_messages():
        bundle = run_recipe(recipe, data, models, current=current)
        typer.echo(_relative(bundle))


@app.command()
def compare(
    data_digest: Annotated[
        str, typer.Option("--data-digest", help="Only runs on data whose digest begins like this.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list for machines.")] = False,
) -> None:
    """Print the leaderboard: the newest run of each recipe, the best first, per data and cut.

    Example: python -m experiments compare --data-digest 3fa1
    """
    with _errors_as_messages():
        print_leaderboard(data_digest, as_json=as_json)


@app.command()
def convert(
    name: Annotated[str, typer.Argument(metavar="NAME", help=f"One of {', '.join(CONVERTERS)}.")],
    source: Annotated[Path, typer.Argument(help="Folder of the published files, or the one above it.")],
    folder: Annotated[Path, typer.Argument(help="New or empty folder for the contract's tables.")],
) -> None:
    """Turn a public data set into tables of the data contract.

    Example: python -m experiments convert oulad path/to/data oulad-tables
    """
    if name not in CONVERTERS:
        raise typer.BadParameter(f"{name!r} is not one of {', '.join(CONVERTERS)}.", param_hint="NAME")
    with _errors_as_messages():
        converted = CONVERTERS[name](source, folder)
    for table, rows in converted.tables.items():
        typer.echo(f"{table:<24}{rows:>10,}")
    for note in converted.notes:
        typer.echo(f"Note: {note}")


@app.command()
def benchmark(
    source: Annotated[
        Path, typer.Argument(metavar="SOURCE", help="Folder with one sub-folder per public set.")
    ],
    only: Annotated[
        list[str] | None, typer.Option("--only", help=f"Of {', '.join(BENCHMARKS)}; may be repeated.")
    ] = None,
    results: Annotated[Path, typer.Option("--results", help="Folder for the tables.")] = ROOT
    / "experiments"
    / "results",
) -> None:
    """Run all recipes on public data and on simulated cities, and write one page of results per set.

    A set that SOURCE does not hold is named and left out.

    Example: python -m experiments benchmark path/to/data --only canvas_network --only oulad
    """
    for name in only or ():
        if name not in BENCHMARKS:
            raise typer.BadParameter(f"{name!r} is not one of {', '.join(BENCHMARKS)}.", param_hint="--only")
    with _errors_as_messages():
        benchmark_all(source, only or list(BENCHMARKS), results)


@contextmanager
def _errors_as_messages() -> Iterator[None]:
    try:
        yield
    except (RecommenderError, OSError) as error:
        typer.echo(f"Error: {error}", err=True)
        raise typer.Exit(1) from error


def _relative(path: Path) -> Path:
    """Return the path as seen from the working directory, if it lies inside."""
    full, here = path.resolve(), Path.cwd().resolve()
    return full.relative_to(here) if full.is_relative_to(here) else full


if __name__ == "__main__":
    app(prog_name="python -m experiments")
