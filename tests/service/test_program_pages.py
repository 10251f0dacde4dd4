"""Pages of programs: which are listed, what they are said to change, whom they reached, what is not told."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recommender import Engine
from recommender.effects import known_effects, measure_effects
from recommender.errors import UnknownEntry
from recommender.explain import verdicts
from recommender.service.office import Office
from recommender.service.program_pages import ProgramList, ProgramPage, ProgramRow, ProgramsWanted
from tests.cities import Rows, attended
from tests.service.tiny import PEOPLE, Opened, clerks

Z95 = 1.959964


def ids(office: Office, **wanted: Any) -> list[str]:
    return [row.program_id for row in office.programs(ProgramsWanted(**wanted), "en").rows]


def row_of(office: Office, program_id: str) -> ProgramRow:
    return office.program(program_id, "en").row


def measured(office: Office) -> ProgramList:
    """Return all programs once their effects were measured."""
    office.programs(ProgramsWanted(size=200), "en")  # whoever asks first has them measured
    office.program_pages.measured.background.wait(60)
    found = office.programs(ProgramsWanted(size=200), "en")
    assert found.effects_ready
    return found


def taken(**people: int) -> Rows:
    """Return records of programs, each taken by the first so many clerks."""
    return [attended(id_, program, "2023-02-01") for program, many in people.items() for id_ in PEOPLE[:many]]


def rated(phase: str, *ratings: float, respondent: str = "self", program: str = "basics") -> Rows:
    return [
        {
            "feedback_id": f"F-{phase}-{respondent}-{place}",
            "employee_id": PEOPLE[place],
            "program_id": program,
            "phase": phase,
            "respondent": respondent,
            "rating": rating,
            "comment": "a secret of mine",
        }
        for place, rating in enumerate(ratings)
    ]


def test_programs_are_searched_and_filtered(opened_city: Opened) -> None:
    sessions = [
        {"session_id": "S1", "program_id": "law", "starts_on": "2023-01-01"},
        {"session_id": "S2", "program_id": "cooking", "starts_on": "2024-06-01"},
    ]
    office = opened_city(
        program_sessions=sessions, mandates=[{"mandate_id": "M", "program_id": "law", "tier": "pelaksana"}]
    )
    assert ids(office) == ["cooking", "basics", "deepening", "law"], "by title"
    assert ids(office, search="ANALYSIS data") == ["basics", "deepening"]
    assert ids(office, search="basics law") == []
    assert ids(office, only="open") == ["cooking", "basics", "deepening"], "the only session of law is over"
    assert ids(office, only="compulsory") == ["law"]
    assert ids(office, competency="DATA") == ["basics", "deepening"]
    assert ids(office, only="works") == []
    found = office.programs(ProgramsWanted(search="law"), "id")
    assert (found.total, found.shown) == (4, 1)
    assert found.competencies == (("DATA", "Analisis data"), ("LAW", "Hukum publik"))


def test_programs_come_in_the_order_asked_for(opened_city: Opened) -> None:
    sessions = [
        {"session_id": "S1", "program_id": "law", "starts_on": "2024-06-01"},
        {"session_id": "S2", "program_id": "basics", "starts_on": "2024-03-01"},
        {"session_id": "S3", "program_id": "basics", "starts_on": "2023-03-01"},
    ]
    feedback = [*rated("reaction", *[4.0] * 5), *rated("learning", *[2.0] * 6, program="law")]
    office = opened_city(
        program_sessions=sessions, training_records=taken(law=9, cooking=6, basics=3), feedback=feedback
    )
    assert ids(office, sort="hours") == ["cooking", "basics", "law", "deepening"]
    assert ids(office, sort="takers") == ["law", "cooking", "deepening", "basics"], "too few are not known"
    assert ids(office, sort="rating")[:2] == ["basics", "law"]
    assert ids(office, sort="session")[:2] == ["basics", "law"]
    assert ids(office, sort="effect")[-1] == "cooking", "it declares nothing"
    assert ids(office, sort="nonsense") == ids(office)
    assert row_of(office, "basics").next_session == "2024-03-01"


def test_a_page_beyond_the_last_is_the_last(opened_city: Opened) -> None:
    office = opened_city()
    found = office.programs(ProgramsWanted(page=9, size=3), "en")
    assert (found.page, found.pages, [row.program_id for row in found.rows]) == (2, 2, ["law"])
    assert office.programs(ProgramsWanted(page=-1, size=3), "en").page == 1
    nothing = office.programs(ProgramsWanted(search="nothing like it"), "en")
    assert (nothing.page, nothing.pages, nothing.rows) == (1, 1, ())


def test_effects_are_those_that_were_measured(office: Office, engine: Engine) -> None:
    effects = measure_effects(engine.dataset, engine.estimator)
    places = np.arange(len(effects))
    verdict = {k: name for name, some in verdicts(effects, places).items() for k in some.tolist()}
    known = known_effects(engine.dataset, engine.estimator)
    share = {
        (engine.dataset.programs.ids[p], engine.dataset.competencies.ids[c]): s
        for p, c, s in zip(known.program, known.competency, known.share, strict=True)
    }
    found = measured(office)
    told = {(row.program_id, one.competency_id): one for row in found.rows for one in row.taught}
    assert len(told) == len(effects)
    for k in places.tolist():
        pair = (
            effects.dataset.programs.ids[effects.program[k]],
            effects.dataset.competencies.ids[effects.competency[k]],
        )
        one = told[pair]
        assert one.effect == pytest.approx(share[pair] * one.promised)
        assert (one.lower, one.upper) == pytest.approx((effects.lower[k], effects.upper[k]))
        assert one.verdict == verdict[k]
        assert one.measured == (effects.borrowed[k] <= 0.9)
        assert one.judged == (effects.judged[k] if effects.judged[k] >= 5 or not effects.judged[k] else None)
    assert {one.verdict for one in told.values()} == {"works", "little", "unknown"}
    assert ids(office, only="works", size=200) == [
        row.program_id for row in found.rows if any(one.verdict == "works" for one in row.taught)
    ]
    best = office.program(ids(office, sort="effect")[0], "id").row
    assert best.best == best.taught[0] and best.taught[0].verdict_text == "Terbukti menaikkan level"


@pytest.fixture
def unmeasured(city: tuple[Path, Mapping[str, str]], current: Path, tmp_path: Path) -> Iterator[Office]:
    """Return an office whose bundle was taken away while it answered."""
    file, models = shutil.copy(city[0], tmp_path), tmp_path / "models"
    shutil.copytree(current.parent, models)
    office = Office.open(f"sqlite:///{file}", models / "current", refresh_seconds=0.0)
    shutil.rmtree(models)
    yield office
    office.close()


def test_without_the_bundle_nothing_is_said_to_work(unmeasured: Office, engine: Engine) -> None:
    found = unmeasured.programs(ProgramsWanted(size=200), "en")
    assert not found.effects_ready
    known = known_effects(engine.dataset, engine.estimator)
    spread = {
        (engine.dataset.programs.ids[p], engine.dataset.competencies.ids[c]): sd
        for p, c, sd in zip(known.program, known.competency, known.share_sd, strict=True)
    }
    for row in found.rows:
        for one in row.taught:
            assert (one.verdict, one.measured, one.judged, one.warnings) == ("unknown", False, None, ())
            reach = Z95 * spread[row.program_id, one.competency_id] * one.promised
            assert (one.lower, one.upper) == pytest.approx((one.effect - reach, one.effect + reach))


def test_a_new_program_has_the_usual_share_and_is_not_measured(opened_city: Opened) -> None:
    office = opened_city(
        programs=[{"program_id": "newest", "title": "Newest"}],
        program_outcomes=[
            {"program_id": "newest", "competency_id": "DATA", "entry_level": 1, "target_level": 3}
        ],
        program_prerequisites=[],
    )
    (one,) = row_of(office, "newest").taught
    usual = office.engine().estimator.model_.shares_for(office.engine().dataset).usual
    assert one.effect == pytest.approx(2.0 * max(usual, 0.1))
    assert (one.promised, one.measured, one.verdict, one.borrowed) == (2.0, False, "unknown", None)


def test_small_groups_of_takers_are_not_told(opened_city: Opened) -> None:
    people = clerks(
        **{id_: {"unit_id": "EAST", "employment_type": "PNS"} for id_ in PEOPLE[:5]},
        **{id_: {"unit_id": "WEST", "employment_type": "PPPK"} for id_ in PEOPLE[5:]},
    )
    office = opened_city(
        employees=people,
        units=[{"unit_id": "EAST", "name": "East"}, {"unit_id": "WEST"}],
        training_records=[
            *taken(law=10, cooking=7, deepening=4),
            attended("E0", "law", "2023-04-01", status="dropped"),
        ],
    )
    law = office.program("law", "en").reached
    assert (law.begun, law.completed, law.completed_share) == (11, 10, pytest.approx(10 / 11))
    assert [(one.id, one.name, one.people) for one in law.by_unit.groups] == [
        ("EAST", "East", 5),
        ("WEST", "WEST", 5),
    ]
    assert [one.name for one in law.by_employment_type.groups] == ["PNS", "PPPK"]
    assert [(one.name, one.people) for one in law.by_tier.groups] == [("pelaksana", 10)]
    cooking = office.program("cooking", "en")
    assert cooking.row.takers == 7
    # Two of WEST: with seven in all, the five of EAST would tell of them.
    assert (cooking.reached.by_unit.groups, cooking.reached.by_unit.hidden) == ((), 2)
    assert (cooking.reached.by_employment_type.groups, cooking.reached.by_employment_type.hidden) == ((), 2)
    few = office.program("deepening", "en")
    assert few.row.takers is None
    assert (few.reached.begun, few.reached.completed, few.reached.completed_share) == (None, None, None)
    assert few.reached.by_tier.groups == ()
    assert row_of(office, "basics").takers == 0, "nobody is no small group"


def test_ratings_are_told_by_phase_and_comments_never(opened_city: Opened) -> None:
    feedback = [
        *rated("reaction", 5, 4, 3, 4, 4),
        *rated("behaviour", 2, 2, 2, 2, 2, 5, respondent=" Supervisor"),
        *rated("learning", 1, 1),
        *rated("result", 1, 1, 1),
    ]
    page = opened_city(feedback=feedback).program("basics", "en")
    assert [(one.phase, one.name, one.respondent, one.ratings, one.mean) for one in page.ratings] == [
        ("reaction", "the reaction", "self", 5, 4.0),
        ("behaviour", "behaviour at work", "supervisor", 6, 2.5),
    ]
    assert page.row.rating == pytest.approx((20 + 15 + 2 + 3) / 16)
    assert page.rating_scale == (1.0, 5.0)
    assert "secret" not in repr(page)


def test_a_lone_small_phase_hides_the_next(opened_city: Opened) -> None:
    feedback = [
        *rated("reaction", *[4.0] * 6),
        *rated("behaviour", *[2.0] * 5),
        *rated("learning", 1, 1),
    ]
    page: ProgramPage = opened_city(feedback=feedback).program("basics", "en")
    assert [one.phase for one in page.ratings] == ["reaction"]


def test_few_ratings_have_no_mean(opened_city: Opened) -> None:
    office = opened_city(feedback=rated("reaction", 5, 5, 5, 5))
    assert row_of(office, "basics").rating is None
    assert office.program("basics", "en").ratings == ()


def test_a_page_says_when_it_runs_and_for_whom(opened_city: Opened) -> None:
    office = opened_city(
        program_sessions=[
            {"session_id": "LATE", "program_id": "law", "starts_on": "2024-09-01", "seats": 30},
            {"session_id": "OVER", "program_id": "law", "starts_on": "2023-12-31"},
            {
                "session_id": "SOON",
                "program_id": "law",
                "starts_on": "2024-01-01",
                "ends_on": "2024-01-05",
            },
            {"session_id": "SOME DAY", "program_id": "law"},
        ],
        units=[{"unit_id": "EAST", "name": "East"}],
        mandates=[
            {
                "mandate_id": "M1",
                "program_id": "law",
                "position_id": "HEAD",
                "unit_id": "EAST",
                "due_on": "2024-06-30",
                "repeat_months": 24,
            },
            {"mandate_id": "M2", "program_id": "law"},
        ],
        program_eligibility=[
            {
                "program_id": "deepening",
                "tiers": "pengawas;administrator",
                "employment_types": "PNS",
                "grade_min": "III/a",
                "service_years_min": 2,
            }
        ],
    )
    page = office.program("law", "en")
    assert [(one.session_id, one.starts_on, one.ends_on, one.seats) for one in page.sessions] == [
        ("SOON", "2024-01-01", "2024-01-05", None),
        ("LATE", "2024-09-01", "", 30),
        ("SOME DAY", "", "", None),
    ]
    first, second = page.mandates
    assert (first.position, first.unit, first.due_on, first.repeat_months) == (
        "Head of office",
        "East",
        "2024-06-30",
        24.0,
    )
    assert (second.position, second.tier, second.unit, second.due_on, second.repeat_months) == (
        *("", "", "", ""),
        None,
    )
    admits = office.program("deepening", "en").admits
    assert (admits.tiers, admits.employment_types) == (("administrator", "pengawas"), ("PNS",))
    assert (admits.grade_min, admits.service_years_min) == ("III/a, IX", 2.0)
    assert admits.prerequisites == (("basics", "Data analysis basics"),)
    assert page.admits.tiers == () and page.admits.grade_min == ""


def test_an_unknown_program_has_no_page(opened_city: Opened) -> None:
    with pytest.raises(UnknownEntry, match="no program 'P9'"):
        opened_city().program("P9", "en")


def test_new_ratings_show_in_the_next_list(opened_city: Opened) -> None:
    office = opened_city(feedback=rated("reaction", 5, 5, 5, 5, 5))
    assert row_of(office, "basics").rating == 5.0
    opened_city(feedback=rated("reaction", 1, 1, 1, 1, 1))
    assert row_of(office, "basics").rating == 1.0
