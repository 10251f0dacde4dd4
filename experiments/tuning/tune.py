"""The command: search, say what was found, and write the tuned recipe."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from textwrap import fill
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from experiments.provenance import source_name
from experiments.recipe import Recipe, RecipeError, load_recipe
from experiments.show import output, title_of, with_bounds
from experiments.tuning.report import bounds_of, in_words, print_trials, verdict
from experiments.tuning.rewrite import rewritten
from experiments.tuning.search import Search
from experiments.tuning.space import example, own_values
from experiments.tuning.study import Outcome, TuningError
from recommender.dataset import Dataset

_MARK = "# Tuned from "
_COMMENT: Any = {"initial_indent": "# ", "subsequent_indent": "# "}


def tune(recipe_path: Path, data: str, trials: int, out: Path | None) -> Path:
    """Make so many more trials, print what was found so far, and return the path of the tuned recipe."""
    errors = Console(stderr=True)
    recipe = _tunable(recipe_path)
    target = _target(recipe_path, out or Path(f"{recipe.name}.tuned.toml"))
    with errors.status("Reading and checking the data ...") as status:
        dataset = Dataset.load(data)
        status.update("Cutting the past before the test, and opening the store of runs ...")
        search = Search(dataset, recipe, source_name(data))
    _run(search, trials, errors)
    with errors.status("Comparing the best trial with the recipe as it is ..."):
        difference = search.difference()
    outcomes, best = search.outcomes, search.best
    said = verdict(recipe.tune.metric, outcomes, difference)
    text = _header(recipe, search, source_name(data), said) + rewritten(recipe.text, best.values)
    target.write_text(text, "utf-8")
    search.close(text, difference)
    _print(output(), recipe, search, said)
    return target


def _tunable(path: Path) -> Recipe:
    recipe = load_recipe(path)
    if not recipe.tune.space:
        raise TuningError(
            f"{path} has no [tune.space], which says what to try. Put, for one, this at the end of the file "
            f"and change the numbers:\n\n{example(recipe.ranker)}"
        )
    try:  # now, and not after hours of search
        own = own_values(recipe.parameters, recipe.estimator, recipe.ranker)
        rewritten(recipe.text, {key: own[key] for key in own if key in recipe.tune.space})
    except RecipeError as error:
        raise RecipeError(f"{path}: {error}") from error
    return recipe


def _target(recipe: Path, target: Path) -> Path:
    """Return where the tuned recipe may be written."""
    if target.exists() and (target.samefile(recipe) or not _is_ours(target)):
        raise TuningError(f"{target} is there and was not written by tuning: name another with --out.")
    if not target.resolve().parent.is_dir():
        raise TuningError(f"{target} cannot be written: there is no folder {target.parent}.")
    return target


def _is_ours(path: Path) -> bool:
    return path.is_file() and path.read_text("utf-8", errors="replace").startswith(_MARK)


def _run(search: Search, trials: int, console: Console) -> None:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    progress = Progress(*columns, console=console, transient=True)
    task = progress.add_task("the recipe as it is", total=trials)
    try:
        with progress:
            for one in search.run(trials):
                progress.console.print(_line(one), highlight=False, markup=False, soft_wrap=True)
                best = search.best
                progress.update(task, advance=1, description=f"best {best.mean:.4f} (trial {best.number})")
    except KeyboardInterrupt:
        if not search.outcomes:
            raise
        console.print("Stopped; what was found is kept, and the same command goes on from here.")


def _line(one: Outcome) -> str:
    values = ", ".join(f"{key} = {in_words(value)}" for key, value in one.values.items())
    return f"trial {one.number}: {with_bounds(bounds_of(one), 4)}, {one.seconds:.1f} s: {values}"


def _header(recipe: Recipe, search: Search, source: str, said: str) -> str:
    best = search.best
    found = f"{title_of(recipe.tune.metric)} {with_bounds(bounds_of(best), 4)}"
    return (
        f"{_MARK}{recipe.name}.toml by `python -m experiments tune` on {source}, before the test:\n"
        f"# trial {best.number} of {len(search.outcomes)}, {found}.\n{fill(said, 110, **_COMMENT)}\n\n"
    )


def _print(console: Console, recipe: Recipe, search: Search, said: str) -> None:
    title = f"Tuning of {recipe.name}: {len(search.outcomes)} trials, cut {search.validation.cut}"
    print_trials(console, search.outcomes, recipe.tune.metric, title)
    lines = [
        "In brackets: 95 % intervals over people (bootstrap). All of it lies before the recipe's own test.",
        said,
        *_importance(search.importance().items()),
    ]
    for line in lines:
        console.print(line, soft_wrap=True, markup=False)


def _importance(found: Iterable[tuple[str, float]]) -> list[str]:
    shares = [f"{key} {share:.0%}" for key, share in found]
    return [f"What the differences came from: {', '.join(shares)}."] if shares else []
