"""Off-policy: whether estimates from logged lists hold what a model is truly worth, by simulated logs."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.special import expit

from experiments.judging.gains import read_gains
from experiments.pages import Page, bullets, table
from experiments.show import Say
from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import MISSING, BoolArray, FloatArray, IntArray
from recommender.engine.answers import choose
from recommender.engine.exclusions import exclusions
from recommender.engine.exploration import Lots, chances, with_lots
from recommender.engine.selection import Selection
from recommender.evaluation.off_policy import (
    Estimate,
    Log,
    doubly_robust,
    effective,
    foretell,
    observed,
    over_people,
    rare,
    snips,
    unsupported,
)
from recommender.rankers import RANKERS, People, gather_people
from recommender.rankers.mandates import mandated
from recommender.simulation import simulate_city, write_city

_EMPLOYEES, _PROGRAMS, _SEED = 600, 150, 21
_LOGS, _ROUNDS, _LISTED = 50, 4, 5
_OLD, _NEW = "popularity", ("gap", "collaborative", "content")
_SHARES = (0.05, 0.1, 0.2)
_FADING = 0.85  # of a place to the one above it, where places matter
_NAIVE, _ALONE, _SNIPS, _ROBUST = "naive", "foretelling alone", "SNIPS", "doubly robust"
_DIFFERENCE = "more than so far"


@dataclass(frozen=True, slots=True)
class Town:
    """People of a city, whom an old model shows lists to.

    Attributes
    ----------
    old : the place of each program on the lists of the model that answers, from 1, 0 where it is not, (n, P).
    new : the same for each new model.
    admitted, bound : what lots may draw from, and what mandates ask for, shape (n, P).
    taken : probability that a person takes a program that is shown, shape (n, P).
    features : what rewards are foretold from, shape (n, P, f).
    """

    old: IntArray
    new: Mapping[str, IntArray]
    admitted: BoolArray
    bound: BoolArray
    taken: FloatArray
    features: FloatArray


@dataclass(frozen=True, slots=True)
class Found:
    """What one log says of one new model: estimates by name, and what they rest on."""

    estimates: Mapping[str, Estimate]
    effective: float
    matched: int
    unsupported: float


def off_policy(source: Path, say: Say) -> Page:  # noqa: ARG001 - all benchmarks take a source; cities need none
    """Simulate logs of lists with known acceptance, and judge other models by them."""
    say("  the city ...")
    town = _town()
    rows, covers = [], []
    for share in _SHARES:
        for name in _NEW:
            say(f"  {name}, exploration share {share:g} ...")
            found = [found_in(town, name, share, number) for number in range(_LOGS)]
            true = true_values(town, name, share)
            rows.append(_row(name, share, found, true))
            covers += [
                coverage([one.estimates[key] for one in found], true[key])
                for key in (_SNIPS, _ROBUST, _DIFFERENCE)
            ]
    say("  where places matter ...")
    name, share = _NEW[0], _SHARES[-1]
    fading = [found_in(town, name, share, number, _FADING) for number in range(_LOGS)]
    moved = _row(name, share, fading, true_values(town, name, share, _FADING))
    headline = (
        f"95 % intervals of {_LOGS} simulated logs hold the true value of a model that never answered in "
        f"{min(covers):.0%} to {max(covers):.0%} of them, by new model, exploration share and estimator; on "
        f"average in {np.mean(covers):.0%}."
    )
    places = ["## Where places matter", table(_HEADER, [moved]), _PLACES]
    parts = [table(_HEADER, rows), bullets(_remarks()), *places]
    return Page("Off-policy: models that never answered", headline, parts)


def coverage(estimates: Sequence[Estimate], true: float) -> float:
    """Return in what share of the estimates the interval holds the true value."""
    return float(np.mean([one.lower <= true <= one.upper for one in estimates]))


def true_values(town: Town, name: str, share: float, fading: float = 1.0) -> dict[str, float]:
    """Return how many of a new model's programs are taken per list on average, and how many more than so far.

    What is shown so far is the list of the old model with its share of lots.
    """
    new = float(likely(town.taken, town.new[name], fading).sum(axis=1).mean())
    lots = with_lots(
        _selection(town.old), town.admitted, town.bound, share, np.ones((len(town.old), 2))
    )  # a chance of 1 draws nobody
    last = town.old.max(axis=1, keepdims=True)
    chance = probabilities(lots)
    standing = np.where(chance > 0, np.where(town.old > 0, town.old, last), 0)
    old = float((chance * likely(town.taken, standing, fading)).sum(axis=1).mean())
    return dict.fromkeys((_NAIVE, _ALONE, _SNIPS, _ROBUST), new) | {_DIFFERENCE: new - old}


def likely(taken: FloatArray, place: IntArray, fading: float) -> FloatArray:
    """Return the probability that each program is taken where it stands in a place, 0 where it does not."""
    return np.where(place > 0, taken * fading ** (np.maximum(place, 1) - 1), 0.0)


def found_in(town: Town, name: str, share: float, number: int, fading: float = 1.0) -> Found:
    """Draw the log of this number, and return what it says of a new model."""
    drawn = draw_log(town, name, share, number, fading)
    log = drawn.log
    foretold = foretell(town.features[drawn.row, drawn.program], log.reward, log.person[log.decision])
    unweighted = replace(log, logged=np.where(log.shown, 1.0, log.logged))
    robust = doubly_robust(log, foretold)
    return Found(
        {
            _NAIVE: snips(unweighted),
            _ALONE: over_people(log.by_decision(log.supported * foretold), log.person),
            _SNIPS: snips(log),
            _ROBUST: over_people(robust, log.person),
            _DIFFERENCE: over_people(robust - observed(log), log.person),
        },
        effective(log),
        int((rare(log) & log.shown).sum()),
        unsupported(log),
    )


@dataclass(frozen=True, slots=True)
class Drawn:
    """A log with the row of the town's person and the program of each of its pairs, shape (k,)."""

    log: Log
    row: IntArray
    program: IntArray


