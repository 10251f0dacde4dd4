"""The forest plot: sound XML, every mark where its number is, and the same bytes each time."""

from __future__ import annotations

from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
import pytest

from recommender.competency import EVERYBODY
from recommender.effects import Caution, ProgramEffects
from recommender.effects.pooling import Pooled
from recommender.explain import LANGUAGES, VERDICTS, Language, forest_svg, lessons, verdicts, warnings_in
from tests.cities import load

SVG = "{http://www.w3.org/2000/svg}"
AWKWARD = 'Audit & "Law" <b>\x0b]]> ' + "a very long title of a program " * 4


def effects_of(values: list[tuple[float, float]], borrowed: float = 0.2) -> ProgramEffects:
    """Return effects with these means and standard errors, each of a program that declares 2."""
    count = len(values)
    dataset = load(
        {
            "employees": [{"employee_id": "E0"}],
            "competencies": [{"competency_id": "C0", "name": "Law", "name_id": "Hukum"}],
            "programs": [
                {"program_id": f"P{one}", "title": f"Program {one}"} for one in range(max(count, 1))
            ],
        }
    )
    effect, error = np.array(values, dtype=float).reshape(-1, 2).T
    nothing = np.zeros((0, 0))
    return ProgramEffects(
        dataset=dataset,
        program=np.arange(count),
        competency=np.zeros(count, dtype=np.int64),
        by_entry=False,
        entry=(EVERYBODY,) * count,
        effect=effect,
        standard_error=error,
        lower=effect - 2 * error,
        upper=effect + 2 * error,
        declared=np.full(count, 2.0),
        people=np.arange(count) + 40,
        judged=np.arange(count) + 10,
        borrowed=np.full(count, borrowed),
        overlap=np.full(count, np.nan),
        robustness=np.full(count, np.nan),
        warnings=((Caution("few_people", 9),),) * count,
        forgetting=0.1,
        pooled=Pooled(effect, nothing, (0.5, 0.3), {}, ()),
    )


def parsed(picture: str) -> Element:
    return ElementTree.fromstring(picture)


def rows_of(picture: str) -> dict[str, Element]:
    """Return the row of each program by its id."""
    rows = parsed(picture).iter(f"{SVG}g")
    return {str(row.findtext(f"{SVG}text")).split()[0]: row for row in rows}


def dot(row: Element) -> float:
    found = row.find(f"{SVG}circle")
    assert found is not None
    return float(found.attrib["cx"])


def interval(row: Element) -> tuple[float, float]:
    found = row.find(f"{SVG}line")
    assert found is not None
    return float(found.attrib["x1"]), float(found.attrib["x2"])


def declared(row: Element) -> float:
    found = row.find(f"{SVG}polygon")
    assert found is not None
    return float(found.attrib["points"].split(",")[0])


SPREAD = [(-0.4, 0.1), (0.0, 0.3), (0.2, 0.05), (0.7, 0.1), (1.3, 0.5), (2.6, 0.2)]


def test_every_mark_is_where_its_number_is() -> None:
    effects = effects_of(SPREAD)
    rows = rows_of(forest_svg(effects, "en"))
    assert set(rows) == {f"P{one}" for one in range(6)}
    known = np.concatenate([effects.effect, effects.lower, effects.upper, effects.declared])
    drawn = [dot(rows[f"P{one}"]) for one in range(6)]
    ends = [interval(rows[f"P{one}"]) for one in range(6)]
    marks = [declared(rows[f"P{one}"]) for one in range(6)]
    x = np.array(drawn + [low for low, _ in ends] + [high for _, high in ends] + marks)
    per_level = np.polyfit(known, x, 1)[0]
    assert per_level > 0
    assert np.abs(np.polyval(np.polyfit(known, x, 1), known) - x).max() < 0.11
    assert np.diff(drawn).min() > 0


def test_the_axis_holds_every_interval_and_the_line_at_nothing() -> None:
    picture = parsed(forest_svg(effects_of(SPREAD), "en"))
    upright = [one for one in picture.findall(f"{SVG}line") if one.attrib["x1"] == one.attrib["x2"]]
    axis = [float(one.attrib["x1"]) for one in upright]
    for row in rows_of(forest_svg(effects_of(SPREAD), "en")).values():
        assert min(axis) <= interval(row)[0] <= dot(row) <= interval(row)[1] <= max(axis)
    zero = next(one for one in picture.findall(f"{SVG}text") if one.text == "0")
    assert float(zero.attrib["x"]) == float(upright[-1].attrib["x1"])


