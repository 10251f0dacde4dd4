"""`python -m experiments leaderboard`: recipes and peers on DATA, judged alike, printed and kept."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from experiments.judging.gains import TRUE_GAIN, find_true_gains
from experiments.judging.trials import prepare
from experiments.leaderboard.board import draw, remarks_of, rows_of, verdict
from experiments.leaderboard.entries import Entry, enter_peers, enter_recipes
from experiments.provenance import git_commit, source_name
from experiments.recipe import FOLDER, Recipe, RecipeError, load_recipe
from experiments.show import output, plain_table
from experiments.tracking import BOARDS, Record, Store
from recommender.dataset import Dataset

_FIRST = "learned"  # of our recipes; it names the cuts where no recipe is given


def leaderboard(paths: Sequence[Path], data: str, picture: Path | None, *, peers: bool) -> None:
    """Judge recipes and peers on the cuts and by the metrics of the first recipe, print and track them."""
    errors, out = Console(stderr=True, highlight=False), output()
    recipes = _named(paths or [FOLDER / f"{_FIRST}.toml", *sorted(FOLDER.glob("*.toml"))])
    first, leading = next(iter(recipes.items()))
    dataset = Dataset.load(data)
    trials = prepare(dataset, leading, find_true_gains(data, dataset))

    def say(line: str) -> None:
        errors.print(line, markup=False)

    entries = enter_recipes(trials, recipes, leading.metrics, say)
    notes: list[str] = []
    if peers:
        ordered = leading.split.kind != "one"
        theirs, notes = enter_peers(trials, leading.metrics, ordered=ordered, say=say)
        entries |= theirs
    k = max(leading.metrics.at)
    metric = f"ndcg_{k}"
    title = f"{source_name(data)} ({dataset.digest[:8]}), cut {', '.join(trial.cut for trial in trials)}"
    true = TRUE_GAIN if trials[0].gains is not None else ()
    # As much as fits on a line: what was only estimated gives way to what is known.
    shown = [metric, *(true or [f"reciprocal_rank_{k}", f"gap_closed_{k}"])]
    header, rows = rows_of(entries, first, shown, [] if true else [f"coverage_{k}"])
    table = plain_table(title, header)
    for row in rows:
        table.add_row(*row)
    out.print(table)
    for line in [verdict(entries, first, metric), *remarks_of(entries), *notes]:
        out.print(line, soft_wrap=True, markup=False)
    with tempfile.TemporaryDirectory() as folder:
        draw(Path(folder) / "leaderboard.png", entries, [metric, *true[-1:]], title)
        if picture is not None:
            picture.write_bytes((Path(folder) / "leaderboard.png").read_bytes())
        Store(BOARDS).write(_record(entries, [metric, *true], dataset, source_name(data), Path(folder)))


def _named(paths: Sequence[Path]) -> dict[str, Recipe]:
    """Return the recipes by name, each file once."""
    recipes: dict[str, Recipe] = {}
    files = {path.resolve(): path for path in paths}
    for path in files.values():
        recipe = load_recipe(path)
        if recipe.name in recipes:
            raise RecipeError(
                f"{path}: there are two recipes named {recipe.name!r}; give one another file name."
            )
        recipes[recipe.name] = recipe
    return recipes


def _record(
    entries: dict[str, Entry], metrics: Sequence[str], dataset: Dataset, name: str, files: Path
) -> Record:
    values: dict[str, float] = {}
    for who, entry in entries.items():
        values |= {f"{who}.{metric}": entry.backtest.interval(metric).mean for metric in metrics}
        values[f"{who}.seconds"] = entry.backtest.fit_seconds
    tags = {"data.name": name, "data.digest": dataset.digest, "commit": git_commit()}
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    return Record(f"leaderboard-{stamp}", {}, values, tags, files)
