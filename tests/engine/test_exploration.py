"""What chance may do to a list, with which probability, and that it does nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from recommender.dataset import Dataset
from recommender.domain import Decision
from recommender.engine import Engine, PeopleKey, fit_engine
from recommender.engine.exploration import chances, with_lots, without_lots
from recommender.engine.selection import Selection
from recommender.policy import Exploration
from recommender.rankers.gap import GapRanker
from recommender.rankers.popularity import PopularityRanker
from tests.cities import load, town

KEY = PeopleKey(b"a key of tests")


def exploring(dataset: Dataset, share: float) -> Dataset:
    policy = dataset.policy.model_copy(update={"exploration": Exploration(share=share)})
    return replace(dataset, policy=policy)


@pytest.fixture(scope="module")
def engine() -> Engine:
    """Return an engine that lists several programs for most of 60 people."""
    return fit_engine(load(town()), "popularity", PopularityRanker())


def decided(engine: Engine, share: float, digest: str = "", n: int = 3) -> list[Decision]:
    explored = replace(engine, dataset=exploring(engine.dataset, share), digest=digest)
    return explored.decide(engine.dataset.employees.ids.ids, KEY, n, "en")


def listed(decision: Decision) -> tuple[str, ...]:
    return tuple(one.program_id for one in decision.answer.recommendations)


# --- share 0, and answers that are not kept ---


def test_without_a_share_nothing_is_left_to_chance(engine: Engine) -> None:
    decisions = decided(engine, 0.0)
    usual = engine.recommend_many(engine.dataset.employees.ids.ids, 3, "en")
    assert [one.answer for one in decisions] == usual
    assert all(set(one.propensities) <= {1.0} and one.candidates == () for one in decisions)


def test_answers_that_are_not_kept_are_never_explored(engine: Engine) -> None:
    explored = replace(engine, dataset=exploring(engine.dataset, 0.2))
    everybody = engine.dataset.employees.ids.ids
    assert explored.recommend_many(everybody, 3) == engine.recommend_many(everybody, 3)


# --- what a lot may do ---


def test_only_the_last_place_is_drawn_and_it_is_said(engine: Engine) -> None:
    usual, drawn = decided(engine, 0.0), decided(engine, 0.2)
    changed = [(a, b) for a, b in zip(usual, drawn, strict=True) if listed(a) != listed(b)]
    assert changed
    for before, after in changed:
        assert listed(before)[:-1] == listed(after)[:-1]
        assert listed(after)[-1] in after.candidates
        assert after.candidates[0] == listed(before)[-1]
        assert any("drawn by lot" in note for note in after.answer.notes)
        marked = [one.reasons[0].kind == "lot" for one in after.answer.recommendations]
        assert marked == [False] * (len(marked) - 1) + [True]
        parts = after.answer.recommendations[-1]
        assert sum(one.contribution for one in parts.reasons) == pytest.approx(parts.score)
        reasons = after.answer.recommendations[-1]
        assert sum(one.contribution for one in reasons.reasons) == pytest.approx(reasons.score)
    same = [b for a, b in zip(usual, drawn, strict=True) if listed(a) == listed(b)]
    assert not any("drawn by lot" in note for one in same for note in one.answer.notes)


def test_nobody_is_sent_to_what_is_shut_or_worthless() -> None:
    engine = fit_engine(load(town(), "mandates"), "popularity", PopularityRanker())  # nothing is repeated
    dataset = engine.dataset
    for digest in "abc":
        for usual, one in zip(decided(engine, 0.0), decided(engine, 0.2, digest), strict=True):
            row = dataset.employees.ids.row(one.answer.employee_id)
            mine = (dataset.history.employee == row) & (dataset.history.status == "completed")
            done = {dataset.programs.ids[program] for program in dataset.history.program[mine]}
            assert not done & {*one.candidates}
            assert not {*one.candidates} & {*listed(usual)[:-1]}, "no program stands twice"
            least = dataset.policy.recommendation.minimum_benefit
            closed = one.answer.recommendations[-1].benefit if one.candidates else None
            assert closed is None or closed > 0.5 * least


def selection(*lists: list[int], programs: int = 6) -> Selection:
    person = np.repeat(np.arange(len(lists)), [len(one) for one in lists])
    covered = np.zeros((len(lists), programs), dtype=bool)
    return Selection(person, np.array([program for one in lists for program in one], dtype=int), covered)


def test_the_first_place_and_what_a_mandate_asks_for_are_never_drawn() -> None:
    lists = selection([0], [1, 2], [3, 4], [])
    admitted, bound = np.ones((4, 6), dtype=bool), np.zeros((4, 6), dtype=bool)
    bound[1, 2] = True
    lots = with_lots(lists, admitted, bound, 1.0, np.full((4, 2), 0.999))
    assert lots.selection.program.tolist() == [0, 1, 2, 3, 5]
    assert lots.drawn.tolist() == [False, False, True, False]
    assert lots.pool.sum(axis=1).tolist() == [0, 0, 5, 0]
    assert lots.usual.tolist() == [-1, -1, 4, -1]
    assert lots.propensity.tolist() == [1, 1, 1, 1, 1 / 5]


def test_where_nothing_else_is_admitted_nothing_is_drawn() -> None:
    lists, admitted = selection([0, 1]), np.zeros((1, 6), dtype=bool)
    admitted[0, :2] = True
    lots = with_lots(lists, admitted, np.zeros((1, 6), dtype=bool), 1.0, np.zeros((1, 2)))
    usual = without_lots(lists)
    assert lots.selection.program.tolist() == usual.selection.program.tolist() == [0, 1]
    assert lots.propensity.tolist() == usual.propensity.tolist() == [1, 1]
    assert not lots.pool.any()


# --- probabilities ---


def test_lists_come_as_often_as_their_propensities_say() -> None:
    many, share, programs = 40_000, 0.15, 6
    lists = selection(*[[0, 1, 2]] * many)
    admitted = np.ones((many, programs), dtype=bool)
    admitted[:, 5] = False
    lots = with_lots(
        lists, admitted, np.zeros_like(admitted), share, chances([f"{k}" for k in range(many)], "x")
    )
    last, stated = lots.selection.program[2::3], lots.propensity[2::3]
    counts = np.bincount(last, minlength=programs) / many
    expected = {2: share / 3 + 1 - share, 3: share / 3, 4: share / 3}
    assert set(np.flatnonzero(counts)) == set(expected)
    for program, chance in expected.items():
        assert set(stated[last == program].round(12)) == {round(chance, 12)}
        assert counts[program] == pytest.approx(chance, abs=4 * np.sqrt(chance * (1 - chance) / many))
    assert sum(expected.values()) == pytest.approx(1)


def test_chances_are_even_and_the_same_for_the_same_lot() -> None:
    ids = [f"E{number}" for number in range(20_000)]
    found = chances(ids, "2024-12-31 ASN 1 abc")
    assert ((found >= 0) & (found < 1)).all()
    assert np.histogram(found[:, 0], 10, (0, 1))[0] == pytest.approx(2000, abs=200)
    assert abs(np.corrcoef(found.T)[0, 1]) < 0.03
    assert (chances(ids[7:8], "2024-12-31 ASN 1 abc") == found[7]).all(), "whoever is asked beside"
    assert (chances(ids, "2024-12-31 ASN 1 abd") != found).all()
    assert chances([], "x").shape == (0, 2)


def test_the_same_person_date_policy_and_model_get_the_same_draw(engine: Engine) -> None:
    first = decided(engine, 0.2, "abc")
    assert decided(engine, 0.2, "abc") == first
    others = [decided(engine, 0.2, digest) for digest in ("abd", "abe")]
    assert any([listed(one) for one in other] != [listed(one) for one in first] for other in others)
    explored = replace(engine, dataset=exploring(engine.dataset, 0.2), digest="abc")
    alone = [explored.decide([id_], KEY, 3, "en")[0] for id_ in ("E5", "E17")]
    assert alone == [first[5], first[17]]


def test_draws_rest_on_the_key(engine: Engine) -> None:
    explored = replace(engine, dataset=exploring(engine.dataset, 0.2))
    everybody = engine.dataset.employees.ids.ids
    first, second = (explored.decide(everybody, PeopleKey(key), 3) for key in (b"one", b"two"))
    assert [listed(one) for one in first] != [listed(one) for one in second]


def test_a_program_that_the_ranker_knows_nothing_of_may_be_drawn() -> None:
    engine = fit_engine(load(town(), "mandates"), "gap", GapRanker())
    for digest in "abcdef":
        for one in decided(engine, 0.2, digest, n=2):
            assert len(one.answer.recommendations) == len(one.propensities)
            assert all(count > 0 for count in one.answer.excluded.values())
