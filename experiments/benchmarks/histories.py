"""Public sets of enrolments alone: the last course of each person is to be found among all not taken."""

from __future__ import annotations

from pathlib import Path

from experiments.benchmarks.common import Say, comparison, judge_all, lead, load_converted, size_of
from experiments.pages import Page, bullets, table
from experiments.recipe import MetricChoice
from experiments.show import number
from experiments.trials import trial_of
from recommender.competency import CompetencyEstimator
from recommender.dataset.split import split_last

_AT = (5, 10)
_COLUMNS = {"ndcg_10": "NDCG@10", "recall_10": "recall@10", "reciprocal_rank_10": "MRR@10"}
_TARGET = 0.305


def canvas_network(source: Path, say: Say) -> Page:
    """Leave the last enrolment out: order is known, time is not."""
    remark = (
        "The last enrolment of everybody with at least two is the target; all others are learnt from. "
        f"The aim for `learned` is NDCG@10 of at least {_TARGET}, above every single ranker."
    )
    return _leave_last_out("canvas_network", "Canvas Network: next open course", remark, source, say)


def kgan_mooccube(source: Path, say: Say) -> Page:
    """Leave one enrolment out: neither order nor time is known."""
    remark = (
        "These data have **no order and no time**: one enrolment of everybody with at least two is left "
        "out, the "
        "one that stands last in the file. So this measures filling in, not foretelling, and whatever "
        "`sequence` finds is an accident of how the file is sorted."
    )
    return _leave_last_out("kgan_mooccube", "MOOCCube: left-out course", remark, source, say)


def _leave_last_out(name: str, title: str, remark: str, source: Path, say: Say) -> Page:
    dataset, notes = load_converted(name, source)
    trial = trial_of(split_last(dataset), "before each person's last record", CompetencyEstimator())
    found = judge_all([trial], MetricChoice(at=_AT), say)
    best, difference = lead(found, "ndcg_10")
    learned = found["learned"]
    headline = (
        f"`learned` reaches NDCG@10 {number(learned.interval('ndcg_10').mean)} for {learned.people:,} "
        "people; "
        f"that is {difference} against `{best}`, the best single ranker."
    )
    header, rows = comparison(found, _COLUMNS)
    remarks = [
        size_of(dataset),
        remark,
        f"{trial.repeats:,} left-out enrolments are in a course taken before; they are no targets, since "
        "such "
        "courses are no candidates.",
        "All courses not taken are candidates, none is sampled. `gap` needs requirements, which these data "
        "do "
        "not have: it serves nobody.",
        *notes,
    ]
    return Page(title, headline, [table(header, rows), bullets(remarks)])