def draw_log(town: Town, name: str, share: float, number: int, fading: float = 1.0) -> Drawn:
    """Draw people of the town with replacement, lists of each, and rewards from the truth.

    Parameters
    ----------
    fading : how much less often a program is taken for each place that it stands lower.
    """
    rng = np.random.default_rng(number)
    row = rng.integers(len(town.old), size=len(town.old))
    names = [str(one) for one in range(len(row))]
    shown, logged, reward = [], [], []
    for turn in range(_ROUNDS):
        chance = chances(names, f"{number} {turn}")
        lots = with_lots(_selection(town.old[row]), town.admitted[row], town.bound[row], share, chance)
        place = listed(lots.selection)
        shown.append(place > 0)
        logged.append(probabilities(lots))
        reward.append(rng.random(place.shape) < likely(town.taken[row], place, fading))
    seen, wanted = np.concatenate(shown), np.tile(town.new[name][row] > 0, (_ROUNDS, 1))
    pair = np.nonzero(seen | wanted)
    taken = np.where(seen, np.concatenate(reward), np.nan)[pair]
    person = np.tile(np.arange(len(row)), _ROUNDS)
    log = Log(pair[0], seen[pair], np.concatenate(logged)[pair], wanted[pair].astype(float), taken, person)
    return Drawn(log, row[person[pair[0]]], pair[1])


def _selection(place: IntArray) -> Selection:
    person, program = np.nonzero(place)
    order = np.lexsort((place[person, program], person))
    return Selection(person[order], program[order], np.zeros(place.shape, dtype=bool))


def listed(selection: Selection) -> IntArray:
    """Return the place of each program on each list, from 1; 0 where it is not listed, shape (n, P)."""
    place = np.zeros(selection.covered.shape, dtype=int)
    first = np.searchsorted(selection.person, selection.person)
    place[selection.person, selection.program] = np.arange(len(first)) - first + 1
    return place


def probabilities(lots: Lots) -> FloatArray:
    """Return the probability that each program was going to be shown, shape (n, P)."""
    out = np.where(lots.pool, lots.share / np.maximum(lots.pool.sum(axis=1), 1)[:, None], 0.0)
    often = np.flatnonzero(lots.usual != MISSING)
    out[often, lots.usual[often]] += 1 - lots.share
    out[lots.selection.person, lots.selection.program] = lots.propensity
    return out


def _town() -> Town:
    with tempfile.TemporaryDirectory() as folder:
        write_city(simulate_city(_EMPLOYEES, _PROGRAMS, _SEED), Path(folder), truth=True)
        dataset = Dataset.load(folder)
        gains = read_gains(Path(folder) / "truth" / "gains.csv", dataset)
    estimator = CompetencyEstimator().fit(dataset)
    rows = np.flatnonzero(dataset.employees.active)
    people = gather_people(dataset, estimator, rows)
    shut = np.logical_or.reduce(list(exclusions(people).values()))
    chosen = {
        name: choose(people, ((name, RANKERS[name]().fit(dataset, estimator)),), shut, _LISTED)
        for name in (_OLD, *_NEW)
    }
    takers = np.bincount(dataset.history.program, minlength=len(dataset.programs.ids))
    return Town(
        listed(chosen[_OLD].selection),
        {name: listed(chosen[name].selection) for name in _NEW},
        ~shut & ~chosen[_OLD].worthless,
        mandated(people),
        _truth(gains[rows], takers),
        _features(people, takers),
    )