@pytest.mark.parametrize("scale", [0.01, 1.0, 40.0])
def test_the_axis_counts_in_a_few_round_steps_on_any_scale(scale: float) -> None:
    effects = effects_of([(0.7 * scale, 0.1 * scale), (-0.2 * scale, 0.2 * scale)])
    picture = parsed(forest_svg(effects, "en"))
    words = [one.text or "" for one in picture.findall(f"{SVG}text") if one.attrib["text-anchor"] == "middle"]
    levels = [float(word) for word in words[1::2]]
    assert 3 <= len(levels) <= 10
    assert np.diff(levels) == pytest.approx(np.diff(levels)[0])
    assert 0.0 in levels


def test_those_that_work_come_first_and_what_is_not_known_last() -> None:
    effects = effects_of([*SPREAD, (0.3, 0.6), (1.0, 0.9)])
    found = verdicts(effects, np.arange(8))
    assert {name: places.tolist() for name, places in found.items()} == {
        "works": [5, 4, 3, 2],
        "little": [0, 1],
        "unknown": [7, 6],
    }
    assert list(rows_of(forest_svg(effects, "en"))) == ["P5", "P4", "P3", "P2", "P0", "P1", "P7", "P6"]


def test_what_is_mostly_borrowed_is_not_known_whatever_its_interval() -> None:
    borrowed = effects_of(SPREAD, borrowed=0.95)
    assert len(verdicts(borrowed, np.arange(6))["unknown"]) == 6
    said = next(lessons(borrowed, "en"))
    assert "0 of 6 pairs" in said
    assert "Of another 4 only what is borrowed says so" in said


def test_what_is_mostly_borrowed_is_hollow() -> None:
    for borrowed, hollow in ((0.2, False), (0.95, True)):
        rows = rows_of(forest_svg(effects_of([(1.0, 0.1)], borrowed), "en"))
        circle = rows["P0"].find(f"{SVG}circle")
        assert circle is not None
        assert (circle.attrib["fill"] == "white") is hollow


def test_what_is_left_out_is_counted() -> None:
    effects = effects_of([(1.0 + 0.01 * one, 0.1) for one in range(30)])
    few, all_ = forest_svg(effects, "en", most=20), forest_svg(effects, "en", most=None)
    assert len(rows_of(few)) == 20
    assert "and 10 more; --all shows them all" in few
    assert len(rows_of(all_)) == 30
    assert "--all" not in all_


def test_only_the_places_asked_for_are_drawn() -> None:
    assert set(rows_of(forest_svg(effects_of(SPREAD), "en", np.array([3, 1])))) == {"P3", "P1"}


def test_nothing_to_draw_is_still_a_picture() -> None:
    picture = parsed(forest_svg(effects_of([]), "en"))
    assert not list(picture.iter(f"{SVG}g"))
    assert "nan" not in forest_svg(effects_of([]), "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_cannot_see_it_is_told(language: Language) -> None:
    picture = parsed(forest_svg(effects_of(SPREAD), language))
    assert picture.attrib["role"] == "img"
    assert picture.attrib["lang"] == language
    assert picture[0].tag == f"{SVG}title"
    assert picture[1].tag == f"{SVG}desc"
    assert picture[0].text
    assert picture[1].text
    tip = rows_of(forest_svg(effects_of(SPREAD), language))["P3"].findtext(f"{SVG}title")
    assert tip is not None
    assert "0.70 [0.50, 0.90]" in tip
    assert warnings_in(effects_of(SPREAD), 3, language)[0] in tip


def test_titles_cannot_break_the_picture() -> None:
    effects = effects_of([(1.0, 0.1)])
    effects.dataset.programs.title[0] = AWKWARD
    row = rows_of(forest_svg(effects, "en"))["P0"]
    assert 'Audit & "Law" <b>\ufffd]]>' in str(row.findtext(f"{SVG}title"))
    assert len(str(row.findtext(f"{SVG}text"))) <= 36


def test_the_same_effects_are_the_same_bytes() -> None:
    assert forest_svg(effects_of(SPREAD), "id") == forest_svg(effects_of(SPREAD), "id")


def test_the_lessons_count_what_surely_works() -> None:
    said = " ".join(lessons(effects_of(SPREAD), "en"))
    assert "4 of 6 pairs (4 of 6 programs) raise levels by all" in said
    assert "about 10% is lost in a year" in said
    assert "too few tests" in said
    assert list(lessons(effects_of([]), "en")) == []
    assert set(verdicts(effects_of([]), np.arange(0))) == set(VERDICTS)
