"""The components: known classes, no words or styles of their own, markup stays text, numbers in place."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from recommender.explain import Bar, Event, Heading, bars_svg, timeline_svg
from recommender.explain.timeline import KINDS

PAGES = Path(__file__).resolve().parents[2] / "api" / "pages"


class Read(HTMLParser):
    """What a piece of HTML consists of."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.text += data

    @property
    def classes(self) -> set[str]:
        return {one for _, attributes in self.tags for one in attributes.get("class", "").split()}

    def of(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.tags if name == tag]


ENVIRONMENT = Environment(
    loader=FileSystemLoader(PAGES / "templates"), autoescape=True, undefined=StrictUndefined
)
BAD = "<script>\"'&"
NOTICES = ("info", "success", "warning", "error")
# Every component in every kind; `bad` is a text that tries to be markup.
CALLS = [
    "c.skip_link(bad)",
    "c.masthead(bad, bad, bad, bad, [(bad, bad, true), (bad, bad, false)], (bad, bad, 'en'), bad)",
    "c.masthead(bad, '/')",
    "c.trail(bad, [(bad, bad)])",
    *(f"c.notice('{kind}', bad, bad)" for kind in NOTICES),
    "c.empty(bad, bad)",
    "c.csrf(bad)",
    "c.field(bad, bad, bad, 'text', bad, bad, true, bad)",
    "c.text_area(bad, bad, bad, bad, bad, true)",
    "c.select(bad, bad, [(bad, bad), ('b', bad)], bad, bad, bad)",
    "c.radios(bad, bad, [(bad, bad), ('b', bad)], bad, bad, bad)",
    "c.checkbox(bad, bad, true)",
    *(f"c.button(bad, '{kind}', bad, bad, bad)" for kind in ("primary", "quiet", "danger")),
    "c.link_button(bad, bad, about=bad)",
    *(f"c.sort_header(bad, bad, '{state}', 'number')" for state in ("", "ascending", "descending")),
    "c.pager(bad, bad, (bad, bad), (bad, bad))",
    "c.pager(bad, bad)",
    *(f"c.tag('{kind}', bad)" for kind in ("", *NOTICES)),
    *(f"c.heat_cell({gap}, bad, true, bad)" for gap in ("none", 0, 0.3, 0.7, 1.2, 1.7, 3)),
    "c.heat_legend(bad, [bad] * 6, bad)",
    *(f"c.hours_meter({done}, 20, 40, bad)" for done in (0, 6.5, 22, 60)),
    "c.interval(1.25, 2, 3, 2.5, 4, 0, 5, bad)",
    "c.interval_legend([bad] * 4)",
    "c.picture(bad, '', '')",
    *(f"c.figure(bad, bad, bad, '{kind}')" for kind in ("", *NOTICES[1:])),
    "c.steps(3, 8, bad)",
    *(f"c.moment(bad, bad, '{kind}', bad, bad, bad)" for kind in KINDS),
]
BLOCKS = [
    f"{{% call {call} %}}{{{{ bad }}}}{{% endcall %}}"
    for call in (
        "c.region(bad)",
        "c.card(bad)",
        "c.disclosure(bad)",
        "c.notice('info', bad)",
        "c.masthead(bad, bad, bad, bad)",
    )
]
ALL = [*(f"{{{{ {call} }}}}" for call in CALLS), *BLOCKS]


def shown(source: str, **values: object) -> Read:
    return Read(
        ENVIRONMENT.from_string('{% import "components.html" as c %}' + source).render(bad=BAD, **values)
    )


def one(call: str, **values: object) -> Read:
    return shown(f"{{{{ c.{call} }}}}", **values)


def defined_classes() -> set[str]:
    css = (PAGES / "assets" / "app.css").read_text(encoding="utf-8")
    without_comments = re.sub(r"/\*.*?\*/", "", css, flags=re.DOTALL)
    return set(re.findall(r"\.([a-z][a-z0-9-]*)", without_comments))


def macros() -> Iterator[str]:
    source = (PAGES / "templates" / "components.html").read_text(encoding="utf-8")
    return (name for name in re.findall(r"{% macro (\w+)\(", source) if not name.startswith("_"))


def test_every_component_is_tested() -> None:
    assert {re.split(r"\W", call.split("c.", 1)[1])[0] for call in ALL} == set(macros())


@pytest.mark.parametrize("source", ALL)
def test_a_component_uses_known_classes_and_says_only_what_it_is_told(source: str) -> None:
    read = shown(source)
    assert read.classes <= defined_classes()
    assert not read.of("script")
    for _, attributes in read.tags:
        assert not [name for name in attributes if name == "style" or name.startswith("on")]
    assert not re.search(r"[A-Za-z]", read.text.replace(BAD, ""))
    said = [
        attributes.get(name, BAD) for _, attributes in read.tags for name in ("aria-label", "title", "alt")
    ]
    assert set(said) <= {BAD}


