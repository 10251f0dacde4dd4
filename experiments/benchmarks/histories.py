"""Public sets of enrolments alone: a course of each person is to be found among all not taken."""

from __future__ import annotations

from pathlib import Path

from experiments.benchmarks.common import Board, board, load_converted, recipes, size_of, with_tuned_ease
from experiments.judging.trials import LAST, Trial, trial_of
from experiments.pages import Page, bullets
from experiments.show import Say
from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.dataset.split import Split, split_last, split_one

_K = 10
_DRAWS = 5
_VALIDATION = 100  # seed of the draw that settings are chosen by
_TARGET = 0.312


def canvas_network(source: Path, say: Say) -> Page:
    """Leave the last enrolment out: order is known, time is not."""
    dataset, notes = load_converted("canvas_network", source)
    trial = _trial(split_last(dataset), LAST)
    entrants = with_tuned_ease(recipes(without="value"), _trial(split_last(trial.split.past), LAST))
    found = board([trial], entrants, _K, say)
    remark = (
        "The last enrolment of everybody with at least two is the target; all others are learnt from. "
        f"The aim for `learned` is NDCG@{_K} of at least {_TARGET}, above every other."
    )
    return _page("Canvas Network: next open course", dataset, found, [remark, _repeats([trial]), *notes])


def kgan_mooccube(source: Path, say: Say) -> Page:
    """Leave one enrolment of each person out, five times: neither order nor time is known."""
    dataset, notes = load_converted("kgan_mooccube", source)
    splits = [split_one(dataset, seed) for seed in range(_DRAWS)]
    trials = [_trial(split, f"draw {place}") for place, split in enumerate(splits, start=1)]
    known = recipes(without="value")
    entrants = {**known, "learned": known["learned"].with_values({"labels": "one"})}
    entrants = with_tuned_ease(entrants, _trial(split_one(splits[0].past, _VALIDATION), "validation"))
    found = board(trials, entrants, _K, say, ordered=False)
    remark = (
        "These data have no order and no time: one enrolment of everybody with at least two is drawn at "
        f"random and left out, {_DRAWS} times (seeds 0 to {_DRAWS - 1}); intervals draw people with all of "
        "their draws. "
        'So this measures filling in, not foretelling; `learned` is told so (`labels = "one"`).'
    )
    return _page("MOOCCube: left-out course", dataset, found, [remark, _repeats(trials), *notes])


def _trial(split: Split, cut: str) -> Trial:
    return trial_of(split, cut, CompetencyEstimator())


def _repeats(trials: list[Trial]) -> str:
    repeats = sum(trial.repeats for trial in trials)
    return (
        f"{repeats:,} left-out enrolments are in a course taken before; they are no targets, since such "
        "courses are no candidates."
    )


def _page(title: str, dataset: Dataset, found: Board, remarks: list[str]) -> Page:
    said = [
        size_of(dataset),
        *remarks,
        "All courses not taken are candidates in the test, none is sampled. `gap` needs requirements, which "
        "these data do not have: it serves nobody, and `value` has no benefit to weigh and is left out.",
        "`collaborative` is EASE; its ridge was chosen on one more record left out of the first past. (Of "
        "several draws, that past holds what the others leave out: an advantage for EASE alone.)",
        *found.remarks,
    ]
    return Page(title, found.headline, [found.table, bullets(said)], found.picture(f"ndcg_{_K}", title))
