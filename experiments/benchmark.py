"""All benchmarks one after the other, each with a page of results."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rich.console import Console

from experiments.benchmarks import (
    anatomy,
    answers,
    asking,
    batch,
    boosting,
    city,
    effects,
    effects_scale,
    evidence,
    histories,
    levels,
    off_policy,
    oulad,
    pages,
    raters,
    roles,
    scores,
    service,
    training_trials,
)
from experiments.pages import Page, write_page
from experiments.show import Say
from recommender.errors import RecommenderError

BENCHMARKS: Mapping[str, Callable[[Path, Say], Page]] = {
    "canvas_network": histories.canvas_network,
    "kgan_mooccube": histories.kgan_mooccube,
    "oulad": oulad.oulad,
    "ukgdad_coursera": roles.ukgdad_coursera,
    "boosting": boosting.boosting,
    "levels": levels.levels,
    "scores": scores.scores,
    "raters": raters.raters,
    "asking": asking.asking,
    "off_policy": off_policy.off_policy,
    "effects": effects.effects,
    "effects_scale": effects_scale.effects_scale,
    "training_trials": training_trials.training_trials,
    "city": city.city,
    "anatomy": anatomy.anatomy,
    "answers": answers.answers,
    "batch": batch.batch,
    "evidence": evidence.evidence,
    "service": service.service,
    "pages": pages.pages,
}


def benchmark_all(source: Path, names: Sequence[str], results: Path) -> None:
    """Run the named benchmarks and write their pages; what cannot be run is left out.

    Raises
    ------
    RecommenderError
        Not one of them could be run.
    """
    errors, out = Console(stderr=True, highlight=False), Console(highlight=False)
    done = 0
    for name in names:
        errors.print(f"{name}:", style="bold")
        start = time.perf_counter()
        try:
            page = BENCHMARKS[name](source, lambda line: errors.print(line, markup=False))
        except RecommenderError as error:
            errors.print(f"{name} is left out: {error}", soft_wrap=True, markup=False)
            continue
        path = write_page(results, name, page, time.perf_counter() - start)
        out.print(f"{path.name}: {page.headline}", soft_wrap=True, markup=False)
        done += 1
    if not done:
        raise RecommenderError(f"none of {', '.join(names)} could be run; see above for what each lacks.")
