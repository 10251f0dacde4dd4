from __future__ import annotations

import ast
from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pytest

from experiments.judging.backtest import judge
from experiments.judging.fairness import NO_GAPS, Disparity, find_disparities
from experiments.judging.trials import Trial, prepare
from experiments.recipe import MEASURES
from recommender.competency import CompetencyEstimator
from recommender.domain import BoolArray, FloatArray
from recommender.rankers import RANKERS, People, Ranker, gather_people
from recommender.rankers.gap import GapRanker
from recommender.rankers.popularity import PopularityRanker
from tests.cities import Tables, load, town
from tests.experiments.test_backtest import SMALL, recipe
from tests.project.source import modules_under

DAY = date(2022, 1, 1)
PEOPLE = 200


def audited(people: int = PEOPLE) -> Tables:
    """Return a town with a sex and a year of birth for everybody but the first."""
    audit = [
        {
            "employee_id": f"E{number}",
            "sex": ("female", "male")[number // 2 % 2],
            "birth_year": (1975, 1990)[number // 4 % 2],
        }
        for number in range(1, people)
    ]
    return {**town(people), "employee_audit": audit}


@pytest.fixture(scope="module")
def trials() -> tuple[Trial, ...]:
    return prepare(load(audited()), recipe("popularity", day=DAY))


def disparities(trials: tuple[Trial, ...], ranker: Ranker) -> dict[tuple[str, str], Disparity]:
    result = judge(trials, "it", ranker, recipe("popularity").metrics)
    return {(one.attribute, one.measure): one for one in find_disparities(result, trials).compared}


def are_male(people: People) -> BoolArray:
    return np.asarray(people.dataset.employees.sex[people.rows] == "male")


@dataclass(eq=False, repr=False)
class NothingForMen(GapRanker):
    """Gives men empty lists."""

    def covers(self, people: People) -> BoolArray:
        return super().covers(people) & ~are_male(people)


@dataclass(eq=False, repr=False)
class PoorForMen(GapRanker):
    """Gives men what helps them least."""

    def score(self, people: People) -> FloatArray:
        return np.where(are_male(people)[:, None], -1.0, 1.0) * super().score(people)


def test_who_gets_empty_lists_is_seen_in_every_measure(trials: tuple[Trial, ...]) -> None:
    found = disparities(trials, NothingForMen())
    for measure in MEASURES:
        one = found["sex", measure]
        assert (one.ratio, one.upper) == (0, 0), measure
        assert (one.least, one.most) == ("male", "female")


def test_who_gets_poor_lists_is_seen_in_the_benefit_and_not_in_the_exposure(
    trials: tuple[Trial, ...],
) -> None:
    found = disparities(trials, PoorForMen())
    assert found["sex", "benefit"].upper < 0.8
    assert found["sex", "benefit"].least == "male"
    assert found["sex", "exposure"].ratio == 1


def test_a_ranker_that_knows_nobodys_sex_is_fair(trials: tuple[Trial, ...]) -> None:
    found = disparities(trials, GapRanker())
    assert set(found) >= {(name, measure) for name in ("sex", "age_band") for measure in MEASURES}
    for (attribute, measure), one in found.items():
        assert one.lower <= one.ratio <= 1, (attribute, measure)
        if measure != "quality":
            assert one.ratio == pytest.approx(1), "everybody's best list closes all that can be closed"
    assert found["sex", "quality"].upper > 0.8


def test_more_to_gain_is_no_favour() -> None:
    """Half of the people lack much more: equal shares of what can be closed are equal benefits."""
    city = audited()
    city["assessments"] = [
        {**row, "assessed_on": "2021-01-01", "level": 0 if int(str(row["employee_id"])[1:]) // 2 % 2 else 3}
        for row in city["assessments"]
    ]
    result = judge(
        made := prepare(load(city), recipe("gap", day=DAY)), "gap", GapRanker(), recipe("gap").metrics
    )
    sex = made[0].split.past.employees.sex[result.case[:, 0]]
    plain = {name: np.nanmean(result.by_case["gap_closed_2"][sex == name]) for name in ("female", "male")}
    assert plain["male"] > 1.3 * plain["female"]
    found = find_disparities(result, made)
    (benefit,) = [one for one in found.compared if (one.attribute, one.measure) == ("sex", "benefit")]
    assert benefit.ratio == pytest.approx(1)


def test_known_means_and_people(trials: tuple[Trial, ...]) -> None:
    result = judge(trials, "popularity", PopularityRanker(), recipe("popularity").metrics)
    found = find_disparities(result, trials)
    (quality,) = [one for one in found.compared if (one.attribute, one.measure) == ("sex", "quality")]
    sex = trials[0].split.past.employees.sex[trials[0].rows]
    for name, group in quality.groups.items():
        assert group["people"] == (sex == name).sum()
        assert group["mean"] == pytest.approx(result.by_case["ndcg_2"][sex == name].mean())
    means = [group["mean"] for group in quality.groups.values()]
    assert quality.ratio == pytest.approx(min(means) / max(means))
    assert "" not in quality.groups, "whose sex is not known is left out"


def test_ages_are_those_at_the_cut(trials: tuple[Trial, ...]) -> None:
    found = disparities(trials, PopularityRanker())
    assert set(found["age_band", "quality"].groups) == {"30-39", "40-49"}, "born 1990 and 1975, in 2022"


def test_small_groups_are_hidden_and_those_under_thirty_not_compared() -> None:
    city = audited()
    rows = [dict(row) for row in city["employee_audit"]]
    for place, row in enumerate(rows):
        few = "w" if place < 6 else "x" if place < 16 else "y" if place < 60 else "z" if place < 64 else ""
        row["sex"] = few or row["sex"]
    made = prepare(load({**city, "employee_audit": rows}), recipe("popularity", day=DAY))
    result = judge(made, "popularity", PopularityRanker(), recipe("popularity").metrics)
    found = find_disparities(result, made)
    (quality,) = [one for one in found.compared if (one.attribute, one.measure) == ("sex", "quality")]
    assert set(quality.groups) == {"female", "male", "x", "y"}
    assert {quality.least, quality.most} <= {"female", "male", "y"}
    assert quality.groups["x"]["people"] < 30
    assert found.suppressed == 2, "z, and w from which z could be worked out"


def test_without_an_audit_table_nothing_is_compared_by_sex_or_age() -> None:
    city = town(PEOPLE)
    made = prepare(load(city), recipe("popularity", day=DAY))
    found = find_disparities(
        judge(made, "popularity", PopularityRanker(), recipe("popularity").metrics), made
    )
    assert (found.compared, found.suppressed) == ((), 0)


def why_not(tables: Tables) -> dict[tuple[str, str], str]:
    made = prepare(load(tables), recipe("popularity", day=DAY))
    result = judge(made, "popularity", PopularityRanker(), recipe("popularity").metrics)
    return {(one.attribute, one.measure): one.reason for one in find_disparities(result, made).uncompared}


def test_what_could_not_be_compared_says_why() -> None:
    city = audited()
    assert set(why_not(city)) == {("employment_type", measure) for measure in MEASURES}
    assert set(why_not(city).values()) == {"the data say it of nobody"}
    few = [{**row, "sex": "female", "birth_year": 1975} for row in city["employee_audit"]]
    few[0]["birth_year"] = 1990
    found = why_not({**city, "employee_audit": few})
    assert found["sex", "quality"] == "all people are of one group"
    assert found["age_band", "exposure"] == "fewer than two groups have 30 people"
    unasked = {name: rows for name, rows in city.items() if name != "position_requirements"}
    assert why_not(unasked)["sex", "benefit"] == NO_GAPS
    assert ("sex", "quality") not in why_not(unasked)


@pytest.mark.parametrize("name", RANKERS)
def test_sex_and_age_change_no_score(name: str) -> None:
    city = load(audited(60))
    people = city.employees
    other = replace(city, employees=replace(people, sex=people.sex[::-1], birth_year=people.birth_year[::-1]))
    one, two = (scores(each, name) for each in (city, other))
    np.testing.assert_array_equal(one, two)


def scores(city: object, name: str) -> FloatArray:
    estimator = CompetencyEstimator().fit(city)  # type: ignore[arg-type]
    ranker = RANKERS[name](**SMALL.get(name, {})).fit(city, estimator)  # type: ignore[arg-type]
    return ranker.score(gather_people(city, estimator, np.arange(60)))  # type: ignore[arg-type]


# `pseudonyms` blanks the sex before a bundle is written; `exclusions` has the rule on years to retirement;
# `city_sums` adds up who gets trained by group, and ranks nobody.
AUDIT = "recommender.service.city_sums"
MAY_READ = {
    "sex": ["recommender.engine.pseudonyms", AUDIT],
    "birth_year": ["recommender.engine.exclusions", AUDIT],
}
ROOMS = [
    f"recommender.{room}"
    for room in ("rankers", "competency", "effects", "explain", "engine", "planning", "service")
]


@pytest.mark.parametrize("column", MAY_READ)
def test_no_ranker_and_no_explanation_reads_the_audit_table(column: str) -> None:
    readers = {
        module.name
        for module in modules_under(*ROOMS)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and node.attr == column
    }
    assert sorted(readers) == MAY_READ[column]
