"""Which assessment to ask for next: the one whose answer is expected to improve the choice of programs most.

Value of information (Howard 1966; Raiffa & Schlaifer 1961): the programs of highest benefit, among those that
no rule keeps out, are worth the sum of their benefits. An answer would move beliefs and with them the choice;
averaged over the answers expected today, the best choice after the answer is worth at least as much as that
of today, and the difference is what the answer is worth. What a ranker adds, such as uptake, is left aside.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from recommender.competency import CompetencyEstimator
from recommender.competency.hygiene import SELF
from recommender.dataset import Dataset
from recommender.domain import BoolArray, FloatArray, IntArray, Question
from recommender.engine.exclusions import exclusions
from recommender.explain import Language
from recommender.explain.names import competency_name
from recommender.explain.profile import levels_shown
from recommender.rankers import People

# Gauss-Hermite points and weights of a standard normal: the answers that are averaged over.
_POINTS, _WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
_SHARES = _WEIGHTS / _WEIGHTS.sum()


LISTED = 5  # programs of the list whose benefit is to rise


@dataclass(frozen=True, slots=True)
class Worth:
    """What judging one person in competencies would be worth, arrays of shape (asked,).

    Attributes
    ----------
    competency, source : what is judged, and by which of the sources offered.
    value : expected rise in the benefit of the programs chosen.
    chance : probability that the program of the highest benefit is another one.
    sd_after : standard deviation left in the competency.
    """

    competency: IntArray
    source: IntArray
    value: FloatArray
    chance: FloatArray
    sd_after: FloatArray


def sources_offered(dataset: Dataset, wanted: str | None) -> tuple[str, ...]:
    """Return the sources that may be asked: the one wanted, else all in the data but people themselves."""
    if wanted is not None:
        return (wanted.strip().casefold(),)  # as the data keep them
    norms = dataset.norms
    known = dataset.assessments.source if norms is None or norms.judges is None else norms.judges.sources
    return tuple(sorted({str(source) for source in known} - {SELF}))


def worths(people: People, estimator: CompetencyEstimator, sources: Sequence[str], n: int) -> Iterator[Worth]:
    """Yield for each of the people what each question would be worth to the `n` programs of highest benefit.

    Each competency is asked of the source that would tell most, among those that judge it in the data.
    """
    moves = estimator.anticipate_each(people.dataset, sources, people.rows)
    own = np.diagonal(moves, axis1=2, axis2=3) * _judges(people.dataset, sources)[:, None, :]
    shut = np.logical_or.reduce(list(exclusions(people).values()))
    wanted = ~np.isnan(people.required) | ~np.isnan(people.next_required)
    for place in range(len(people)):
        source = own[:, place].argmax(axis=0)
        asked = np.flatnonzero(wanted[place] & (own[:, place].max(axis=0) > 0))
        move = moves[source[asked], place, asked]
        yield _worth(people, place, (asked, source[asked], move), ~shut[place], n)


def questions(
    people: People, place: int, employee_id: str, worth: Worth, sources: Sequence[str], language: Language
) -> Iterator[Question]:
    """Yield what is worth asking of one of the people, in words."""
    dataset, beliefs, held = people.dataset, people.beliefs, levels_shown(people)[0]
    for one, competency in enumerate(worth.competency):
        yield Question(
            employee_id,
            dataset.competencies.ids[competency],
            competency_name(dataset, int(competency), language),
            sources[worth.source[one]],
            float(worth.value[one]),
            float(worth.chance[one]),
            float(held[place, competency]),
            float(beliefs.sd[place, competency]),
            float(worth.sd_after[one]),
        )


def _judges(dataset: Dataset, sources: Sequence[str]) -> BoolArray:
    """Return which source judges which competency, shape (sources, C); all where nobody has judged it yet."""
    table, norms = dataset.assessments, dataset.norms
    judged = np.zeros((len(sources), len(dataset.competencies.ids)), dtype=bool)
    if norms is not None and norms.judges is not None:  # of the whole city, of whom these are a few
        known = norms.judges
        for place, source in enumerate(sources):
            if source in known.sources:
                judged[place] = known.judges[known.sources.index(source)]
        judged[:, ~known.judges.any(axis=0)] = True
        return judged
    for place, source in enumerate(sources):
        judged[place, table.competency[table.source == source]] = True
    judged[:, np.bincount(table.competency, minlength=judged.shape[1]) == 0] = True
    return judged


def _worth(
    people: People, place: int, asked: tuple[IntArray, IntArray, FloatArray], open_: BoolArray, n: int
) -> Worth:
    competency, source, move = asked
    count, points = len(competency), len(_POINTS)
    if not count:  # the position asks for nothing that could be judged
        return Worth(competency, source, np.zeros(0), np.zeros(0), np.zeros(0))
    mean, variance = people.beliefs.mean[place], people.beliefs.sd[place] ** 2
    after = np.sqrt(np.maximum(variance - move**2, 1e-9 * variance.max(initial=1.0)))
    means = mean + _POINTS[None, :, None] * move[:, None, :]
    sds = np.broadcast_to(after[:, None, :], means.shape)
    shape = (count * points, len(mean))
    benefit = people.benefit_of(place, means.reshape(shape), sds.reshape(shape))
    benefit = np.where(open_, benefit, 0.0).reshape(count, points, -1)
    now = np.where(open_, people.benefit[place], 0.0)
    # Today's list is averaged over the answers too, or the curve of the benefit would count as gain.
    today = benefit[:, :, np.argsort(-now)[:n]].sum(axis=2)
    value = (_of_the_best(benefit, n) - today) @ _SHARES
    changed = (benefit.argmax(axis=2) != now.argmax()) @ _SHARES
    return Worth(competency, source, value, changed, after[np.arange(count), competency])


def _of_the_best(benefit: FloatArray, n: int) -> FloatArray:
    """Return the sum of the n highest values of the last axis."""
    first = benefit.shape[-1] - min(n, benefit.shape[-1])
    return np.asarray(np.partition(benefit, first, axis=-1)[..., first:].sum(axis=-1))
