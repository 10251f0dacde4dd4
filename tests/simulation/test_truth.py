"""The truth holds its own formulas, and what is seen leads a naive reader astray."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import spearmanr

from recommender.simulation import City, simulate_city


@pytest.fixture(scope="module")
def seen(city: City) -> pd.DataFrame:
    """Errors of the late assessments, whose true levels are near today's."""
    late = city.tables["assessments"].query("assessed_on >= '2025-10-01'")
    joined = late.merge(city.truth["levels"], on=["employee_id", "competency_id"], suffixes=("", "_true"))
    return joined.assign(error=joined.level - joined.level_true)


def by_program(city: City, values: pd.Series) -> pd.Series:
    return values.reindex(city.tables["programs"].program_id).fillna(0)


def test_levels_stay_on_the_scale(city: City) -> None:
    assert city.truth["levels"].level.between(0, 5).all()
    assert city.tables["assessments"].level.between(0, 5).all()
    assert len(city.truth["levels"]) == 300 * len(city.tables["competencies"])


def test_effects_are_bounded_and_some_programs_do_nothing(city: City) -> None:
    effects = city.truth["effects"]
    assert effects.effect.between(0, 1.2).all()
    assert len(effects) == len(city.tables["program_outcomes"])
    total = by_program(city, effects.groupby("program_id").effect.sum())
    assert (total == 0).mean() == pytest.approx(0.25, abs=0.02)
    assert total.max() > 1


def test_gains_follow_from_levels_and_effects(city: City) -> None:
    """The formula of the package's docstring, written out once more for some people."""
    taught = city.truth["effects"].merge(city.tables["program_outcomes"]).merge(city.tables["programs"])
    taught = taught[taught.active == "true"]
    active = city.tables["employees"].query("status == 'aktif'").iloc[::15]
    asked = active[["employee_id", "position_id"]].merge(city.tables["position_requirements"])
    pairs = asked.merge(city.truth["levels"]).merge(taught, on="competency_id")
    below = np.exp(-0.5 * (np.minimum(pairs.level - pairs.entry_level, 0) / 0.9) ** 2)
    width = np.maximum(pairs.target_level - pairs.entry_level, 0.5)
    above = np.maximum(0.1, 1 - 0.9 * np.maximum(pairs.level - pairs.entry_level, 0) / width)
    after = np.minimum(pairs.level + pairs.effect * below * above, 5)
    drop = np.maximum(0, pairs.required_level - pairs.level) - np.maximum(0, pairs.required_level - after)
    expected = (pairs.weight * drop).groupby([pairs.employee_id, pairs.program_id]).sum().rename("expected")
    told = city.truth["gains"][city.truth["gains"].employee_id.isin(active.employee_id)]
    told = told.set_index(["employee_id", "program_id"]).gain
    both = pd.concat([expected, told], axis=1).fillna(0)
    assert len(told) > 100
    assert np.abs(both.expected - both.gain).max() < 0.0001


def test_only_active_people_and_programs_gain(city: City) -> None:
    gains = city.truth["gains"]
    assert (gains.gain > 0).all()
    inactive = city.tables["employees"].query("status != 'aktif'").employee_id
    closed = city.tables["programs"].query("active == 'false'").program_id
    assert len(inactive) and len(closed)
    assert not gains.employee_id.isin(inactive).any()
    assert not gains.program_id.isin(closed).any()


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_popularity_is_not_effect(seed: int) -> None:
    city = simulate_city(300, 120, seed)
    effect = by_program(city, city.truth["effects"].groupby("program_id").effect.mean())
    sent = by_program(city, city.tables["training_records"].groupby("program_id").size())
    assert abs(spearmanr(effect, sent).statistic) < 0.3


def test_those_sent_more_stand_higher(city: City) -> None:
    employees = city.tables["employees"]
    long = employees[employees.hired_on < "2020"]
    sent = city.tables["training_records"].groupby("employee_id").size().reindex(long.employee_id).fillna(0)
    asked = long[["employee_id", "position_id"]].merge(city.tables["position_requirements"])
    held = asked.merge(city.truth["levels"])
    surplus = (held.level - held.required_level).groupby(held.employee_id).mean()[long.employee_id]
    often = (sent > sent.median()).to_numpy()
    assert surplus[often].mean() > surplus[~often].mean() + 0.1


def test_real_gaps_matter_somewhat(city: City) -> None:
    """Apart from popularity, programs go more to people whom they would help than chance would have it."""
    gains = city.truth["gains"]
    mean_gain = by_program(city, gains.groupby("program_id").gain.sum() / 300)
    late = city.tables["training_records"].query("started_on >= '2025-07-01'")
    told = late.merge(gains, how="left").gain.fillna(0)
    assert told.mean() > mean_gain[late.program_id].mean() * 1.1


def test_naive_test_gains_mislead(city: City) -> None:
    records = city.tables["training_records"]
    rise = (records.post_score - records.pre_score).groupby(records.program_id).agg(["mean", "count"])
    rise = rise[rise["count"] >= 5]["mean"]
    effect = city.truth["effects"].groupby("program_id").effect.mean()[rise.index]
    assert len(rise) > 20
    assert spearmanr(rise, effect).statistic < 0.8


def test_reactions_say_little_and_supervisors_more(city: City) -> None:
    feedback = city.tables["feedback"]
    effect = city.truth["effects"].groupby("program_id").effect.sum()
    told = {
        phase: spearmanr(
            rows.groupby("program_id").rating.mean(), effect[sorted(set(rows.program_id))]
        ).statistic
        for phase, rows in feedback.groupby("phase")
    }
    assert abs(told["reaction"]) < 0.4
    assert told["behaviour"] > told["reaction"] + 0.2


def test_sources_are_biased_as_said(seen: pd.DataFrame) -> None:
    bias = seen.groupby("source").error.mean()
    assert bias["supervisor"] > 0.1
    assert bias["self"] > bias["supervisor"]
    assert abs(bias["assessment_centre"]) < 0.2


def test_the_weak_flatter_themselves_most(seen: pd.DataFrame) -> None:
    own = seen[seen.source == "self"]
    assert own[own.level_true < 1.5].error.mean() > own[own.level_true > 2.5].error.mean() + 0.2


def test_most_but_not_all_are_assessed(city: City) -> None:
    share = city.tables["assessments"].employee_id.nunique() / 300
    assert share == pytest.approx(0.7, abs=0.08)


def test_supervisors_are_the_persons_manager(city: City) -> None:
    judged = city.tables["assessments"].query("source == 'supervisor'")
    judged = judged.merge(city.tables["employees"]).merge(city.tables["units"], on="unit_id")
    leads = judged.manager_id == judged.employee_id
    assert (judged.assessor_id == judged.manager_id)[~leads].all()
    assert (judged.assessor_id != judged.employee_id).all()
