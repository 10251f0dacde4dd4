"""Working out the norms of a city (`norms.py`) from the records of everybody."""

from __future__ import annotations

import numpy as np

from recommender.dataset.dataset import Dataset
from recommender.dataset.norms import Norms, ProgramNorms, ReviewNorms, leaning_means, review_norms_from
from recommender.domain import MISSING, BoolArray, FloatArray, IntArray, TextArray


def norms_of(dataset: Dataset) -> Norms:
    """Return the norms of a dataset that holds everybody."""
    everyone = np.arange(len(dataset.reviews))
    return Norms(dataset.as_of, program_norms(dataset), review_norms(dataset, everyone), known_facts(dataset))


def program_norms(dataset: Dataset) -> ProgramNorms:
    """Return how each program went for those who took it."""
    if dataset.norms is not None:
        return dataset.norms.programs
    history, feedback, count = dataset.history, dataset.feedback, len(dataset.programs.ids)
    done = np.where(history.status == "", np.nan, history.status == "completed")
    by_position, takers = _takers(dataset)
    return ProgramNorms(
        _means(count, history.program, done),
        _means(count, history.program, history.score),
        _means(count, history.program, history.post_score - history.pre_score),
        _means(count, feedback.program, feedback.rating),
        np.bincount(history.program, minlength=count),
        np.bincount(history.program[history.status == "completed"], minlength=count),
        takers,
        by_position,
    )


def _means(programs: int, program: IntArray, values: FloatArray) -> FloatArray:
    known = ~np.isnan(values)
    total = np.bincount(program[known], values[known], minlength=programs)
    return leaning_means(total, np.bincount(program[known], minlength=programs))


def _takers(dataset: Dataset) -> tuple[IntArray, IntArray]:
    programs, positions = len(dataset.programs.ids), len(dataset.positions.ids)
    pairs = np.unique(dataset.history.employee * programs + dataset.history.program)
    position, program = dataset.employees.position[pairs // max(programs, 1)], pairs % max(programs, 1)
    held = position != MISSING
    flat = position[held] * programs + program[held]
    by_position = np.bincount(flat, minlength=positions * programs).reshape(positions, programs)
    return by_position, np.bincount(program, minlength=programs)


def review_norms(dataset: Dataset, reviews: IntArray) -> ReviewNorms:
    """Return how the reviews in `reviews`, which must hold all of a unit's or none, fell out."""
    if dataset.norms is not None:
        return dataset.norms.reviews
    key, value = review_keys(dataset, reviews)
    usable = ~np.isnan(value)
    return review_norms_from(key[usable], value[usable], np.ones(int(usable.sum()), dtype=np.int64))


def review_keys(dataset: Dataset, chosen: IntArray) -> tuple[IntArray, FloatArray]:
    """Return unit, period and kind, shape (n, 3), and value, NaN where unknown, of some reviews.

    Predicates are given relative to the unit (PermenPAN-RB 6/2022), and the older rules used another
    scale, so only the standing within unit, period and kind of record says something.
    """
    reviews = dataset.reviews
    words = (reviews.result + reviews.behaviour) / 2.0
    value, kind = np.full(len(chosen), np.nan), np.zeros(len(chosen), dtype=np.int64)
    for code, column in enumerate((reviews.score, reviews.predicate, words)):
        known = ~np.isnan(column[chosen])
        value[known], kind[known] = column[chosen][known], code
    period = reviews.period_end[chosen].astype(np.int64)
    unit = dataset.employees.unit[reviews.employee[chosen]]
    return np.stack([unit, period, kind], axis=1), value


def known_facts(dataset: Dataset) -> frozenset[str]:
    """Return which facts about people the data know of somebody."""
    if dataset.norms is not None:
        return dataset.norms.known_facts
    people = dataset.employees
    dated = not np.isnat(dataset.as_of)
    known: dict[str, BoolArray | TextArray] = {
        "tier": np.append(dataset.positions.tier, "")[people.position] != "",
        "employment_type": people.employment_type != "",
        "grade": people.grade != "",
        "service": ~np.isnat(people.hired_on) & dated,
        "retirement": ~np.isnan(people.birth_year) & dated,
    }
    return frozenset(fact for fact, of in known.items() if np.any(of))