def test_classes_of_pictures_are_known() -> None:
    bars = [Bar("Data", 1.0, 0.5, 1.5), Bar("Integrity", 1.0, is_soft=True)]
    events = [Event("2024-05-01", kind, "") for kind in KINDS]
    for picture in (bars_svg(bars, Heading("Gaps"), "en"), timeline_svg(events, "en")):
        assert Read(picture).classes <= defined_classes()


def test_hint_and_error_are_heard_with_their_field() -> None:
    for call in (
        "field('a', 'A', hint='H', error='E', id='x')",
        "text_area('a', 'A', hint='H', error='E', id='x')",
    ):
        read = one(call)
        (input_,) = read.of("input") + read.of("textarea")
        ids = {attributes["id"] for attributes in read.of("p")}
        assert set(input_["aria-describedby"].split()) == ids == {"x-hint", "x-error"}
        assert input_["aria-invalid"] == "true"
        assert read.of("label")[0]["for"] == input_["id"] == "x"
    (plain,) = one("field('a', 'A')").of("input")
    assert plain["id"] == "a"
    assert not {"aria-describedby", "aria-invalid", "required"} & set(plain)


def test_a_text_area_keeps_a_first_line_that_is_empty() -> None:
    assert one("text_area('a', 'A', '\\nB')").text.endswith("\n\nB\n")


def test_an_option_is_chosen_by_its_value() -> None:
    options = one("select('a', 'A', [('', 'All'), ('x', 'X')], 'x')").of("option")
    assert [("selected" in option) for option in options] == [False, True]


@pytest.mark.parametrize(
    ("shortfall", "step"),
    [
        (0.0, "0"),
        (0.0999, "0"),
        (0.1, "1"),
        (0.5, "2"),
        (1.0, "3"),
        (1.5, "4"),
        (2.0, "5"),
        (9.0, "5"),
        (None, "none"),
    ],
)
def test_a_cell_has_the_step_of_its_shortfall(shortfall: float | None, step: str) -> None:
    (cell,) = one("heat_cell(gap, '1,2')", gap=shortfall).of("td")
    assert cell["class"].split() == ["heat", f"heat-{step}"]


def test_what_is_not_sure_is_hatched_and_its_number_stays_text() -> None:
    read = one("heat_cell(1.2, '1,2', true)")
    assert "unsure" in read.classes
    assert read.text == "1,2"


def test_hours_are_drawn_against_floor_and_ceiling() -> None:
    read = one("hours_meter(6.5, 20, 40, '6,5 dari 20 JP')")
    assert read.of("rect")[1]["width"] == "16.2%"
    assert [line["x1"] for line in read.of("line")] == ["50.0%", "100.0%"]
    assert read.text.strip() == "6,5 dari 20 JP"
    assert "meter-below" in read.classes


@pytest.mark.parametrize(
    ("done", "floor", "ceiling", "kind"),
    [
        (20, 20, 40, None),
        (19.9, 20, 40, "meter-below"),
        (40, 20, 40, None),
        (41, 20, 40, "meter-above"),
        (0, None, None, None),
        (0, 0, 0, None),
    ],
)
def test_a_meter_says_on_which_side_of_the_rule_it_is(
    done: float, floor: float | None, ceiling: float | None, kind: str | None
) -> None:
    read = one("hours_meter(done, floor, ceiling, '')", done=done, floor=floor, ceiling=ceiling)
    assert read.classes & {"meter-below", "meter-above"} == ({kind} if kind else set())
    assert len(read.of("line")) == (floor is not None) + (ceiling is not None)


def test_an_interval_stands_on_the_scale() -> None:
    read = one("interval(1.25, 2, 6, 2.5, none, 0, 5, 'Data')")
    _, range_, asked = read.of("line")
    assert (range_["x1"], range_["x2"]) == ("25.0%", "100.0%")
    assert asked["x1"] == "50.0%"
    assert read.of("circle")[0]["cx"] == "40.0%"
    assert "interval-short" in read.classes
    assert "interval-short" not in one("interval(1, 2, 3, 2, none, 0, 5, 'Data')").classes


def test_a_sorted_column_is_told_to_who_hears_the_page() -> None:
    (header,) = one("sort_header('Name', '?sort=name', 'descending')").of("th")
    assert header["aria-sort"] == "descending"
    (other,) = one("sort_header('Name', '?sort=name')").of("th")
    assert "aria-sort" not in other
