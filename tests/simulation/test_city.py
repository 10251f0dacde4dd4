"""The city looks like a city: its people, units, courses and records."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest

from recommender.policy import load_policy
from recommender.simulation import City, simulate_city
from recommender.simulation.layout import plan_layout

TODAY = pd.Timestamp("2025-12-31")


@pytest.fixture(scope="module")
def staff(city: City) -> pd.DataFrame:
    employees = city.tables["employees"].merge(city.tables["positions"][["position_id", "tier"]])
    return employees.assign(service=(TODAY - pd.to_datetime(employees.hired_on)).dt.days / 365.25)


def tier_shares(city: City) -> dict[str, float]:
    tiers = city.tables["employees"].merge(city.tables["positions"])["tier"]
    structural = tiers.isin(["jpt_pratama", "administrator", "pengawas"]).mean()
    return {
        "structural": structural,
        "functional": tiers.str.startswith("jf_").mean(),
        "general": (tiers == "pelaksana").mean(),
    }


def test_half_serve_under_five_years(staff: pd.DataFrame) -> None:
    assert (staff.service < 5).mean() == pytest.approx(0.5, abs=0.08)


def test_shares_of_the_civil_service(city: City, staff: pd.DataFrame) -> None:
    assert (staff.employment_type == "PPPK").mean() == pytest.approx(0.32, abs=0.01)
    assert (city.tables["employee_audit"].sex == "female").mean() == pytest.approx(0.56, abs=0.01)
    assert (staff.status == "aktif").mean() == pytest.approx(0.98, abs=0.02)


def test_functional_staff_dominate_and_leaders_are_few() -> None:
    shares = tier_shares(simulate_city(3000, 10, 1))
    assert shares["functional"] == pytest.approx(0.63, abs=0.04)
    assert shares["general"] == pytest.approx(0.31, abs=0.04)
    assert shares["structural"] == pytest.approx(0.06, abs=0.02)


def test_managers_lead_their_own_unit_with_its_highest_tier(city: City, staff: pd.DataFrame) -> None:
    order = [
        "jpt_pratama", "administrator", "pengawas", "jf_ahli_madya", "jf_ahli_muda", "jf_ahli_pertama",
        "jf_mahir", "jf_terampil", "pelaksana",
    ]  # fmt: skip
    rank = staff.assign(rank=staff.tier.map({tier: min(n, 6) for n, tier in enumerate(order)}))
    best = rank.groupby("unit_id")["rank"].min()
    units = city.tables["units"].merge(
        rank, left_on="manager_id", right_on="employee_id", suffixes=("", "_of")
    )
    assert len(units) == len(city.tables["units"])
    assert (units.unit_id == units.unit_id_of).all()
    assert (units["rank"].to_numpy() == best[units.unit_id].to_numpy()).all()


def test_the_city_has_offices_districts_schools_and_health(city: City) -> None:
    kinds = Counter(name.split()[0] for name in city.tables["units"].name)
    wanted = {
        "Sekretariat",
        "Bagian",
        "Dinas",
        "Badan",
        "Inspektorat",
        "RSUD",
        "Kecamatan",
        "Kelurahan",
        "SD",
    }
    assert wanted <= set(kinds)


def test_a_full_city_has_all_districts_and_wards() -> None:
    kinds = Counter(site.name.split()[0] for site in plan_layout(14_000, seed=1).sites)
    assert kinds["Kecamatan"] == 21
    assert kinds["Kelurahan"] == 151


def test_grades_fit_the_kind_of_employment(staff: pd.DataFrame) -> None:
    ranks = load_policy().grades.ranks
    assert set(staff.grade) <= set(ranks)
    assert (staff.grade.str.contains("/") == (staff.employment_type == "PNS")).all()


def test_ages_are_those_of_people_in_service(city: City, staff: pd.DataFrame) -> None:
    born = staff.merge(city.tables["employee_audit"]).birth_year
    policy = load_policy()
    assert (2025 - born < staff.tier.map(policy.retirement_age)).all()
    assert (pd.to_datetime(staff.hired_on).dt.year - born >= 18).all()


def test_records_lie_in_the_six_years_and_in_service(city: City, staff: pd.DataFrame) -> None:
    records = city.tables["training_records"].merge(staff[["employee_id", "hired_on"]])
    assert records.started_on.between("2020-01-01", "2025-12-31").all()
    assert (records.started_on >= records.hired_on).all()
    ended = records.completed_on != ""
    assert (records.completed_on >= records.started_on)[ended].all()
    assert (ended == (records.status != "dropped")).all()


def test_volume_and_outcomes_of_records(city: City, staff: pd.DataFrame) -> None:
    records = city.tables["training_records"]
    assert 1.5 < len(records) / staff.service.clip(upper=6).sum() < 3
    assert (records.status == "completed").mean() == pytest.approx(0.9, abs=0.03)
    assert 0 < records.duplicated().mean() < 0.02


def test_one_or_two_in_a_hundred_completions_are_implausible(city: City) -> None:
    records = city.tables["training_records"].query("status == 'completed'")
    days = (pd.to_datetime(records.completed_on) - pd.to_datetime(records.started_on)).dt.days + 1
    assert 0.008 < (records.hours / days > load_policy().evidence.hours_per_day).mean() < 0.022


def test_prerequisites_come_before(city: City) -> None:
    records = city.tables["training_records"]
    completed = records[records.status == "completed"]
    first = completed.groupby(["employee_id", "program_id"]).completed_on.min()
    followed = records.merge(city.tables["program_prerequisites"])
    assert len(followed) > 10
    before = [
        first.get((e, p), "9999")
        for e, p in zip(followed.employee_id, followed.prerequisite_program_id, strict=True)
    ]
    assert (np.array(before) < followed.started_on.to_numpy()).all()


def test_people_only_attend_what_their_tier_admits(city: City, staff: pd.DataFrame) -> None:
    rules = city.tables["program_eligibility"].query("tiers != ''")
    attended = city.tables["training_records"].merge(staff[["employee_id", "tier"]]).merge(rules)
    assert len(attended) > 10
    assert all(tier in tiers.split(";") for tier, tiers in zip(attended.tier, attended.tiers, strict=True))


def test_reviews_of_both_eras_follow_the_policy(city: City) -> None:
    policy, reviews = load_policy().performance, city.tables["performance_reviews"]
    old = reviews.period_end < "2022"
    assert (reviews.score.notna() == old).all()
    words = reviews[~old]
    assert set(words.result_rating) | set(words.behaviour_rating) <= set(policy.ratings)
    assert set(words.predicate) <= set(policy.predicates)
    above = (words.result_rating == "di atas ekspektasi") & (words.behaviour_rating == "di atas ekspektasi")
    assert ((words.predicate == "sangat baik") == above).all()


def test_more_programs_than_the_catalogue_are_variants() -> None:
    programs = simulate_city(20, 240, 1).tables["programs"]
    assert programs.program_id.is_unique
    assert programs.title.is_unique


@pytest.mark.parametrize("programs", [10, 50])
def test_few_programs_still_span_kinds(programs: int) -> None:
    city = simulate_city(20, programs, 1)
    taught = city.tables["program_outcomes"].competency_id.str[0]
    assert len(city.tables["programs"]) == programs
    assert {"M", "T"} <= set(taught)
