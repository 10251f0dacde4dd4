"""What would put another program first: the smallest such change, and one that the engine confirms."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recommender.bundle import load_bundle, save_bundle
from recommender.dataset import Dataset
from recommender.domain import Change, FloatArray
from recommender.engine import Engine, fit_engine
from recommender.engine.cases import Records
from recommender.engine.counterfactual import Search
from recommender.errors import UnknownEmployee
from recommender.rankers import People
from recommender.rankers.gap import GapRanker
from recommender.rankers.sequence import SequenceRanker
from tests.cities import Tables, assessed, attended, bare, load, office, town
from tests.competency.known import known_estimator
from tests.rankers.contract import new

TENTH = 0.1  # of a step of the scale 0-5
LATER = assessed("A", 2, employee_id="E1", source="centre", assessed_on="2024-06-01")


def twins(*more: dict[str, object], **tables: list[dict[str, object]]) -> Tables:
    """Return a city that asks for A and B alike and has a course for each; E0 is judged 1 in A and 2 in B."""
    return {
        **bare(2, 0),
        "positions": [{"position_id": "J"}],
        "position_requirements": [
            {"position_id": "J", "competency_id": one, "required_level": 4} for one in "AB"
        ],
        "employees": [{"employee_id": f"E{one}", "position_id": "J"} for one in range(2)],
        "programs": [{"program_id": f"P{one}"} for one in "AB"],
        "program_outcomes": [
            {"program_id": f"P{one}", "competency_id": one, "target_level": 5} for one in "AB"
        ],
        "assessments": [assessed("A", 1), assessed("B", 2), *more],
        **tables,
    }


def by_hand(tables: Tables) -> Engine:
    """Return an engine over twins in whom each competency tells of itself alone."""
    city = load(tables)
    estimator = known_estimator(city)
    return Engine(city, estimator, (("gap", GapRanker().fit(city, estimator)),))


def school() -> Tables:
    """Return clerks whose judgements are older and younger than the trainings that they took."""
    rng = np.random.default_rng(2)
    people = [f"E{one}" for one in range(12)]
    judged = [
        assessed(skill, round(float(level), 1), employee_id=person, source=source, assessed_on=day)
        for person in people
        for source, day in (("test", "2022-03-01"), ("supervisor", "2023-09-01"))
        for skill, level in zip("ABC", rng.uniform(0.5, 3.5, 3), strict=True)
    ]
    judged.append(assessed("A", 2, employee_id="E11", assessed_on="2024-02-01"))  # the data's date
    return {
        **bare(12, 0),
        "positions": [{"position_id": "J"}],
        "position_requirements": [
            {"position_id": "J", "competency_id": one, "required_level": 3 + (one == "C")} for one in "ABC"
        ],
        "employees": [{"employee_id": person, "position_id": "J"} for person in people],
        "programs": [{"program_id": f"P{one}", "hours": 10 + one} for one in range(6)],
        "program_outcomes": [
            {"program_id": f"P{one}", "competency_id": "ABC"[one % 3], "target_level": 2 + one // 2}
            for one in range(6)
        ],
        "training_records": [
            attended(person, f"P{one % 6}", "2023-01-10") for one, person in enumerate(people)
        ],
        "assessments": judged,
        "performance_reviews": [
            {"employee_id": person, "period_end": "2023-12-31", "score": 70 + one}
            for one, person in enumerate(people)
        ],
    }


def first_of(engine: Engine, employee: str) -> str:
    listed = engine.recommend(employee, 1).recommendations
    return listed[0].program_id if listed else ""


def with_change(tables: Tables, employee: str, change: Change, day: str, level: float | None) -> Tables:
    """Return the tables with a change made in their rows, as a reader of its sentence would make it."""
    same = {"employee_id": employee, "source": change.source, "assessed_on": change.day}
    if change.kind == "no_training":
        same = {"employee_id": employee, "program_id": change.id, "started_on": change.day}
        rows = [row for row in tables["training_records"] if not same.items() <= row.items()]
        assert len(rows) == len(tables["training_records"]) - 1
        return {**tables, "training_records": rows}
    rows = list(tables["assessments"])
    if change.kind == "new_judgement":
        cells = {"employee_id": employee, "source": change.source, "assessed_on": day}
        return {**tables, "assessments": [*rows, assessed(change.id, float(str(level)), **cells)]}
    same |= {"competency_id": change.id, "level": change.before}
    (place,) = [one for one, row in enumerate(rows) if same.items() <= row.items()]
    rows[place : place + 1] = [{**rows[place], "level": level}] if level is not None else []
    return {**tables, "assessments": rows}


@pytest.fixture(scope="module")
def gaps() -> Engine:
    return fit_engine(load(school()), "gap", GapRanker())


@pytest.fixture(scope="module")
def learned() -> Engine:
    return fit_engine(load(town()), "learned", new("learned"))


@pytest.mark.parametrize(("order", "after"), [("AB", 2.1), ("BA", 2.0)])
def test_a_twin_stands_first_once_its_brother_is_judged_as_high(order: str, after: float) -> None:
    """The larger gap is first, of equal ones that of the catalogue's first program: worked out on paper."""
    engine = by_hand(twins(programs=[{"program_id": f"P{one}"} for one in order]))
    found = engine.counterfactual("E0", "en")
    assert (found.employee_id, found.program_id, found.as_of) == ("E0", "PA", "2024-01-01")
    change = next(change for change in found.changes if change.kind == "other_level")
    assert change.program_id == "PB"
    assert change.size == pytest.approx(after - 1)
    moved = {"A": (1.0, after), "B": (2.0, round(3 - after, 1))}  # one rises above the other, or falls below
    assert (change.before, change.after) == pytest.approx(moved[change.id])


