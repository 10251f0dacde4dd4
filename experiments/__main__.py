"""`python -m experiments`: run recipes, compare runs, convert public data, and benchmark."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from experiments.benchmark import BENCHMARKS, benchmark_all
from experiments.compare import RANKED_BY
from experiments.compare import compare as print_leaderboard
from experiments.converters import CONVERTERS
from experiments.drift.command import drift as print_drift
from experiments.leaderboard.command import leaderboard as print_board
from experiments.offpolicy.command import offpolicy as print_offpolicy
from experiments.promotion.promote import promote as promote_run
from experiments.promotion.rollback import rollback as roll_back
from experiments.provenance import ROOT
from experiments.run import run as run_recipe
from experiments.tuning.tune import tune as tune_recipe
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
        bool,
        typer.Option(
            "--make-current", help="Serve the new bundle unseen: only where nothing was promoted yet."
        ),
    ] = False,
) -> None:
    """Backtest a recipe, refit it on all of DATA, track the run, and write a bundle.

    The last line printed is the bundle's path. Data without a history are fitted without a backtest.

    Example: python -m experiments run experiments/recipes/value.toml --data data/sample
    """
    with _errors_as_messages():
        bundle = run_recipe(recipe, data, models, current=current)
        typer.echo(_relative(bundle))


@app.command()
def compare(
    data_digest: Annotated[
        str, typer.Option("--data-digest", help="Only runs on data whose digest begins like this.")
    ] = "",
    metric: Annotated[
        str, typer.Option("--metric", help="Order by this: ndcg_5, gap_closed_10, latency_ms ...")
    ] = RANKED_BY,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON list for machines.")] = False,
) -> None:
    """Print the leaderboard: the newest run of each recipe, the best first, per data and cut.

    "To the best" is the difference to the first row, case by case, where both were judged on the same cases.

    Example: python -m experiments compare --data-digest 3fa1 --metric gap_closed_10
    """
    with _errors_as_messages():
        print_leaderboard(data_digest, metric, as_json=as_json)


@app.command()
def leaderboard(
    data: Annotated[str, typer.Option("--data", metavar="DATA", help="Folder of tables.")],
    recipes: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RECIPE]...", help="Recipes; by default all of experiments/recipes."),
    ] = None,
    picture: Annotated[Path | None, typer.Option("--picture", help="PNG file for the picture.")] = None,
    peers: Annotated[bool, typer.Option("--peers/--no-peers", help="Whether peers take part.")] = True,
) -> None:
    """Judge recipes and other people's recommenders on the same cuts, and print them, the best first.

    Cuts, metrics and estimator are those of the first recipe, and all others are held against it, case by
    case. Peers (`make peers` installs them) are tuned on the same past.

    Example: python -m experiments leaderboard --data data/sample --picture leaderboard.png
    """
    with _errors_as_messages():
        print_board(recipes or (), data, picture, peers=peers)


@app.command()
def drift(
    data: Annotated[str, typer.Option("--data", metavar="NEW", help="Folder of tables as they are now.")],
    bundle: Annotated[Path, typer.Option("--bundle", help="A bundle, or a file that names one.")] = Path(
        "models/current"
    ),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")] = False,
) -> None:
    """Say whether people, evidence, catalogue or outcomes moved since a bundle was trained: retrain or not.

    The exit code is 0 where there is no need to train again, 3 where there is, 1 where it cannot be told
    because bundle or data will not do.

    Example: python -m experiments drift --data data/sample --bundle models/current
    """
    with _errors_as_messages():
        moved = print_drift(data, bundle, as_json=as_json)
    if moved:
        raise typer.Exit(3)


@app.command()
def offpolicy(
    wanted: Annotated[
        str,
        typer.Argument(metavar="RUN_OR_BUNDLE", help="The new model: a bundle's folder or name, or a run."),
    ],
    ledger: Annotated[
        Path, typer.Option("--ledger", metavar="FILE", help="As `recommender batch --ledger FILE` writes it.")
    ],
    data: Annotated[
        str, typer.Option("--data", metavar="DATA", help="Folder of tables that reach past the answers.")
    ],
    months: Annotated[
        int,
        typer.Option("--months", min=1, max=120, help="Time after an answer in which a program is taken."),
    ] = 12,
    models: Annotated[Path, typer.Option("--models", help="Folder of bundles.")] = Path("models"),
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")] = False,
) -> None:
    """Estimate from logged answers how many programs a new model's lists would lead people to take.

    The ledger holds the lists of the model that answered, with the probability of each place. That takes an
    exploration share in the data's policy.toml: it lets chance fill the last place of some lists. SNIPS and
    doubly robust estimates follow with 95 % intervals, and a verdict. Answers that the new model was trained
    after, and those younger than the months, are left out. What chance could not have shown is counted as
    nothing, and how much it might add is said.

    Train the new model on data from before the answers: `experiments run RECIPE --data DATA`.

    Example: python -m experiments offpolicy models/current --ledger ledger.ndjson --data data/now
    """
    with _errors_as_messages():
        print_offpolicy(wanted, ledger, data, months, models, as_json=as_json)


@app.command()
def tune(
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE", help="A TOML file with a section tune.space.")],
    data: Annotated[str, typer.Option("--data", metavar="DATA", help="Folder of tables.")],
    trials: Annotated[int, typer.Option("--trials", min=1, help="Make so many more trials.")] = 30,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="File for the tuned recipe.", show_default="RECIPE's name with .tuned.toml"
        ),
    ] = None,
) -> None:
    """Try the parameters in section tune.space of a recipe, and write the recipe with the best of them.

    The test of the recipe's own backtest is never looked at: all data from its earliest cut on are put away,
    and the past before it is cut again in the same way (the same kind, months and number of cuts; other draws
    where one record of each person is drawn). The first trial is the recipe as it is.

    Stopped or killed, it loses no more than the trial that was going on: the same command goes on from there,
    as long as data, cuts, parameters and section tune are the same. MLflow keeps each trial under one run.

    The last line printed is the path of the tuned recipe: `run` that to see how it does on the test.

    Example: python -m experiments tune experiments/recipes/sequence.toml --data data/sample --trials 30
    """
    with _errors_as_messages():
        typer.echo(_relative(tune_recipe(recipe, data, trials, out)))


@app.command()
def promote(
    wanted: Annotated[
        str,
        typer.Argument(
            metavar="RUN", help="A run's name, the beginning of its id, or a bundle's name or folder."
        ),
    ],
    models: Annotated[Path, typer.Option("--models", help="Folder of bundles.")] = Path("models"),
    data: Annotated[
        str,
        typer.Option(
            "--data", metavar="DATA", help="The data of RUN, if the champion was judged on other cases."
        ),
    ] = "",
    by: Annotated[str, typer.Option("--by", help="Who decided, as it shall stand in the audit.")] = "",
    without_champion: Annotated[
        str | None,
        typer.Option(
            "--without-champion",
            metavar="REASON",
            help="Leave the champion and its gate out of account; the reason stands in the audit.",
        ),
    ] = None,
) -> None:
    """Let models/current name the bundle of RUN, if it passes the gate.

    The gate stands in its recipe, and in that of the champion, which is the model promoted last: of each
    line the stricter one counts. All lines are judged and printed. If one fails, nothing is changed and
    the exit code is 1. Else a line is added to models/promotions.jsonl, the model's version in MLflow's
    registry gets the alias `champion`, and models/current is moved. The bundle of before stays.

    Example: python -m experiments promote learned-20250101T080000Z
    """
    if without_champion is not None and not without_champion.strip():
        raise typer.BadParameter("say why, for the audit.", param_hint="--without-champion")
    with _errors_as_messages():
        promote_run(wanted, models, data=data, by=by, without_champion=without_champion or "")


@app.command()
def rollback(
    models: Annotated[Path, typer.Option("--models", help="Folder of bundles.")] = Path("models"),
    by: Annotated[str, typer.Option("--by", help="Who decided, as it shall stand in the audit.")] = "",
) -> None:
    """Undo the last promotion: models/current names the bundle served before, if it is there and opens.

    Once more goes further back, as far as models/promotions.jsonl knows.

    Example: python -m experiments rollback
    """
    with _errors_as_messages():
        roll_back(models, by=by)


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
