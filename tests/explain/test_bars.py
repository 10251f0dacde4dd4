"""Bars: sound XML, every bar as long as its value, and two sorts that are not told apart by colour alone."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import inf, nan
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
import pytest

from recommender.explain import LANGUAGES, Bar, Heading, Language, bars_svg

SVG = "{http://www.w3.org/2000/svg}"
AWKWARD = 'Audit & "Law" <script>alert(1)</script>\x0b]]> ' + "a very long name of a competency " * 10
HEADING = Heading("Gaps by competency", "levels below what is asked")
WIDTHS = pytest.mark.parametrize("width", [328, 720])


def parsed(bars: Sequence[Bar], language: Language = "en", width: int = 720) -> Element:
    return ElementTree.fromstring(bars_svg(bars, HEADING, language, width))


def rows(picture: Element) -> list[Element]:
    return list(picture.iter(f"{SVG}g"))


def box(row: Element) -> tuple[float, float]:
    """Return where a bar begins and ends."""
    found = row.find(f"{SVG}rect")
    assert found is not None
    left = float(found.attrib["x"])
    return left, left + float(found.attrib["width"])


def ticks(picture: Element) -> dict[float, float]:
    """Return where each value written on the axis stands."""
    written = (one for one in picture.findall(f"{SVG}text") if one.attrib["text-anchor"] == "middle")
    return {float(str(one.text).replace(",", ".")): float(one.attrib["x"]) for one in written}


@WIDTHS
@pytest.mark.parametrize("scale", [0.001, 1.0, 3000.0])
def test_a_bar_reaches_from_nothing_to_its_value(scale: float, width: int) -> None:
    values = [value * scale for value in (2.4, 0.7, 0.0, -0.3)]
    picture = parsed([Bar(f"C{one}", value) for one, value in enumerate(values)], width=width)
    axis = ticks(picture)
    per_unit = np.polyfit(list(axis), list(axis.values()), 1)
    for value, row in zip(values, rows(picture), strict=True):
        assert box(row) == pytest.approx(sorted(np.polyval(per_unit, [0.0, value])), abs=0.2)
    assert 0.0 in axis
    assert 2 <= len(axis) <= 10
    assert all(0 <= x <= width for row in rows(picture) for x in box(row))


@WIDTHS
def test_the_axis_holds_every_interval(width: int) -> None:
    picture = parsed([Bar("A", 1.0, 0.2, 3.3), Bar("B", 0.5, -0.8, 0.9)], width=width)
    axis = ticks(picture)
    per_unit = np.polyfit(list(axis), list(axis.values()), 1)
    for row, ends in zip(rows(picture), ((0.2, 3.3), (-0.8, 0.9)), strict=True):
        flat = [line.attrib for line in row.iter(f"{SVG}line") if line.attrib["y1"] == line.attrib["y2"]]
        assert flat
        for line in flat:
            assert (float(line["x1"]), float(line["x2"])) == pytest.approx(
                np.polyval(per_unit, ends), abs=0.2
            )
    assert min(axis) <= -0.8
    assert max(axis) >= 3.3


def test_soft_kinds_are_striped_as_well_as_coloured_and_the_legend_says_so() -> None:
    mixed = parsed([Bar("Data", 1.0), Bar("Integrity", 1.0, is_soft=True)])
    technical, soft = rows(mixed)
    assert technical.find(f"{SVG}path") is None
    stripes = soft.find(f"{SVG}path")
    assert stripes is not None
    left, right = box(soft)
    drawn = [float(stripe.split()[0]) for stripe in stripes.attrib["d"].split("M")[1:]]
    assert all(left < x <= right + 0.1 for x in drawn)
    words = [one.text for one in mixed.findall(f"{SVG}text")]
    assert "technical and other kinds" in words
    assert "managerial and sociocultural" in words
    alone = parsed([Bar("Data", 1.0)])
    assert "technical and other kinds" not in [one.text for one in alone.findall(f"{SVG}text")]


@WIDTHS
@pytest.mark.parametrize("value", [None, nan, inf, -inf])
def test_what_is_not_told_has_a_note_and_no_bar(value: float | None, width: int) -> None:
    picture = parsed([Bar("Group", value, note="too few people"), Bar("Other", 1.0)], width=width)
    hidden, told = rows(picture)
    assert hidden.find(f"{SVG}rect") is None
    assert "too few people" in [one.text for one in hidden.iter(f"{SVG}text")]
    assert told.find(f"{SVG}rect") is not None
    assert "nan" not in "".join(picture.itertext())


def test_numbers_are_written_as_the_language_does() -> None:
    bar = Bar("Data", 1.25, 0.5, 2.0, note="12")
    for language, value, said in (
        ("en", "1.25", "Data: 1.25 [0.50; 2.00]; 12"),
        ("id", "1,25", "Data: 1,25 [0,50; 2,00]; 12"),
    ):
        (row,) = rows(parsed([bar], language))  # type: ignore[arg-type]
        assert value in [one.text for one in row.iter(f"{SVG}text")]
        assert row.findtext(f"{SVG}title") == said
        attributes = " ".join(part for one in row.iter() for part in one.attrib.values())
        assert "," not in attributes


@WIDTHS
@pytest.mark.parametrize("count", [0, 1, 200])
def test_any_number_of_bars_stands_in_order_without_touching(count: int, width: int) -> None:
    picture = parsed([Bar(f"C{one}", one / 7, is_soft=one % 2 == 1) for one in range(count)], width=width)
    assert len(rows(picture)) == count
    tops = [float(found.attrib["y"]) for row in rows(picture) for found in row.iter(f"{SVG}rect")]
    assert all(later - earlier > 16 for earlier, later in pairwise(tops))
    assert max(tops, default=0.0) + 16 < float(picture.attrib["height"])
    if not count:
        assert "There is nothing to draw yet." in "".join(picture.itertext())


def test_bars_of_nothing_are_still_a_picture() -> None:
    picture = parsed([Bar("A", 0.0), Bar("B", 0.0)])
    assert all(left == right for left, right in map(box, rows(picture)))
    assert not rows(parsed([Bar("A", None)]))[0].findall(f"{SVG}rect")


@WIDTHS
def test_long_and_awkward_labels_cannot_break_the_picture(width: int) -> None:
    drawn = bars_svg(
        [Bar(AWKWARD, 1.0, note=AWKWARD), Bar(AWKWARD, None, note=AWKWARD)], HEADING, "en", width
    )
    assert "<script" not in drawn
    for row in rows(ElementTree.fromstring(drawn)):
        assert "<script>alert(1)</script>�]]>" in str(row.findtext(f"{SVG}title"))
        for words in row.iter(f"{SVG}text"):
            assert len(str(words.text)) * 6.5 <= width


@pytest.mark.parametrize("language", LANGUAGES)
def test_who_cannot_see_it_is_told(language: Language) -> None:
    picture = parsed([Bar("Law", 0.5), Bar("Data", 1.5), Bar("Ethics", None)], language)
    assert picture.attrib["role"] == "img"
    assert picture.attrib["lang"] == language
    assert picture.findtext(f"{SVG}title") == HEADING.title
    said = str(picture.findtext(f"{SVG}desc"))
    assert HEADING.axis in said
    assert "Data, 1" in said


def test_a_page_may_forbid_styles_and_choose_the_ground() -> None:
    picture = parsed([Bar("Data", 1.0, 0.5, 2.0), Bar("Integrity", 1.0, is_soft=True)])
    assert not [one for one in picture.iter() if "style" in one.attrib or "id" in one.attrib]
    assert not picture.findall(f"{SVG}rect[@width='100%']")
    assert all(float(one.attrib["font-size"]) >= 11 for one in picture.iter(f"{SVG}text"))
