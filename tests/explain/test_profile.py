"""A profile says what is held, how sure that is, what it rests on and what is missing."""

from __future__ import annotations

from dataclasses import asdict
from xml.etree import ElementTree

import pytest

from recommender.domain import Profile
from recommender.explain import Language, profile_svg
from tests.cities import Tables, assessed, attended, office
from tests.engine.cities import engine_of

SVG = "{http://www.w3.org/2000/svg}"


def profile_of(language: Language = "en", **tables: object) -> Profile:
    return engine_of(**tables).profile("E0", language)  # type: ignore[arg-type]


def judged_twice() -> Tables:
    self_rating = assessed("DATA", 2, source="self", assessed_on="2022-05-01")
    return {
        "assessments": [*office()["assessments"], self_rating],
        "training_records": [attended("E0", "basics", "2021-01-01", completed_on="2021-01-05")],
    }


def test_the_largest_gap_comes_first() -> None:
    profile = profile_of()
    assert (profile.position, profile.next_position) == ("Clerk", "Head of office")
    data, law = profile.lines
    assert (data.competency_id, data.name, data.required, data.next_required) == (
        "DATA",
        "Data analysis",
        3,
        4,
    )
    assert data.low <= data.held <= data.high
    assert data.gap is not None
    assert law.gap is not None
    assert data.gap == pytest.approx(3 - data.held, abs=0.2)
    assert law.gap < 0.1 < data.gap


def test_it_says_what_the_belief_rests_on() -> None:
    data = next(line for line in profile_of(**judged_twice()).lines if line.competency_id == "DATA")
    assert data.rests_on == "1 by test (2024), 1 by self (2022), training 1"
    assert data.evidence == 3


def test_without_evidence_it_says_so_and_is_less_sure() -> None:
    known, unknown = profile_of(), profile_of(assessments=office()["assessments"][2:])
    assert {line.rests_on for line in unknown.lines} == {"no evidence: expected from position and tier"}
    widths = [max(line.high - line.low for line in profile.lines) for profile in (known, unknown)]
    assert widths[0] < widths[1]


def test_a_person_without_position_has_no_gap() -> None:
    employees = [{"employee_id": "E0"}, *office()["employees"][1:]]
    profile = profile_of(employees=employees)
    assert profile.position == ""
    assert {line.gap for line in profile.lines} == {None}


@pytest.mark.parametrize("language", ["id", "en"])
def test_the_picture_is_svg_with_a_mark_for_each_competency(language: Language) -> None:
    engine = engine_of(**judged_twice())
    profile = engine.profile("E0", language)
    picture = ElementTree.fromstring(profile_svg(profile, engine.dataset.policy.levels, language))
    assert picture.tag == f"{SVG}svg"
    circles = list(picture.iter(f"{SVG}circle"))
    assert len(circles) == len(profile.lines)
    width = float(picture.attrib["width"])
    assert all(0 < float(circle.attrib["cx"]) < width for circle in circles)
    assert profile.lines[0].name in "".join(picture.itertext())


def test_markup_in_a_name_stays_text() -> None:
    competencies = [{"competency_id": "DATA", "name": "<script>alert(1)</script>"}, {"competency_id": "LAW"}]
    engine = engine_of(competencies=competencies)
    picture = profile_svg(engine.profile("E0", "en"), engine.dataset.policy.levels, "en")
    assert "<script" not in picture


def test_no_name_of_the_employee_is_in_a_profile() -> None:
    assert "Siti" not in str(asdict(profile_of()))


def test_a_record_without_weight_is_not_what_a_belief_rests_on() -> None:
    void = assessed("LAW", 5, source="supervisor", assessor_id="E0")
    said = {
        line.competency_id: line.rests_on
        for rows in ([], [void])
        for line in profile_of(assessments=[*office()["assessments"], *rows]).lines
    }
    plain = {line.competency_id: line.rests_on for line in profile_of().lines}
    assert said == plain


def test_sources_are_named_in_the_language_and_unknown_ones_stay() -> None:
    rows = [assessed("LAW", 2, source=source) for source in ("supervisor", "rumour", "")]
    told = {
        language: next(
            line.rests_on
            for line in profile_of(language, assessments=[*office()["assessments"], *rows]).lines  # type: ignore[arg-type]
            if line.competency_id == "LAW"
        )
        for language in ("id", "en")
    }
    assert "1 dari atasan" in told["id"]
    assert "1 by supervisor" in told["en"]
    assert "rumour" in told["id"]
    assert "an unnamed source" in told["en"]


def test_nobody_lacks_more_than_all_of_a_level() -> None:
    rows = [assessed("LAW", 0, source="test", assessor_id=f"A{one}") for one in range(20)]
    lines = profile_of(assessments=[*office()["assessments"], *rows]).lines
    law = next(line for line in lines if line.competency_id == "LAW")
    assert law.gap is not None
    assert law.gap <= 1.0