def test_what_is_expected_of_a_new_judgement_is_what_is_believed_where_judges_are_unbiased() -> None:
    engine = by_hand(twins(LATER))
    change = next(one for one in engine.counterfactual("E0", "en").changes if one.kind == "new_judgement")
    held = {line.competency_id: line.held for line in engine.profile("E0").lines}
    assert change.before == pytest.approx(held[change.id])


@pytest.mark.parametrize(("tables", "asked"), [(twins(LATER), {"A", "B"}), (twins(), set())])
def test_a_source_is_not_asked_again_on_a_day_on_which_it_judged(tables: Tables, asked: set[str]) -> None:
    engine = by_hand(tables)
    records = Records(engine.dataset, engine.estimator, 0)
    further = records.alone.assessments.competency[len(records.judged) :]
    assert {engine.dataset.competencies.ids[one] for one in further} == asked


def outcomes(city: Dataset, engine: Engine, employee: str, place: int, levels: FloatArray) -> list[str]:
    """Return what stands first for a person at each level of the assessment in a row of the table."""
    table = city.assessments
    others = (np.where(np.arange(len(table)) == place, level, table.level) for level in levels)
    cities = (replace(city, assessments=replace(table, level=level)) for level in others)
    return [first_of(replace(engine, dataset=changed), employee) for changed in cities]


def recorded(engine: Engine, employee: str) -> Iterator[tuple[Dataset, int, float]]:
    """Yield each assessment of a person as a city, its row, and its level."""
    city = engine.dataset
    for place in np.flatnonzero(city.assessments.employee == city.employees.ids.row(employee)):
        yield city, int(place), float(city.assessments.level[place])


def askable(engine: Engine, employee: str) -> Iterator[tuple[Dataset, int, float]]:
    """Yield a further judgement of each competency, as foreseen, by the source that leaves least doubt."""
    for skill, name in enumerate("ABC"):
        cities = [
            load({**school(), "assessments": [*school()["assessments"], new_row]})
            for source in ("supervisor", "test")
            for new_row in [assessed(name, 2, employee_id=employee, source=source, assessed_on="2024-02-01")]
        ]
        row = np.array([engine.dataset.employees.ids.row(employee)])
        city = min(cities, key=lambda one: float(engine.estimator.estimate(one, rows=row).sd[0, skill]))
        foreseen = float(engine.estimator.predict(city)[0][-1])
        yield city, len(city.assessments) - 1, min(max(foreseen, 0.0), 5.0)


class Crowded(GapRanker):
    """Ranks by gap times takers, as a ranker may that looks at other people's records when it scores."""

    def score(self, people: People) -> FloatArray:
        takers = np.bincount(people.dataset.history.program, minlength=len(people.dataset.programs.ids))
        return super().score(people) * (1.0 + 0.2 * takers)


def test_rankers_may_look_at_other_peoples_records() -> None:
    more = [attended(f"E{one}", "P3", "2023-01-20") for one in (8, 9, 10)]
    tables = {**school(), "training_records": [*school()["training_records"], *more]}
    engine = fit_engine(load(tables), "crowded", Crowded())
    assert_smallest(engine, "E0", "other_level", recorded)


