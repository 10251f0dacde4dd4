"""`Engine`: the one entry from an employee id to a ranked, explained list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import MISSING, Answer, Counterfactual, Decision, Horizon, IntArray, Profile, Question
from recommender.effects import learn_with_effects
from recommender.engine.answers import Chain, Draw, decide_all
from recommender.engine.asking import LISTED, questions, sources_offered, worths
from recommender.engine.cases import Records
from recommender.engine.counterfactual import Search, told_of
from recommender.engine.exploration import chances
from recommender.engine.pseudonyms import PeopleKey
from recommender.errors import UnknownEmployee
from recommender.explain import Language, describe
from recommender.rankers import Ranker, gather_people
from recommender.rankers.gap import GapRanker
from recommender.rankers.popularity import PopularityRanker

FALLBACKS: dict[str, type[Ranker]] = {"gap": GapRanker, "popularity": PopularityRanker}
_ASKED = 64  # people whose questions are weighed at a time
_LEAST_WORTH = 0.001  # of the deviation: below it the list stays as it is, whatever the answer
_BATCH = 512  # people resolved at a time: bounds memory to some 100 MB with 1,000 programs


@dataclass(frozen=True, slots=True)
class Wanted:
    """How a list is wanted: at most so many programs, in a language, for which position."""

    n: int = 5
    language: Language = "id"
    horizon: Horizon = "current"


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
    'P044'
    """

    dataset: Dataset
    estimator: CompetencyEstimator
    rankers: Chain
    digest: str = ""
    people_key: PeopleKey | None = field(default=None, repr=False)

    def recommend(
        self, employee_id: str, n: int = 5, language: Language = "id", horizon: Horizon = "current"
    ) -> Answer:
        """Return the best `n` programs for one employee, with reasons.

        Parameters
        ----------
        horizon : whether the gap to the position held is to be closed, or that to the next one.

        Raises
        ------
        UnknownEmployee
            No employee has this id.
        """
        return self.recommend_many([employee_id], n, language, horizon)[0]

    def recommend_many(
        self,
        employee_ids: Sequence[str],
        n: int = 5,
        language: Language = "id",
        horizon: Horizon = "current",
    ) -> list[Answer]:
        """Return one answer per id, in the order asked; the same as asking one by one.

        Raises
        ------
        UnknownEmployee
            No employee has some of the ids; the error names them all.
        """
        return [one.answer for one in self._decisions(employee_ids, Wanted(n, language, horizon), None)]

    def decide(
        self,
        employee_ids: Sequence[str],
        key: PeopleKey,
        n: int = 5,
        language: Language = "id",
        horizon: Horizon = "current",
    ) -> list[Decision]:
        """Return answers for a ledger (`engine/ledger.py`), with what the policy leaves to chance in them.

        Chance belongs here alone: a draw that nobody keeps is a cost to a person of which nothing is learnt.
        The same person, date, policy and model get the same draw. It rests on the person's pseudonym, or who
        knows all ids could tell by the draws whose lines are whose.

        Raises
        ------
        UnknownEmployee
            No employee has some of the ids; the error names them all.
        """
        policy = self.dataset.policy
        lot = f"{self.dataset.as_of} {policy.name} {policy.version} {self.digest}"
        wanted = Wanted(n, language, horizon)
        return self._decisions(
            employee_ids, wanted, lambda ids: chances([key.pseudonym(id_) for id_ in ids], lot)
        )

    def _decisions(self, employee_ids: Sequence[str], wanted: Wanted, draw: Draw | None) -> list[Decision]:
        if wanted.n < 1:
            raise ValueError(f"n = {wanted.n} programs were asked for; ask for at least 1.")
        rows, place = np.unique(self._rows(employee_ids), return_inverse=True)  # an id may be asked twice
        id_at = dict(zip(place.tolist(), employee_ids, strict=True))
        decisions: list[Decision] = []
        for start in range(0, len(rows), _BATCH):
            batch = rows[start : start + _BATCH]
            people = gather_people(self.dataset, self.estimator, batch, wanted.horizon)
            ids = [id_at[start + offset] for offset in range(len(batch))]
            decisions.extend(decide_all(people, ids, self.rankers, wanted.n, wanted.language, draw))
        signed = [replace(one, answer=replace(one.answer, model=self.digest)) for one in decisions]
        return [signed[one] for one in place]

    def profile(self, employee_id: str, language: Language = "id") -> Profile:
        """Return what is believed of one employee against the position held and the next one.

        Raises
        ------
        UnknownEmployee
            No employee has this id.
        """
        people = gather_people(self.dataset, self.estimator, self._rows([employee_id]))
        return replace(describe(people, employee_id, language), model=self.digest)

    def ask_next(
        self,
        employee_ids: Sequence[str],
        n: int = 5,
        source: str | None = None,
        language: Language = "id",
    ) -> list[Question]:
        """Return the `n` assessments of these employees whose answers are worth most, the best first.

        Parameters
        ----------
        source : who would judge; None picks for each competency the source that would tell most.

        Raises
        ------
        UnknownEmployee, UnknownSource
            No employee has some of the ids; no assessment is by that source.
        """
        found: list[Question] = []
        self._rows(employee_ids)  # names all unknown ids at once
        offered = sources_offered(self.dataset, source)
        for start in range(0, len(employee_ids) if offered else 0, _ASKED):
            ids = employee_ids[start : start + _ASKED]
            people = gather_people(self.dataset, self.estimator, self._rows(ids))
            worth = worths(people, self.estimator, offered, LISTED)
            found += [
                question
                for place, (id_, one) in enumerate(zip(ids, worth, strict=True))
                for question in questions(people, place, id_, one, offered, language)
            ]
        worth_asking = [question for question in found if question.value > _LEAST_WORTH * question.sd]
        return sorted(worth_asking, key=lambda question: -question.value)[:n]

    def counterfactual(self, employee_id: str, language: Language = "id") -> Counterfactual:
        """Return the smallest changes of evidence that would put another program first, each verified.

        Raises
        ------
        UnknownEmployee
            No employee has this id.
        """

        def first(dataset: Dataset) -> str:
            listed = replace(self, dataset=dataset).recommend(employee_id, 1).recommendations
            return listed[0].program_id if listed else ""

        records = Records(self.dataset, self.estimator, int(self._rows([employee_id])[0]))
        found = told_of(Search(records, self.rankers, first), language)
        return replace(found, employee_id=employee_id, model=self.digest)

    def with_data(self, dataset: Dataset) -> Engine:
        """Return the same model answering from newer data."""
        estimator = self.estimator
        if self.people_key is not None:
            estimator = estimator.with_pseudonyms(self.people_key.pseudonym, plain_data=True)
        return replace(self, dataset=dataset, estimator=estimator, people_key=None)

    def knows_some_of(self, dataset: Dataset) -> bool:
        """Return whether the model was fitted to a catalogue that has a program in common with these data."""
        known = self.dataset.programs.ids
        return any(id_ in known for id_ in dataset.programs.ids)

    def _rows(self, employee_ids: Sequence[str]) -> IntArray:
        key, ids = self.people_key, self.dataset.employees.ids
        rows = ids.rows(key.pseudonym(id_) if key else id_ for id_ in employee_ids)
        unknown = np.flatnonzero(rows == MISSING)
        if len(unknown):
            raise UnknownEmployee(employee_ids, unknown.tolist(), len(ids))
        return rows


def fit_engine(
    dataset: Dataset, name: str, ranker: Ranker, estimator: CompetencyEstimator | None = None
) -> Engine:
    """Return an engine with `ranker` as the first choice and the fallbacks behind it, all fitted."""
    fitted = learn_with_effects(estimator or CompetencyEstimator(), dataset)
    chain = {name: ranker} | {other: cls() for other, cls in FALLBACKS.items() if other != name}
    return Engine(dataset, fitted, tuple((key, one.fit(dataset, fitted)) for key, one in chain.items()))
