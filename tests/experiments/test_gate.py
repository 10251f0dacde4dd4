"""Each line of the gate, and the way back through the audit, on known figures."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from experiments.promotion import audit
from experiments.promotion.audit import AuditError, Entry, append, read, way_back
from experiments.promotion.gate import demands, judge_gate
from experiments.recipe import GateChoice, RecipeError, load_recipe
from recommender.evaluation.bootstrap import Interval


def entries(*changes: str) -> list[Entry]:
    """Return an audit, such as `+B A` for B promoted while A was served, and `-A B` for A taken back."""
    kinds: dict[str, Any] = {"+": "promote", "-": "rollback"}
    return [
        Entry("", kinds[change[0]], change[1], "", "", "" if change[3:] == "_" else change[3:])
        for change in changes
    ]


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
        "ndcg_10": 0.3,
        "latency_ms": 20.0,
        "calibration_error": 0.02,
        "fairness_sex_quality": 0.9,
        "fairness_age_band_exposure": 0.7,
    },
    "leak": "",
}


@pytest.mark.parametrize(
    ("gate", "failed"),
    [
        ({}, []),
        ({"minimum": 0.3, "fairness": 0.7, "latency_ms": 20.0, "calibration_error": 0.02}, []),
        ({"minimum": 0.31}, ["minimum ndcg_10"]),
        ({"metric": "hit_5", "minimum": 0.0}, ["minimum hit_5"]),
        ({"fairness": 0.71}, ["fairness"]),
        ({"latency_ms": 19.0, "calibration_error": 0.01}, ["latency", "calibration error"]),
        ({"maximum_loss": 0.05}, []),
        ({"maximum_loss": 0.04}, ["ndcg_10 over the champion"]),
        ({"maximum_gap_loss": 0.04}, ["gap_closed_10 over the champion"]),
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
    ],
)
def test_what_was_not_measured_is_not_passed(gate: dict[str, Any]) -> None:
    nothing = Interval(float("nan"), float("nan"), float("nan"), 0)
    (line, *_) = judge_gate({"metrics": {}, "leak": ""}, demands(GateChoice(**gate)), lambda _: nothing)
    assert (line.passed, line.found) == (False, "not judged")


def test_gaps_that_no_data_know_of_cannot_be_lost() -> None:
    nothing = Interval(float("nan"), float("nan"), float("nan"), 0)
    asked = demands(GateChoice(maximum_gap_loss=0.1))
    assert judge_gate(FACTS, asked, lambda _: nothing)[0].passed


@pytest.mark.parametrize("facts", [{"metrics": {}}, {"metrics": {}, "leak": "the future is known"}])
def test_leaks_are_always_asked_for(facts: dict[str, Any]) -> None:
    assert [line.name for line in judge_gate(facts, [], "no champion yet") if not line.passed] == ["leak"]


def test_of_two_gates_the_stricter_line_counts() -> None:
    own = GateChoice(minimum=0.1, maximum_loss=0.5, fairness=0.5, latency_ms=900.0)
    served = GateChoice(minimum=0.3, maximum_loss=0.02, fairness=0.8, latency_ms=100.0, calibration_error=0.1)
    both = {demand.key: demand.value for demand in demands(own, served)}
    assert both == {
        "minimum": 0.3,
        "maximum_loss": 0.02,
        "fairness": 0.8,
        "latency_ms": 100.0,
        "calibration_error": 0.1,
    }
    assert demands(own, served) == demands(served, own)
    two = demands(GateChoice(minimum=0.1), GateChoice(metric="hit_5", minimum=0.9))
    assert {demand.metric: demand.value for demand in two} == {"ndcg_10": 0.1, "hit_5": 0.9}


@pytest.mark.parametrize(
    ("gate", "message"),
    [
        ("minimun = 0.3", "key gate.minimun: there is no such key; did you mean 'minimum'?"),
        ("fairness = 1.5", "key gate.fairness: 1.5 will not do"),
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
