"""Each line of the gate, and the way back through the audit, on known figures."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from experiments.judging.fairness import NO_GAPS, SHOWN_AS
from experiments.promotion import audit
from experiments.promotion.audit import AuditError, Entry, append, champion_for, read, way_back
from experiments.promotion.comparison import CannotCompare, lead_in
from experiments.promotion.gate import demands, judge_gate
from experiments.recipe import ATTRIBUTES, MEASURES, GateChoice, MetricChoice, RecipeError, load_recipe
from recommender.evaluation.bootstrap import Interval


def entries(*changes: str) -> list[Entry]:
    """Return an audit, such as `+B A` for B promoted while A was served, and `-A B` for A taken back."""
    kinds: dict[str, Any] = {"+": "promote", "-": "rollback"}
    return [
        Entry("", kinds[change[0]], change[1], "", "", "" if change[3:] == "_" else change[3:])
        for change in changes
    ]


@pytest.mark.parametrize(
    ("changes", "current", "bundle", "champion"),
    [
        ((), "", "A", ""),
        ((), "X", "A", "X"),  # served before anything was promoted
        ((), "A", "A", ""),
        (("+A _",), "A", "B", "A"),
        (("+A _",), "B", "B", "A"),  # B was made current by hand, and is no champion of its own
        (("+A _",), "X", "B", "A"),
        (("+A _", "+B A"), "B", "C", "B"),
        (("+A _", "+B A"), "A", "B", "A"),  # cut off
        (("+A _", "+B A", "-A B"), "A", "B", "A"),
        (("+A _", "+B A", "+C B"), "C", "A", "C"),  # promoted anew
    ],
)
def test_whom_a_bundle_is_held_against(
    changes: tuple[str, ...], current: str, bundle: str, champion: str
) -> None:
    assert champion_for(entries(*changes), current, bundle) == champion


@pytest.mark.parametrize(
    ("changes", "current", "target"),
    [
        ((), "", ""),
        (("+A _",), "A", ""),
        (("+A _", "+B A", "+C B"), "C", "B"),
        (("+A _", "+B A", "+C B", "-B C"), "B", "A"),
        (("+A _", "+B A", "-A B", "+C A"), "C", "A"),
        (("+A _", "+B A", "-A B", "+C A", "-A C"), "A", ""),
        (("+B X",), "B", "X"),  # X was made current by hand before anything was promoted
        (("+A _", "+B A"), "X", "B"),  # X was made current by hand since
        (("+A _", "+B A"), "A", "A"),  # cut off before the pointer moved
        (("+A _", "+B A", "-A B"), "B", "A"),  # the rollback was cut off: it is carried out
        (("+A _", "+B A", "+C A"), "C", "A"),  # B was cut off, or promoted at the same moment
        (("+A _", "+B A", "+C A", "-A C"), "A", ""),
        (("+A _", "+B A", "+A B"), "A", "B"),  # promoted anew
    ],
)
def test_the_way_back(changes: tuple[str, ...], current: str, target: str) -> None:
    assert way_back(entries(*changes), current) == target


def test_promotions_at_once_leave_whole_lines(tmp_path: Path) -> None:
    many = [Entry("", "promote", f"B{number}", "d" * 2000, "", "") for number in range(200)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda entry: append(tmp_path, entry), many))
    assert {entry.bundle for entry in read(tmp_path)} == {entry.bundle for entry in many}


def test_a_line_of_the_audit_that_is_not_ours_is_named(tmp_path: Path) -> None:
    append(tmp_path, entries("+A _")[0])
    with (tmp_path / audit.FILE).open("a") as file:
        file.write('{"time": "today"}\n')
    with pytest.raises(AuditError, match=r"promotions\.jsonl, line 2 is no line of the audit"):
        read(tmp_path)


FACTS: dict[str, Any] = {
    "metrics": {
        "people": 30.0,
        "ndcg_10": 0.3,
        "filled_10": 1.0,
        "gap_share_10": 0.9,
        "gain_share_5": 0.6,
        "latency_ms": 20.0,
        "calibration_error": 0.02,
        "brier_skill": 0.1,
        **{f"fairness_{one}_{measure}": 0.9 for one in ATTRIBUTES for measure in MEASURES},
        "fairness_age_band_exposure": 0.7,
    },
    "leak": "",
}


def facts(*without: str, **more: float) -> dict[str, Any]:
    """Return the facts with some metrics changed or left out."""
    metrics = {key: value for key, value in FACTS["metrics"].items() if key not in without}
    return {**FACTS, "metrics": {**metrics, **more}}


def failed_lines(about: dict[str, Any], **gate: Any) -> list[str]:
    lines = judge_gate(about, demands(GateChoice(**gate)), "no champion yet")
    return [line.name for line in lines if not line.passed]


@pytest.mark.parametrize(
    ("gate", "failed"),
    [
        ({}, []),
        ({"minimum": 0.3, "fairness": 0.7, "latency_ms": 20.0, "calibration_error": 0.02}, []),
        ({"minimum": 0.31}, ["minimum ndcg_10"]),
        ({"metric": "hit_5", "minimum": 0.0}, ["minimum hit_5"]),
        ({"fairness": 0.71}, ["fairness by age band"]),
        ({"fairness": 0.71, "fairness_attributes": ("sex",)}, []),
        ({"latency_ms": 19.0, "calibration_error": 0.01}, ["latency", "calibration error"]),
        ({"maximum_loss": 0.05}, []),
        ({"maximum_loss": 0.04}, ["ndcg_10 over the champion"]),
        ({"maximum_gap_loss": 0.04}, ["gap_closed_10 over the champion"]),
        ({"minimum_gain_share": 0.6, "maximum_gain_loss": 0.05}, []),
        ({"minimum_gain_share": 0.61}, ["share of the best possible gain"]),
        ({"maximum_gain_loss": 0.04}, ["gain_5 over the champion"]),
    ],
)
def test_each_line_is_judged_by_what_was_found(gate: dict[str, Any], failed: list[str]) -> None:
    # Better on average, but perhaps worse by as much as 0.05: that is what counts.
    lines = judge_gate(FACTS, demands(GateChoice(**gate)), lambda _: Interval(0.01, -0.05, 0.07, 30))
    assert [line.name for line in lines if not line.passed] == failed


@pytest.mark.parametrize(
    "gate",
    [
        {"minimum": 0.0},
        {"fairness": 0.1},
        {"latency_ms": 1e9},
        {"calibration_error": 1.0},
        {"maximum_loss": 1.0},
        {"minimum_gain_share": 0.01},
    ],
)
def test_what_was_not_measured_is_not_passed(gate: dict[str, Any]) -> None:
    nothing = Interval(float("nan"), float("nan"), float("nan"), 0)
    about = {"metrics": {"people": 30.0}, "leak": ""}
    (line, *_) = judge_gate(about, demands(GateChoice(**gate)), lambda _: nothing)
    assert (line.passed, line.found) == (False, "not judged")


@pytest.mark.parametrize(
    "gate",
    [
        {"minimum": 0.0},
        {"maximum_loss": 1.0},
        {"maximum_gap_loss": 1.0},
        {"minimum_gain_share": 0.01},
        {"maximum_gain_loss": 1.0},
        {"fairness": 0.1},
        {"calibration_error": 1.0},
    ],
)
def test_where_nothing_was_backtested_only_time_can_be_asked(gate: dict[str, Any]) -> None:
    nothing = {"metrics": {"latency_ms": 20.0}, "leak": None}
    assert failed_lines(nothing, latency_ms=20.0) == []
    assert failed_lines(nothing, **gate), "not even where there is no champion"


def test_who_was_not_backtested_follows_only_who_was_not_either() -> None:
    nothing = {"metrics": {}, "leak": None}
    for lead, backtested, passed in (
        ("no champion yet", True, True),
        (no_lead, False, True),
        (no_lead, True, False),
    ):
        leak = judge_gate(nothing, [], lead, champion_backtested=backtested)[-1]
        assert (leak.name, leak.found, leak.passed) == (
            "leak",
            "not looked for: nothing was backtested",
            passed,
        )


def no_lead(metric: str) -> Interval:
    raise AssertionError(f"{metric} is not asked for")


@pytest.mark.parametrize("attribute", ATTRIBUTES)
@pytest.mark.parametrize("measure", MEASURES)
def test_every_attribute_and_measure_must_have_been_compared(attribute: str, measure: str) -> None:
    missing = facts(f"fairness_{attribute}_{measure}")
    name = f"fairness by {attribute.replace('_', ' ')}"
    assert failed_lines(missing, fairness=0.5) == [name]
    others = tuple(one for one in ATTRIBUTES if one != attribute)
    assert failed_lines(missing, fairness=0.5, fairness_attributes=others) == [], "left out by name"
    row = {"attribute": attribute, "measure": measure}
    alike = {**missing, "uncompared": [{**row, "reason": "all people are of one group"}]}
    (line, *_) = judge_gate(alike, demands(GateChoice(fairness=0.5, fairness_attributes=(attribute,))), "")
    assert not line.passed
    assert f"{SHOWN_AS[measure]}: all people are of one group" in line.remedy
    assert "employee_audit" in line.remedy or attribute == "employment_type"
    no_gaps = {**missing, "uncompared": [{**row, "reason": NO_GAPS}]}
    assert failed_lines(no_gaps, fairness=0.5) == [], "there is nothing to be favoured with"


def test_a_true_gain_of_nobody_gives_way_to_the_estimated_one() -> None:
    nobody = facts(gain_share_5=float("nan"), gap_share_10=0.05)
    assert failed_lines(nobody, minimum_gain_share=0.5) == ["share of the best possible gain"]


@pytest.mark.parametrize("measure", MEASURES)
def test_only_the_measures_that_a_gate_names_are_held_against_a_model(measure: str) -> None:
    unfair = facts(**{f"fairness_sex_{measure}": 0.1})
    others = tuple(one for one in MEASURES if one != measure)
    assert failed_lines(unfair, fairness=0.5) == ["fairness by sex"]
    assert failed_lines(unfair, fairness=0.5, fairness_measures=others) == []


def test_what_either_gate_names_is_compared() -> None:
    some, others = GateChoice(fairness=0.5, fairness_measures=("benefit",)), GateChoice(fairness=0.5)
    unfair = facts(fairness_sex_quality=0.1)
    lines = judge_gate(unfair, demands(some, others), "")
    assert [line.name for line in lines if not line.passed] == ["fairness by sex"]


@pytest.mark.parametrize("skill", [-0.1, 0.0, 3e-16])
def test_chances_that_only_state_the_base_rate_do_not_pass(skill: float) -> None:
    assert failed_lines(facts(), calibration_error=0.02) == []
    assert failed_lines(facts(brier_skill=skill), calibration_error=0.02) == ["calibration error"]
    assert failed_lines(facts("brier_skill"), calibration_error=0.02) == ["calibration error"]


def test_a_length_that_was_not_measured_is_named() -> None:
    (line, *_) = judge_gate(FACTS, demands(GateChoice(metric="ndcg_20", minimum=0.1)), "no champion yet")
    assert "run it again with 20 among the lengths `at`" in line.remedy


def cases(gap: float | list[float], filled: float | list[float] = 1.0, **more: float) -> pd.DataFrame:
    known = {"gap_closed_10": gap, "gap_possible_10": 1.0, "filled_10": filled}
    return pd.DataFrame({"person": range(100), "cut": 0, **known, **more})


def test_people_left_without_a_list_close_no_gap() -> None:
    settings = MetricChoice(draws=100)
    nan = float("nan")
    all_of_half = cases([1.0] * 50 + [nan] * 50, [1.0] * 50 + [0.0] * 50)
    lead = lead_in("gap_closed_10", all_of_half, cases(0.6), settings)
    assert lead.mean == pytest.approx(0.5 - 0.6), "1.0 for those with a list would look like a win"
    short = cases(1.0, 0.3)
    assert lead_in("gap_closed_10", short, cases(0.6), settings).mean == pytest.approx(0.3 - 0.6)
    unknown = cases([0.5] * 40 + [nan] * 60)
    assert lead_in("gap_closed_10", unknown, unknown, settings).people == 40, "needs of 60 are not known"


def test_a_run_that_knows_no_gaps_is_not_held_against_one_that_closes_them() -> None:
    settings, nan = MetricChoice(draws=100), float("nan")
    with pytest.raises(CannotCompare, match="the champion closes gaps; the run knows none"):
        lead_in("gap_closed_10", cases(nan), cases(0.1), settings)
    assert not lead_in("gap_closed_10", cases(nan), cases(nan), settings).people
    asked, found = demands(GateChoice(maximum_gap_loss=9.0)), []
    for theirs in (cases(0.1), cases(nan)):

        def lead(metric: str, theirs: pd.DataFrame = theirs) -> Interval:
            return lead_in(metric, cases(nan), theirs, settings)

        line = judge_gate(FACTS, asked, lead)[0]
        found.append((line.passed, line.found))
    assert found == [(False, "not judged"), (True, "no gaps in the data")]


def test_whose_measure_is_missing_decides_what_to_do() -> None:
    with_hit = cases(0.5, hit_3=1.0)
    with pytest.raises(CannotCompare, match=r"did not measure hit_3; run it again with 3 among the lengths"):
        lead_in("hit_3", cases(0.5), with_hit, MetricChoice())
    with pytest.raises(CannotCompare, match="champion's hit_3 is not known; add --data DATA"):
        lead_in("hit_3", with_hit, cases(0.5), MetricChoice())


def test_the_true_gain_counts_where_it_is_known_and_else_the_gap_closed() -> None:
    asked = demands(GateChoice(minimum_gain_share=0.7))
    cases = {
        (): (False, "0.600 of the true gain"),
        ("gain_share_5",): (True, "0.900 of the estimated gap closed"),
        ("gain_share_5", "gap_share_10"): (True, "no gaps in the data"),
        ("gain_share_5", "gap_share_10", "filled_10"): (False, "not judged"),
    }
    for without, expected in cases.items():
        line = judge_gate(facts(*without), asked, "no champion yet")[0]
        assert (line.passed, line.found) == expected, without
    assert "run it again with 10 among the lengths `at`" in line.remedy


def test_a_true_gain_that_only_one_of_two_runs_knows_is_not_compared() -> None:
    settings = MetricChoice(draws=100)
    true, none = cases(0.5, gain_5=2.0, gain_possible_5=3.0), cases(0.5)
    assert lead_in("gain_5", true, cases(0.5, gain_5=1.5, gain_possible_5=3.0), settings).mean == 0.5
    with pytest.raises(CannotCompare, match="the champion was judged by true gains and the run was not"):
        lead_in("gain_5", none, true, settings)
    with pytest.raises(CannotCompare, match="champion's gain_5 is not known; add --data DATA"):
        lead_in("gain_5", true, none, settings)
    assert not lead_in("gain_5", none, none, settings).people
    asked = demands(GateChoice(maximum_gain_loss=0.1))
    line = judge_gate(FACTS, asked, lambda one: lead_in(one, none, none, settings))[0]
    assert (line.passed, line.found) == (True, "no true gains in the data")


@pytest.mark.parametrize("metric", ["gap_closed_10", "gain_5"])
@pytest.mark.parametrize("theirs", [{"gap_possible_10": 0.9, "gain_possible_5": 2.0}, {}])
def test_gains_that_were_measured_otherwise_are_not_compared(metric: str, theirs: dict[str, float]) -> None:
    """By an earlier version, another estimator or another truth: what was possible is then not the same."""
    mine = cases(0.5, gain_5=1.0, gain_possible_5=3.0)
    champion = mine.drop(columns=["gap_possible_10", "gain_possible_5"]).assign(**theirs)
    with pytest.raises(
        CannotCompare, match=r"measured by another version, or by other true gains; add --data"
    ):
        lead_in(metric, mine, champion, MetricChoice())


def test_gaps_that_no_data_know_of_cannot_be_lost() -> None:
    nothing = Interval(float("nan"), float("nan"), float("nan"), 0)
    asked = demands(GateChoice(maximum_gap_loss=0.1))
    assert judge_gate(FACTS, asked, lambda _: nothing)[0].passed


@pytest.mark.parametrize("leak", [None, "the future is known"])
def test_leaks_are_always_asked_for(leak: str | None) -> None:
    assert failed_lines({**FACTS, "leak": leak}) == ["leak"]


def test_of_two_gates_the_stricter_line_counts() -> None:
    own = GateChoice(minimum=0.1, maximum_loss=0.5, fairness=0.5, latency_ms=900.0, minimum_gain_share=0.7)
    served = GateChoice(minimum=0.3, maximum_loss=0.02, fairness=0.8, latency_ms=100.0, calibration_error=0.1)
    both = {demand.key: demand.value for demand in demands(own, served)}
    # One line for each attribute: none is left out that the champion's gate asks for.
    some = GateChoice(fairness=0.9, fairness_attributes=("sex",))
    assert {one.subject: one.value for one in demands(some, GateChoice(fairness=0.7))} == {
        "sex": 0.9,
        "age_band": 0.7,
        "employment_type": 0.7,
    }
    assert both == {
        "minimum": 0.3,
        "maximum_loss": 0.02,
        "minimum_gain_share": 0.7,
        "fairness": 0.8,
        "latency_ms": 100.0,
        "calibration_error": 0.1,
    }
    assert demands(own, served) == demands(served, own)
    two = demands(GateChoice(minimum=0.1), GateChoice(metric="hit_5", minimum=0.9))
    assert {demand.subject: demand.value for demand in two} == {"ndcg_10": 0.1, "hit_5": 0.9}


@pytest.mark.parametrize(
    ("gate", "message"),
    [
        ("minimun = 0.3", "key gate.minimun: there is no such key; did you mean 'minimum'?"),
        ("fairness = 1.5", "key gate.fairness: 1.5 will not do"),
        ('fairness_attributes = ["gender"]', "key gate.fairness_attributes.0: 'gender' will not do"),
        ("fairness_attributes = []", "key gate.fairness_attributes: () will not do"),
        ("minimum_gain_share = 1.5", "key gate.minimum_gain_share: 1.5 will not do"),
        ("maximum_gain_loss = -0.1", "key gate.maximum_gain_loss: -0.1 will not do"),
        ("maximum_loss = -0.1", "key gate.maximum_loss: -0.1 will not do"),
        ('metric = "ndgc_10"', "key gate.metric: 'ndgc_10' is not measured here; did you mean 'ndcg_10'?"),
        ('metric = "ndcg_20"', "key gate.metric: 'ndcg_20' is not measured here; did you mean 'ndcg_"),
        ('metric = "hours_10"', "key gate.metric: 'hours_10' is not measured here"),
    ],
)
def test_what_is_wrong_with_a_gate_is_named(tmp_path: Path, gate: str, message: str) -> None:
    file = tmp_path / "r.toml"
    file.write_text(f'[ranker]\nname = "gap"\n[gate]\n{gate}\n')
    with pytest.raises(RecipeError) as error:
        load_recipe(file)
    assert message in str(error.value)