@pytest.mark.parametrize("employee", ["E1", "E3", "E4", "E7"])
@pytest.mark.parametrize(("kind", "judgements"), [("other_level", recorded), ("new_judgement", askable)])
def test_no_smaller_change_puts_another_program_first(
    gaps: Engine,
    employee: str,
    kind: str,
    judgements: Callable[[Engine, str], Iterator[tuple[Dataset, int, float]]],
) -> None:
    assert_smallest(gaps, employee, kind, judgements)


def assert_smallest(
    gaps: Engine,
    employee: str,
    kind: str,
    judgements: Callable[[Engine, str], Iterator[tuple[Dataset, int, float]]],
) -> None:
    """Ask the engine anew about every judgement, at every level that is no further away."""
    found = gaps.counterfactual(employee)
    told = [change.size for change in found.changes if change.kind == kind and change.size is not None]
    levels = np.round(np.arange(0.0, 5.0 + TENTH / 2, TENTH if told else 1.0), 9)
    sizes = []
    for city, place, before in judgements(gaps, employee):
        apart = np.abs(levels - before)
        near = (apart > 1e-9) & (apart < (told[0] if told else 5.0) + 1e-9)
        firsts = outcomes(city, gaps, employee, place, levels[near])
        sizes += [
            float(size)
            for size, first in zip(apart[near], firsts, strict=True)
            if first not in ("", found.program_id)
        ]
    assert told == pytest.approx([min(sizes)] if sizes else [])


def check(engine: Engine, tables: Tables, employee: str) -> set[str]:
    """Make each change in the rows of the tables and ask anew; return the kinds met.

    Each kind comes once, judgements by size and then what is left out.
    """
    found, day = engine.counterfactual(employee, "en"), str(engine.dataset.as_of)
    assert found.program_id == first_of(engine, employee)
    assert len({change.kind for change in found.changes}) == len(found.changes)
    sizes = [np.inf if change.size is None else change.size for change in found.changes]
    assert sizes == sorted(sizes)
    for change in found.changes:
        again = replace(engine, dataset=load(with_change(tables, employee, change, day, change.after)))
        assert first_of(again, employee) == change.program_id != found.program_id
        if change.after is None or change.before is None or abs(change.after - change.before) <= TENTH:
            continue
        nearer = round(change.after - TENTH * float(np.sign(change.after - change.before)), 9)
        again = replace(engine, dataset=load(with_change(tables, employee, change, day, nearer)))
        assert first_of(again, employee) == found.program_id
    return {change.kind for change in found.changes}


def test_changes_hold_in_the_tables_and_one_tenth_less_does_not(gaps: Engine, learned: Engine) -> None:
    kinds = set().union(*(check(gaps, school(), one) for one in ("E1", "E3")))
    kinds |= set().union(*(check(learned, town(), one) for one in ("E0", "E20")))
    assert kinds == {"new_judgement", "other_level", "no_judgement", "no_training"}


def test_a_training_without_which_it_would_stand_first_itself_is_no_answer() -> None:
    tables = twins(training_records=[attended("E0", "PB", "2023-01-01")])
    tables["assessments"] = [assessed("A", 4), assessed("B", 2)]
    engine = by_hand(tables)
    untaken = replace(engine, dataset=engine.dataset.with_history(np.zeros(1, dtype=bool)))
    assert (first_of(engine, "E0"), first_of(untaken, "E0")) == ("PA", "PB")
    assert "no_training" not in {change.kind for change in engine.counterfactual("E0").changes}


def test_where_order_is_all_that_counts_a_training_is_named() -> None:
    tables = {**bare(30, 0), "programs": [{"program_id": one} for one in "ABCDE"]}
    tables["training_records"] = [
        attended(f"E{one}", program, f"2023-0{1 + step}-01")
        for one in range(1, 30)
        for step, program in enumerate(("ABC", "DE")[one % 2])
    ] + [attended("E0", "D", "2022-01-01"), attended("E0", "B", "2023-02-01")]
    engine = fit_engine(load(tables), "sequence", SequenceRanker(recency=0.3))
    found = engine.counterfactual("E0", "en")
    (change,) = found.changes
    assert (found.program_id, change.program_id) == ("C", "E")
    assert (change.kind, change.id, change.day, change.size) == ("no_training", "B", "2023-02-01", None)
    expected = 'Had the training "B" (2023-02-01) not been taken, "E" would stand first instead of "C".'
    assert change.text == expected


