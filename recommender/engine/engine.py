"""`Engine`: the one entry from an employee id to a ranked, explained list."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import MISSING, Answer, BoolArray, FloatArray, IntArray, Recommendation
from recommender.engine.exclusions import exclusions
from recommender.engine.pseudonyms import PeopleKey
from recommender.errors import UnknownEmployee
from recommender.explain import Language, explain_pairs, phrase
from recommender.rankers import People, Ranker, gather_people
from recommender.rankers.gap import GapRanker
from recommender.rankers.mandates import mandated
from recommender.rankers.popularity import PopularityRanker

FALLBACKS: dict[str, type[Ranker]] = {"gap": GapRanker, "popularity": PopularityRanker}
_BATCH = 512  # people resolved at a time: bounds memory to some 100 MB with 1,000 programs
_Z80 = 1.2815515655446004  # 90th percentile of the standard normal: an 80 % interval


@dataclass(frozen=True, slots=True)
class Engine:
    """Fitted rankers with the data they answer from.

    Attributes
    ----------
    rankers : name and fitted ranker, the first choice first; each next one answers for people that the one
        before does not cover.
    digest : of the bundle it was loaded from; "" if it was not.
    people_key : set when the employee ids of `dataset` are pseudonyms.

    Examples
    --------
    >>> engine = fit_engine(Dataset.load("data/sample"), "gap", GapRanker())  # doctest: +SKIP
    >>> engine.recommend("E00042", n=3).recommendations[0].program_id  # doctest: +SKIP
    'P017'
    """

    dataset: Dataset
    estimator: CompetencyEstimator
    rankers: tuple[tuple[str, Ranker], ...]
    digest: str = ""
    people_key: PeopleKey | None = field(default=None, repr=False)

    def recommend(self, employee_id: str, n: int = 5, language: Language = "id") -> Answer:
        """Return the best `n` programs for one employee, with reasons.

        Raises
        ------
        UnknownEmployee
            No employee has this id.
        """
        return self.recommend_many([employee_id], n, language)[0]

    def recommend_many(
        self, employee_ids: Sequence[str], n: int = 5, language: Language = "id"
    ) -> list[Answer]:
        """Return one answer per id, in the order asked; the same as asking one by one.

        Raises
        ------
        UnknownEmployee
            No employee has some of the ids; the error names them all.
        """
        if n < 1:
            raise ValueError(f"n = {n} programs were asked for; ask for at least 1.")
        rows, place = np.unique(self._rows(employee_ids), return_inverse=True)  # an id may be asked twice
        ids = dict(zip(place.tolist(), employee_ids, strict=True))
        answers: list[Answer] = []
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            names = [ids[start + offset] for offset in range(len(batch))]
            answers.extend(self._answers(names, batch, n, language))
        return [answers[one] for one in place]

    def with_data(self, dataset: Dataset) -> Engine:
        """Return the same model answering from newer data."""
        return replace(self, dataset=dataset, people_key=None)

    def _rows(self, employee_ids: Sequence[str]) -> IntArray:
        key, ids = self.people_key, self.dataset.employees.ids
        rows = ids.rows(key.pseudonym(id_) if key else id_ for id_ in employee_ids)
        unknown = np.flatnonzero(rows == MISSING)
        if len(unknown):
            raise UnknownEmployee(employee_ids, unknown.tolist(), len(ids))
        return rows

    def _answers(self, ids: Sequence[str], rows: IntArray, n: int, language: Language) -> Iterator[Answer]:
        people = gather_people(self.dataset, self.estimator, rows)
        excluded = exclusions(people)
        shut = np.logical_or.reduce(list(excluded.values()))
        worthless = self._not_worth(people)
        allowed = ~shut & ~worthless
        chosen = self._choose(people)
        lists = _Lists(self, people, chosen, n, language).all(allowed)
        for place, employee_id in enumerate(ids):
            codes = {code: int(mask[place].sum()) for code, mask in excluded.items()}
            codes["not_worth"] = int((worthless & ~shut)[place].sum())
            name = self.rankers[chosen[place]][0] if chosen[place] != MISSING else "none"
            yield Answer(
                employee_id,
                lists[place],
                name,
                tuple(self._notes(people, place, name, codes, lists[place], language)),
                {code: count for code, count in codes.items() if count},
                "" if np.isnat(self.dataset.as_of) else str(self.dataset.as_of),
                self.digest,
            )

    def _not_worth(self, people: People) -> BoolArray:
        """Programs that close too little for their hours, for people whose needs are known."""
        rule = self.dataset.policy.recommendation
        hours = np.nan_to_num(self.dataset.programs.hours)
        least = rule.minimum_benefit + rule.minimum_benefit_per_hour * hours
        return np.asarray((people.benefit < least) & people.have_needs[:, None] & ~mandated(people))

    def _choose(self, people: People) -> IntArray:
        """Return for each person the first ranker that covers them, `MISSING` if none does."""
        chosen = np.full(len(people), MISSING)
        for place in reversed(range(len(self.rankers))):
            chosen[self.rankers[place][1].covers(people)] = place
        return chosen

    def _notes(
        self,
        people: People,
        place: int,
        used: str,
        codes: dict[str, int],
        recommended: tuple[Recommendation, ...],
        language: Language,
    ) -> Iterator[str]:
        first = self.rankers[0][0]
        if used == "none":
            yield phrase("notes", "no_ranker", language)
        elif used != first:
            yield phrase("notes", "fallback", language, used=used, first=first)
        if people.position[place] == MISSING and len(self.dataset.positions.ids):
            yield phrase("notes", "no_position", language)
        if recommended or used == "none":
            return
        if codes["not_active"]:
            yield phrase("notes", "inactive", language)
        elif codes["not_worth"]:
            yield phrase("notes", "nothing_worth", language)
        else:
            yield phrase("notes", "nothing_open", language)


@dataclass(frozen=True, slots=True)
class _Lists:
    """Turns scores into lists of recommendations for a batch of people."""

    engine: Engine
    people: People
    chosen: IntArray
    n: int
    language: Language

    def all(self, allowed: BoolArray) -> list[tuple[Recommendation, ...]]:
        """Return each person's list, from the ranker chosen for them."""
        lists: list[tuple[Recommendation, ...]] = [()] * len(self.people)
        for place in np.unique(self.chosen[self.chosen != MISSING]):
            ranker = self.engine.rankers[place][1]
            who = np.flatnonzero(self.chosen == place)
            scores = ranker.score(self.people)
            person, program = _best(scores[who], allowed[who], self.n)
            person = who[person]
            built = self._recommendations(ranker, scores, person, program)
            for owner, one in zip(person, built, strict=True):
                lists[owner] = (*lists[owner], replace(one, rank=len(lists[owner]) + 1))
        return lists

    def _recommendations(
        self, ranker: Ranker, scores: FloatArray, who: IntArray, program: IntArray
    ) -> Iterator[Recommendation]:
        people, programs = self.people, self.people.dataset.programs
        reasons = explain_pairs(ranker, people, who, program, self.language)
        mean = people.held.by_program()[who, program]
        low, high = self._interval(mean, who, program)
        known = people.have_needs[who]
        for pair, (owner, row) in enumerate(zip(who, program, strict=True)):
            hours = float(programs.hours[row])
            yield Recommendation(
                rank=0,
                program_id=programs.ids[row],
                title=str(programs.title[row]),
                score=float(scores[owner, row]),
                benefit=float(mean[pair]) if known[pair] else None,
                benefit_low=float(low[pair]) if known[pair] else None,
                benefit_high=float(high[pair]) if known[pair] else None,
                hours=None if np.isnan(hours) else hours,
                reasons=reasons[pair],
            )

    def _interval(self, mean: FloatArray, who: IntArray, program: IntArray) -> tuple[FloatArray, FloatArray]:
        """Return an 80 % interval of the gap closed: normal, cut at nothing and at the whole planned lift."""
        half = _Z80 * self.people.held.sd_by_program()[who, program]
        most = mean / self.people.held.effects.share
        return np.maximum(mean - half, 0.0), np.minimum(mean + half, most)


def fit_engine(
    dataset: Dataset, name: str, ranker: Ranker, estimator: CompetencyEstimator | None = None
) -> Engine:
    """Return an engine with `ranker` as the first choice and the fallbacks behind it, all fitted."""
    fitted = (estimator or CompetencyEstimator()).fit(dataset)
    chain = {name: ranker} | {other: cls() for other, cls in FALLBACKS.items() if other != name}
    return Engine(dataset, fitted, tuple((key, one.fit(dataset, fitted)) for key, one in chain.items()))


def _best(scores: FloatArray, allowed: BoolArray, n: int) -> tuple[IntArray, IntArray]:
    """Return (person, program) of the best `n` allowed, person by person, ties in the catalogue's order."""
    shown = np.where(allowed, scores, -np.inf)
    order = np.argsort(-shown, axis=1, kind="stable")[:, :n]
    person = np.repeat(np.arange(len(shown)), order.shape[1])
    program = order.ravel()
    kept = allowed[person, program]
    return person[kept], program[kept]
