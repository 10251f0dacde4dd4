"""LambdaMART over the other rankers' scores and context: learns which of them to believe, and when."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Self

import numpy as np
from scipy.special import expit
from sklearn.base import clone

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.dataset.split import Split, cut_days, has_dates, split_by_time, split_last, split_one
from recommender.domain import MISSING, BoolArray, FloatArray, IntArray
from recommender.effects import learn_with_effects
from recommender.rankers.base import Contributions, Ranker
from recommender.rankers.bases import Spec, build_base, spec_name
from recommender.rankers.boosting import Booster, BoostingOptions, Examples, draw, fit_booster
from recommender.rankers.facts import learn_codes
from recommender.rankers.features import Features, pair_features
from recommender.rankers.mandates import candidates
from recommender.rankers.people import People, gather_people

DEFAULT_BASES: tuple[Spec, ...] = (
    {"ranker": "popularity"},
    {"ranker": "popularity", "within": "tier"},
    {"ranker": "popularity", "within": "unit"},
    {"ranker": "popularity", "within": "everybody"},
    {"ranker": "popularity", "within": "everybody", "months": 12},
    {"ranker": "popularity", "within": "everybody", "records": 1},
    {"ranker": "popularity", "months": 12},
    {"ranker": "gap"},
    {"ranker": "gap", "per_hour": 1.0},
    {"ranker": "sequence", "reach": 0.0, "recency": 0.0},
    {"ranker": "sequence", "reach": 0.5, "recency": 0.3},
    {"ranker": "sequence", "reach": 0.8, "recency": 0.0},
    {"ranker": "sequence", "reach": 0.8, "recency": 0.3},
    {"ranker": "sequence", "reach": 0.8, "recency": 0.6},
    {"ranker": "sequence", "reach": 1.0, "recency": 0.3},
    {"ranker": "sequence", "reach": 1.0, "recency": 0.6},
    {"ranker": "sequence", "reach": 0.8, "recency": 0.6, "measure": "cosine"},
    {"ranker": "sequence", "recency": 0.8, "measure": "order"},
    {"ranker": "sequence", "recency": 0.0, "measure": "order"},
    {"ranker": "sequence", "recency": 0.6, "measure": "reverse"},
    {"ranker": "sequence", "reach": 1.0, "recency": 1.0, "measure": "together"},
    {"ranker": "collaborative", "ridge": 10.0},
    {"ranker": "collaborative", "ridge": 50.0},
    {"ranker": "collaborative", "ridge": 300.0},
    {"ranker": "collaborative", "ridge": 50.0, "recency": 0.6},
    {"ranker": "collaborative", "ridge": 20.0, "evenly": True},
    {"ranker": "content", "gap_weight": 0.0, "past_weight": 0.0},
    {"ranker": "content", "position_weight": 0.0, "past_weight": 0.0},
    {"ranker": "content", "position_weight": 0.0, "gap_weight": 0.0, "past_weight": 1.0},
)

LABELS = ("auto", "time", "last", "one")

_BATCH = 512  # people at a time: bounds memory, whatever the number of people


@dataclass(eq=False, repr=False)
class LearnsUptake(Ranker):
    """What a ranker that learns uptake from histories is told.

    Parameters
    ----------
    bases : the rankers whose scores are features, each with its parameters.
    labels : which records are labels: "time" those of some months after a cut, "last" everybody's last one,
        "one" one of each person at random (for histories without an order); "auto" is "time" where there are
        dates, else "last". See `LABELS`.
    windows : how many cuts: months apart, or before the last record, the last but one ..., or draws.
    window_months : how many months of labels after each cut in time.
    most_people : train on at most so many people per cut, drawn at random.
    candidates : about so many programs in each person's list, drawn at random, beside those taken.
    trees, leaves, learning_rate, least_leaf : of the boosting (see `BoostingOptions`).
    n_jobs : threads; random_state : seed of all drawing.
    """

    kind = "program"
    floor = -np.inf  # log-odds have no zero that would mean "nothing"

    bases: tuple[Spec, ...] = DEFAULT_BASES
    labels: str = "auto"
    windows: int = 3
    window_months: int = 12
    most_people: int = 10_000
    candidates: int = 50
    trees: int = 150
    leaves: int = 15
    learning_rate: float = 0.05
    least_leaf: int = 100
    n_jobs: int = 1
    random_state: int = 0


@dataclass(eq=False, repr=False)
class LearnedRanker(LearnsUptake):
    """Calibrated log-odds that a person takes a program next.

    Taken is whatever was begun, also what was dropped or failed. Ranked by these odds alone, people are sent
    where people like them went; `ValueRanker` weighs them with what a program would bring.

    Trained on cuts through the past: the other rankers and the beliefs see only what lay before a cut, the
    labels are what people took after it. Every program not taken before may be a candidate, each as likely
    as any other: candidates picked by a score would teach the model that a low score means relevant.
    Its parameters are those of `LearnsUptake`.
    """

    def fit(self, dataset: Dataset, estimator: CompetencyEstimator) -> Self:
        """Learn from what people took after each cut; without a history nothing is covered."""
        if self.labels not in LABELS:
            raise ValueError(f"labels {self.labels!r} is not known; use one of {', '.join(LABELS)}.")
        examples = self.examples(dataset, estimator)
        self.booster_: Booster | None = None
        if examples is not None:
            self.booster_ = fit_booster(examples, self.options())
        self.bases_ = self._fitted_bases(dataset, estimator)
        return self

    def examples(self, dataset: Dataset, estimator: CompetencyEstimator) -> Examples | None:
        """Return what the trees learn from: lists of candidates of people at each cut; None without any."""
        self.codes_ = learn_codes(dataset)
        splits = enumerate(self._splits(dataset))
        parts = [self._examples(split, estimator, window) for window, split in splits]
        lists = [part for part in parts if part is not None and len(part.group)]
        return Examples.joined(lists) if lists else None

    def features(self, people: People) -> Features:
        """Return what the trees see of every person with every program."""
        key = (id(self), "features")
        if key not in people.memo:
            people.memo[key] = pair_features(people, self.bases_, self.codes_)
        found: Features = people.memo[key]
        return found

    def score(self, people: People) -> FloatArray:
        """Return log-odds of uptake; 0 where there was nothing to learn, or nothing is wanted."""
        shape = (len(people), len(people.dataset.programs.ids))
        if self.booster_ is None:
            return np.zeros(shape)
        values = self.features(people).values
        if people.wanted is None:
            return self.booster_.logit(values.reshape(-1, values.shape[2])).reshape(shape)
        scores = np.zeros(shape)
        if people.wanted.any():
            scores[people.wanted] = self.booster_.logit(values[people.wanted])
        return scores

    def uptake(self, people: People) -> FloatArray:
        """Return the chance that each person takes each program in the next window, shape (n, P).

        It is the chance among people who take something then: whoever takes nothing taught the trees nothing.
        """
        return np.asarray(expit(self.score(people)))

    def covers(self, people: People) -> BoolArray:
        """Those with a past or a position, once there was something to learn."""
        known = (people.past.counts > 0) | (people.position != MISSING)
        return np.asarray(known) & (self.booster_ is not None)

    def contributions(self, people: People, who: IntArray, program: IntArray) -> Contributions:
        """Return exact Shapley values (TreeSHAP) of the features, summed by kind of reason."""
        if self.booster_ is None:
            return Contributions((self.kind,), np.zeros((len(who), 1)))
        features = self.features(people)
        parts = self.booster_.shares(features.values[who, program])
        kinds = tuple(dict.fromkeys((*features.kinds, "base")))
        values = np.zeros((len(who), len(kinds)))
        for column, kind in enumerate((*features.kinds, "base")):
            values[:, kinds.index(kind)] += parts[:, column]
        return Contributions(kinds, values)

    def feature_shares(
        self, people: People, who: IntArray, program: IntArray
    ) -> tuple[tuple[str, ...], FloatArray]:
        """Return the names of the features and each one's share of the pairs' log-odds, (pairs, features)."""
        features = self.features(people)
        if self.booster_ is None:
            return features.names, np.zeros((len(who), len(features.names)))
        return features.names, self.booster_.shares(features.values[who, program])[:, :-1]

    def witness(self, people: People, who: IntArray, program: IntArray) -> IntArray:
        """Return the past program that speaks most for each pair, by the first sequence ranker."""
        for _, base in self.bases_:
            if base.kind == "sequence" and base.get_params()["recency"] > 0.0:
                return base.witness(people, who, program)
        return super().witness(people, who, program)

    def _splits(self, dataset: Dataset) -> list[Split]:
        """Return the cuts that the trees learn from."""
        if not len(dataset.history):
            return []
        if self.labels == "one":
            return [split_one(dataset, self.random_state + window) for window in range(self.windows)]
        if self.labels == "last" or (self.labels == "auto" and not has_dates(dataset)):
            return list(_last_records(dataset, self.windows))
        days = cut_days(dataset, self.window_months, self.windows)
        ends = [None, *days][: len(days)]
        return [split_by_time(dataset, day, end) for day, end in zip(days, ends, strict=True)]

    def _examples(self, split: Split, estimator: CompetencyEstimator, window: int) -> Examples | None:
        rows = np.unique(split.employee)
        if not len(rows):
            return None
        rng = np.random.default_rng([self.random_state, window])
        if len(rows) > self.most_people:
            rows = np.sort(rng.choice(rows, self.most_people, replace=False))
        estimator = learn_with_effects(clone(estimator), split.past)
        bases = self._fitted_bases(split.past, estimator)
        parts, has_past = [], np.isin(rows, split.past.history.employee)
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            people = gather_people(split.past, estimator, batch)
            candidate = candidates(people, split.offered)
            features = pair_features(people, bases, self.codes_)
            drawn = draw(candidate, self.candidates, rng)
            parts.append(Examples.of(features, split.relevant(batch), candidate, batch, drawn))
        examples = Examples.joined(parts)
        return examples.weighed(has_past[np.searchsorted(rows, examples.person)])

    def _fitted_bases(self, dataset: Dataset, estimator: CompetencyEstimator) -> list[tuple[str, Ranker]]:
        built = [(spec_name(spec), build_base(spec)) for spec in self.bases]
        return [(name, base.fit(dataset, estimator)) for name, base in built]

    def options(self) -> BoostingOptions:
        """Return the size of the model and how it is trained."""
        return BoostingOptions(
            self.trees,
            self.leaves,
            self.learning_rate,
            self.least_leaf,
            self.n_jobs,
            self.random_state,
        )


def _last_records(dataset: Dataset, windows: int) -> Iterator[Split]:
    """Yield the cut before everybody's last record, the one before the last but one, and so on."""
    for _ in range(windows):
        split = split_last(dataset)
        if not len(split.employee):
            return
        yield split
        dataset = split.past
