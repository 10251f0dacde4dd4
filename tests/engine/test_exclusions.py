"""Each rule alone keeps a program out, under its own code."""

from __future__ import annotations

import pytest

from recommender.dataset import Dataset
from recommender.domain import Answer
from recommender.engine import RULES, fit_engine
from recommender.policy import load_policy
from recommender.rankers.gap import GapRanker
from tests.cities import Rows, Tables, attended, office
from tests.engine.cities import answer_of, changed, ids


def only(code: str, count: int = 1, **tables: Rows) -> Answer:
    """Check that, beside what is always kept out of the office, one rule keeps out so many programs."""
    answer = answer_of(**tables)
    found = {key: number for key, number in answer.excluded.items() if key != "not_worth"}
    usual = {"prerequisite": 1}
    assert found == ({**usual, code: count} if code != "prerequisite" else {code: count})
    return answer


def eligibility(**cells: object) -> Rows:
    return [{"program_id": "basics", **cells}]


def test_the_office_keeps_out_what_has_a_prerequisite() -> None:
    assert ids(only("prerequisite")) == ["basics"]


def test_every_rule_is_tested_here() -> None:
    codes = "not_active closed completed prerequisite tier employment_type grade service retirement"
    assert list(RULES) == [*codes.split(), "unknown_fact", "hours_ceiling"]


def test_not_active() -> None:
    answer = only("not_active", 4, employees=changed("employees", "employee_id", "E0", status="pensiun"))
    assert ids(answer) == []
    assert answer.notes == ("This employee is not in active service; nothing is recommended.",)


def test_closed_by_the_catalogue() -> None:
    assert "basics" not in ids(
        only("closed", programs=changed("programs", "program_id", "basics", active="no"))
    )


@pytest.mark.parametrize(
    ("days", "is_open"), [(["2023-12-31"], False), (["2024-01-01"], True), (["2023-01-01", ""], True)]
)
def test_closed_by_its_sessions(days: list[str], is_open: bool) -> None:
    sessions = [
        {"session_id": f"S{number}", "program_id": "basics", "starts_on": day}
        for number, day in enumerate(days)
    ]
    answer = answer_of(program_sessions=sessions)
    assert ("basics" in ids(answer)) is is_open
    assert ("closed" in answer.excluded) is not is_open


@pytest.mark.parametrize(("status", "is_out"), [("completed", True), ("dropped", False), ("failed", False)])
def test_completed(status: str, is_out: bool) -> None:
    answer = answer_of(training_records=[attended("E0", "basics", "2023-01-01", status=status)])
    assert ("completed" in answer.excluded) is is_out
    assert ("basics" in ids(answer)) is not is_out


def test_completed_by_somebody_else_is_nothing_to_me() -> None:
    assert "completed" not in answer_of(training_records=[attended("E1", "basics", "2023-01-01")]).excluded


def test_a_completed_prerequisite_opens_the_program() -> None:
    answer = answer_of(training_records=[attended("E0", "basics", "2023-01-01")])
    assert "prerequisite" not in answer.excluded
    dropped = answer_of(training_records=[attended("E0", "basics", "2023-01-01", status="dropped")])
    assert dropped.excluded["prerequisite"] == 1


def mandated_office(completed_on: str, **mandate: object) -> Tables:
    rule = {"mandate_id": "M", "program_id": "basics", "repeat_months": 12, **mandate}
    return {"mandates": [rule], "training_records": [attended("E0", "basics", completed_on)]}


@pytest.mark.parametrize(("day", "is_out"), [("2022-12-01", False), ("2023-06-01", True), ("", True)])
def test_a_completion_runs_out_where_a_mandate_repeats(day: str, is_out: bool) -> None:
    assert ("completed" in answer_of(**mandated_office(day)).excluded) is is_out


def test_the_latest_completion_counts() -> None:
    tables = mandated_office("2020-01-01")
    tables["training_records"] = [attended("E0", "basics", "2023-06-01"), *tables["training_records"]]
    assert "completed" in answer_of(**tables).excluded


