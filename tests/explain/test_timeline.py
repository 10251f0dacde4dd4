"""The time line: sound XML, every event in its lane at its day, and nothing lost where events crowd."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from recommender.explain import LANGUAGES, Event, EventKind, Language, timeline_svg
from recommender.explain.timeline import KINDS

SVG = "{http://www.w3.org/2000/svg}"
AWKWARD = 'Audit & "Law" <script>alert(1)</script>\x0b]]> ' + "a very long title " * 30


def parsed(events: Sequence[Event], language: Language = "en", width: int = 720) -> Element:
    return ElementTree.fromstring(timeline_svg(events, language, width))


def marks(picture: Element) -> list[Element]:
    return list(picture.iter(f"{SVG}g"))


def place(mark: Element) -> tuple[float, float]:
    """Return the middle of a mark."""
    dot, shape = mark.find(f"{SVG}circle"), mark.find(f"{SVG}polygon")
    if dot is not None:
        return float(dot.attrib["cx"]), float(dot.attrib["cy"])
    assert shape is not None
    corners = [tuple(map(float, corner.split(","))) for corner in shape.attrib["points"].split()]
    across, down = zip(*corners, strict=True)
    return (min(across) + max(across)) / 2, (min(down) + max(down)) / 2


def counted(picture: Element) -> int:
    """Return how many events the marks stand for."""
    return sum(int(mark.findtext(f"{SVG}text") or "1") for mark in marks(picture))


def crowd(count: int, kind: EventKind = "training") -> list[Event]:
    days = (date(2010, 1, 1) + timedelta(days=29 * number) for number in range(count))
    return [Event(day.isoformat(), kind, f"Event {number}") for number, day in enumerate(days)]


def years_at(picture: Element) -> dict[str, float]:
    return {
        str(one.text): float(one.attrib["x"])
        for one in picture.findall(f"{SVG}text")
        if one.attrib["text-anchor"] == "middle"
    }


def test_an_event_stands_at_its_day_between_the_lines_of_its_year() -> None:
    picture = parsed([Event("2020-07-02", "training", "Middle"), Event("2023-01-01", "training", "Line")])
    years = years_at(picture)
    assert list(years) == ["2020", "2021", "2022", "2023", "2024"]
    first, second = (place(mark)[0] for mark in marks(picture))
    assert first == pytest.approx((years["2020"] + years["2021"]) / 2, abs=0.6)
    assert second == pytest.approx(years["2023"], abs=0.11)


def test_each_kind_has_its_lane_and_its_shape() -> None:
    picture = parsed([Event("2024-05-01", kind, kind) for kind in KINDS])
    lanes = [place(mark)[1] for mark in marks(picture)]
    assert lanes == sorted(set(lanes))
    assert len({place(mark)[0] for mark in marks(picture)}) == 1
    shapes = {
        (shape.tag, shape.attrib["fill"], len(shape.attrib.get("points", "").split(".")))
        for mark in marks(picture)
        for shape in mark
        if shape.tag in (f"{SVG}circle", f"{SVG}polygon")
    }
    assert len(shapes) == len(KINDS)


def test_events_of_one_day_are_one_mark_that_counts_and_names_them() -> None:
    picture = parsed([Event("2024-05-01", "training", f"Program {one}") for one in range(3)])
    (mark,) = marks(picture)
    assert mark.findtext(f"{SVG}text") == "3"
    said = str(mark.findtext(f"{SVG}title"))
    assert said.splitlines() == [f"2024-05-01: Program {one}" for one in range(3)]


def test_a_mark_of_very_many_names_some_and_counts_the_rest() -> None:
    (mark,) = marks(parsed([Event("2024-05-01", "review", f"R{one}") for one in range(40)]))
    said = str(mark.findtext(f"{SVG}title")).splitlines()
    assert said[-1] == "and 28 more"
    assert len(said) == 13


@pytest.mark.parametrize("width", [328, 720, 1100])
@pytest.mark.parametrize("count", [1, 2, 20, 200])
def test_none_is_lost_none_outside_and_no_two_marks_touch(count: int, width: int) -> None:
    picture = parsed(crowd(count), width=width)
    assert counted(picture) == count
    across = [place(mark)[0] for mark in marks(picture)]
    assert all(7 <= x <= width - 7 for x in across)
    assert all(later - earlier >= 14 for earlier, later in pairwise(across))
    written = sorted(years_at(picture).values())
    assert all(later - earlier >= 30 for earlier, later in pairwise(written))


def test_events_are_taken_in_any_order_and_with_an_hour() -> None:
    events = crowd(20)
    late = [Event(f"{event.day}T09:30:00Z", event.kind, event.title) for event in reversed(events)]
    assert timeline_svg(late, "en") == timeline_svg(events, "en")


def test_what_has_no_day_is_counted_not_drawn() -> None:
    events = [Event("2024-05-01", "training", "A"), Event("", "training", "B"), Event("", "review", "C")]
    picture = parsed(events)
    assert counted(picture) == 1
    assert "Without a date, not drawn: 2." in "".join(picture.itertext())
    assert not marks(parsed(events[1:]))
    assert "not drawn: 2." in "".join(parsed(events[1:]).itertext())


@pytest.mark.parametrize("language", LANGUAGES)
def test_without_events_it_says_so(language: Language) -> None:
    picture = parsed([], language)
    assert not marks(picture)
    assert picture.findtext(f"{SVG}text")
    assert picture.findtext(f"{SVG}text") == picture.findtext(f"{SVG}desc")


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1899-12-31"])
def test_the_ends_of_the_calendar_can_be_drawn(day: str) -> None:
    picture = parsed([Event(day, "review", "Odd"), Event("2024-02-29", "review", "Leap day")])
    assert counted(picture) == 2
    assert all(0 <= place(mark)[0] <= 720 for mark in marks(picture))
    assert len(marks(parsed([Event(day, "review", "Odd")]))) == 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_cannot_see_it_is_told(language: Language) -> None:
    picture = parsed([*crowd(3), Event("2012-03-04", "decision", "Yes")], language)
    assert picture.attrib["role"] == "img"
    assert picture.attrib["lang"] == language
    assert [picture[0].tag, picture[1].tag] == [f"{SVG}title", f"{SVG}desc"]
    assert "2010-01-01" in str(picture[1].text)
    assert "2012-03-04" in str(picture[1].text)
    assert "(3)" in str(picture[1].text)


def test_titles_cannot_break_the_picture() -> None:
    drawn = timeline_svg([Event("2024-05-01", "training", AWKWARD)], "en")
    assert "<script" not in drawn
    (mark,) = marks(ElementTree.fromstring(drawn))
    assert "<script>alert(1)</script>�]]>" in str(mark.findtext(f"{SVG}title"))


def test_a_page_may_forbid_styles_and_choose_the_ground() -> None:
    picture = parsed(crowd(200))
    assert not [one for one in picture.iter() if "style" in one.attrib or "id" in one.attrib]
    assert not list(picture.iter(f"{SVG}rect"))
    assert all(float(one.attrib["font-size"]) >= 11 for one in picture.iter(f"{SVG}text"))
    assert picture.attrib["viewBox"] == f"0 0 {picture.attrib['width']} {picture.attrib['height']}"