def _truth(gains: FloatArray, takers: IntArray) -> FloatArray:
    """Return how likely each person takes each program that is shown, (n, P); the page says from what."""
    rng = np.random.default_rng(_SEED)
    popular = np.log1p(takers)
    eager = rng.standard_normal((len(gains), 1))
    liking = rng.standard_normal(gains.shape)
    return np.asarray(
        expit(-1.5 + 0.6 * eager + 0.8 * _standard(popular) + 0.4 * _standard(gains) + 0.6 * liking)
    )


def _features(people: People, takers: IntArray) -> FloatArray:
    shape = people.benefit.shape
    past = np.log1p(people.past.counts)[:, None]
    columns = (people.benefit, np.log1p(takers)[None, :], past)
    return np.stack([np.broadcast_to(column, shape) for column in columns], axis=2)


def _standard(values: FloatArray) -> FloatArray:
    return np.asarray((values - values.mean()) / values.std())


_KEYS = (_NAIVE, _ALONE, _SNIPS, _ROBUST, _DIFFERENCE)
_HEADER = ["new model", "share", "true value", *_KEYS, "drawn and listed", "effective", "not supported"]


def _row(name: str, share: float, found: Sequence[Found], true: Mapping[str, float]) -> list[str]:
    cells = [_cell([one.estimates[key] for one in found], true[key]) for key in _KEYS]
    resting = [np.mean([getattr(one, part) for one in found]) for part in ("matched", "effective")]
    missing = np.mean([one.unsupported for one in found])
    value = f"{true[_SNIPS]:.3f}; {true[_DIFFERENCE]:+.3f}"
    return [name, f"{share:g}", value, *cells, *(f"{part:.0f}" for part in resting), f"{missing:.1%}"]


def _cell(estimates: Sequence[Estimate], true: float) -> str:
    bias = np.mean([one.value for one in estimates]) - true
    width = np.mean([one.upper - one.lower for one in estimates])
    return f"{coverage(estimates, true):.0%}; {bias:+.3f}; {width:.3f}"


_PLACES = (
    f"The same where a program is taken less often for each place that it stands lower (times {_FADING} a "
    "place), against the assumption. Lots fill last places only: what is new on a list is judged by what "
    "comes of it in the last place and seems worse than it is, while what is kept but put lower seems "
    "better. Which of the two prevails cannot be told from the log, and the intervals do not know of it."
)


def _remarks() -> list[str]:
    return [
        f"A city as by `recommender simulate DIR --employees {_EMPLOYEES} --programs {_PROGRAMS} --seed "
        f"{_SEED} --truth`. In each log as many people as there are in active service are drawn from them, "
        f"with replacement; `{_OLD}` shows each {_ROUNDS} lists of {_LISTED}, whose last place is drawn by "
        "lot with the exploration share.",
        "Truth: a program that is shown is taken with a probability from the person's eagerness, the "
        "program's takers, its true gain, and a liking of this person for this program that no feature "
        "tells: logit = -1.5 + 0.6 eagerness + 0.8 takers + 0.4 gain + 0.6 liking, all standardised. The "
        "true value, the mean number of programs taken of a list, and how much more that is than of the "
        "lists shown, follow in closed form.",
        f"Cells: how many of {_LOGS} 95 % intervals hold the true value; mean error; mean width.",
        "Naive: the mean reward of shown programs that the new model lists too, times the length of its "
        "list. Foretelling alone: what the doubly robust estimate corrects, a cross-fitted logistic "
        "regression on expected benefit, takers and number of programs taken before. More than so far: the "
        "doubly robust estimate less what came of the lists shown, on which the verdict of `experiments "
        "offpolicy` rests.",
        "Drawn and listed: programs that only a lot has shown and that the new model lists. Effective: (sum "
        "of weights)² / sum of squares. Not supported: share of the new model's lists that could not have "
        "been shown, as where the old model lists one program alone. Here it counts as nothing and against "
        "the intervals; `offpolicy` adds to them what it could bring.",
    ]