def test_a_mandate_that_binds_others_does_not_reopen_the_program() -> None:
    assert "completed" in answer_of(**mandated_office("2020-01-01", position_id="HEAD")).excluded
    assert "completed" not in answer_of(**mandated_office("2020-01-01", position_id="CLERK")).excluded


@pytest.mark.parametrize(
    ("code", "rule", "met", "unmet"),
    [
        ("tier", {"tiers": "pengawas"}, {"position_id": "HEAD"}, {"position_id": "CLERK"}),
        (
            "employment_type",
            {"employment_types": "PNS"},
            {"employment_type": "PNS"},
            {"employment_type": "PPPK"},
        ),
        ("grade", {"grade_min": "III/a"}, {"grade": "III/b"}, {"grade": "II/d"}),
        ("unknown_fact", {"grade_min": "III/a"}, {"grade": "IX"}, {"grade": ""}),
        ("unknown_fact", {"employment_types": "PNS"}, {"employment_type": "PNS"}, {"employment_type": ""}),
        ("service", {"service_years_min": 2}, {"hired_on": "2020-01-01"}, {"hired_on": "2022-06-01"}),
    ],
)
def test_eligibility(
    code: str, rule: dict[str, object], met: dict[str, object], unmet: dict[str, object]
) -> None:
    others = [{**row, "employment_type": "PNS", "grade": "I/a"} for row in office()["employees"][1:]]
    for cells, is_out in ((met, False), (unmet, True)):
        me = {**office()["employees"][0], **cells}
        answer = answer_of(employees=[me, *others], program_eligibility=eligibility(**rule))
        assert (code in answer.excluded) is is_out, cells
        assert ("basics" in ids(answer)) is not is_out


@pytest.mark.parametrize(
    "rule", [{"employment_types": "PNS"}, {"grade_min": "III/a"}, {"service_years_min": 9}]
)
def test_a_rule_about_a_fact_known_of_nobody_is_off(rule: dict[str, object]) -> None:
    assert ids(answer_of(program_eligibility=eligibility(**rule))) == ["basics"]


@pytest.mark.parametrize(("born", "is_out"), [(1968, False), (1967, True), (1960, True)])
def test_retirement_at_58(born: int, is_out: bool) -> None:
    rule = eligibility(years_to_retirement_min=2)
    answer = answer_of(employee_audit=[{"employee_id": "E0", "birth_year": born}], program_eligibility=rule)
    assert ("retirement" in answer.excluded) is is_out
    assert ("basics" in ids(answer)) is not is_out


@pytest.mark.parametrize(
    ("hours", "form", "is_out"), [(24, "", False), (25, "", True), (80, "coaching", False)]
)
def test_hours_ceiling_of_contract_staff(hours: int, form: str, is_out: bool) -> None:
    programs = changed("programs", "program_id", "basics", hours=hours, form=form)
    programs = [row for row in programs if row["program_id"] != "deepening"]
    people = changed("employees", "employee_id", "E0", employment_type="PPPK")
    outcomes = [row for row in office()["program_outcomes"] if row["program_id"] != "deepening"]
    answer = answer_of(
        employees=people, programs=programs, program_outcomes=outcomes, program_prerequisites=[]
    )
    assert ("hours_ceiling" in answer.excluded) is is_out
    assert ("basics" in ids(answer)) is not is_out


@pytest.mark.parametrize(("months", "is_out"), [(0, True), (6, False), (12, True)])
def test_a_completion_runs_out_where_the_policy_says_so(months: int, is_out: bool) -> None:
    policy = load_policy()
    rule = policy.recommendation.model_copy(update={"completion_valid_months": months})
    tables = {**office(), "training_records": [attended("E0", "basics", "2023-04-01")]}
    city = Dataset.from_tables(tables, policy.model_copy(update={"recommendation": rule}))
    answer = fit_engine(city, "gap", GapRanker()).recommend("E0")
    assert ("completed" in answer.excluded) is is_out
