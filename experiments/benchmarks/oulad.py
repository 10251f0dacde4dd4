"""Open University: which module is taken next."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from experiments.benchmarks.common import Say, comparison, judge_all, lead, load_converted, size_of
from experiments.pages import Page, bullets, table
from experiments.recipe import MetricChoice
from experiments.show import OF_DATED
from experiments.trials import trial_of
from recommender.competency import CompetencyEstimator
from recommender.dataset.split import split_by_time

_CUT = np.datetime64("2014-10-01", "D")  # nothing is running then, so no withdrawal is known too early
_COLUMNS = {"ndcg_3": "NDCG@3", "hit_1": "hit@1", "reciprocal_rank_3": "MRR@3"}


def oulad(source: Path, say: Say) -> Page:
    """Cut at 2014-10-01."""
    dataset, notes = load_converted("oulad", source)
    split = split_by_time(dataset, _CUT)
    trial = trial_of(split, str(_CUT), CompetencyEstimator(), experienced=True)
    found = judge_all([trial], MetricChoice(at=(1, 3)), say)
    best, difference = lead(found, "ndcg_3")
    header, rows = comparison(found, _COLUMNS)
    headline = (
        f"For {found['learned'].people:,} learners with a past, `learned` is {difference} in NDCG@3 against "
        f"`{best}`."
    )
    remarks = [
        OF_DATED,
        f"{size_of(dataset)} {len(dataset.assessments):,} assessments.",
        f"Everything before {_CUT} is the past. Judged are learners with a past who take a new module after "
        "it; "
        f"{trial.repeats:,} retakes are no targets.",
        "There are seven modules, so that lists are short and differences small; positions and texts are "
        "absent.",
        *notes,
    ]
    return Page("OULAD: next module", headline, [table(header, rows), bullets(remarks)])