def test_sentences_name_who_judged_what_and_when() -> None:
    engine = by_hand(
        twins(LATER, competencies=[{"competency_id": "A", "name": "Archives"}, {"competency_id": "B"}])
    )
    said = {change.kind: change.text for change in engine.counterfactual("E0", "en").changes}
    assert said["other_level"] in (
        'Had the judgement of Archives by test (2024-01-01) been 2.1 instead of 1, "PB" would stand first '
        'instead of "PA".',
        'Had the judgement of B by test (2024-01-01) been 0.9 instead of 2, "PB" would stand first '
        'instead of "PA".',
    )
    assert said["new_judgement"].startswith(
        "Had a further judgement of B by test (2024-06-01) said 1.4, where "
    )


def test_the_language_changes_words_only(gaps: Engine) -> None:
    english, indonesian = gaps.counterfactual("E3", "en"), gaps.counterfactual("E3", "id")
    assert indonesian.changes[0].text.startswith("Andai ")
    silent = [
        replace(one, changes=tuple(replace(c, text="") for c in one.changes)) for one in (english, indonesian)
    ]
    assert silent[0] == silent[1]


def test_where_nothing_would_do_it_says_so() -> None:
    only = [{"program_id": "PA"}]
    engine = by_hand(twins(LATER, programs=only, program_outcomes=twins()["program_outcomes"][:1]))
    found = engine.counterfactual("E0", "en")
    assert (found.program_id, found.changes) == ("PA", ())
    assert found.notes[0].startswith("No single judgement, made or new, at whatever level, ")


def test_without_a_list_there_is_nothing_to_replace() -> None:
    tables = office()
    tables["employees"] = [{**row, "status": "retired"} for row in tables["employees"]]
    for city in (tables, bare()):
        found = fit_engine(load(city), "gap", GapRanker()).counterfactual("E0", "en")
        assert (found.program_id, found.title, found.changes) == ("", "", ())
        assert found.notes[0].startswith("Nothing is recommended to this employee")


def test_somebody_without_records_in_a_city_without_assessments_has_an_answer() -> None:
    tables = office()
    engine = fit_engine(load(tables, "assessments"), "gap", GapRanker())
    found = engine.counterfactual("E0", "en")
    assert found.program_id
    assert found.changes == ()


def test_undated_records_are_evidence_too() -> None:
    tables = twins()
    tables["assessments"] = [{**row, "assessed_on": ""} for row in tables["assessments"]]
    found = by_hand(tables).counterfactual("E0", "en")
    change = next(change for change in found.changes if change.kind == "other_level")
    assert (found.as_of, change.day, change.size) == ("", "", pytest.approx(1.1))
    assert "(undated)" in change.text


def test_an_unknown_employee_is_named(gaps: Engine) -> None:
    with pytest.raises(UnknownEmployee, match="'nobody'"):
        gaps.counterfactual("nobody")


def test_asking_twice_gives_the_same_and_leaves_the_engine_as_it_was(gaps: Engine) -> None:
    before = gaps.recommend("E3")
    assert gaps.counterfactual("E3") == gaps.counterfactual("E3")
    assert gaps.recommend("E3") == before


def test_a_bundle_that_knows_its_people_by_pseudonyms_says_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RECOMMENDER_BUNDLE_KEY", raising=False)
    tables = school()
    tables["assessments"] = [
        {**row, "assessor_id": f"BOSS{place % 3}"} if row["source"] == "supervisor" else row
        for place, row in enumerate(tables["assessments"])
    ]
    engine = fit_engine(load(tables), "gap", GapRanker())
    stored = load_bundle(save_bundle(engine, tmp_path / "models", {}))
    assert stored.people_key is not None
    for one in ("E3", "E7"):
        mine = engine.counterfactual(one)
        for other in (stored, stored.with_data(load(tables))):
            yours = other.counterfactual(one)
            assert yours.model == stored.digest != ""
            assert replace(yours, model="") == mine


def test_what_the_engine_does_not_confirm_is_not_told(gaps: Engine) -> None:
    records = Records(gaps.dataset, gaps.estimator, gaps.dataset.employees.ids.row("E3"))
    first = first_of(gaps, "E3")
    assert gaps.counterfactual("E3").changes
    assert Search(records, gaps.rankers, lambda _: first).smallest() == []


def test_only_the_latest_records_are_looked_at() -> None:
    tables = twins(*(assessed("A", 1, assessed_on=f"2023-{1 + one % 12:02d}-01") for one in range(150)))
    records = Records(load(tables), by_hand(tables).estimator, 0)
    assert len(records.latest_judged) == 100
    days = records.dataset.assessments.assessed_on[records.judged[records.latest_judged]]
    assert (np.diff(days).astype(int) <= 0).all()
