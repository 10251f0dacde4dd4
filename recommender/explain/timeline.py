"""What happened to a person as a picture: years from left to right, one lane for each kind of event."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, get_args
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from recommender.explain.drawing import (
    FAINT,
    FIRST,
    INK,
    MUTED,
    SECOND,
    Point,
    canvas,
    look,
    stroke,
    tip,
    write,
)
from recommender.explain.phrases import Language, phrase

EventKind = Literal["training", "assessment", "review", "decision"]
KINDS: tuple[EventKind, ...] = get_args(EventKind)

_LANE, _TOP, _FOOT, _EDGE = 58, 4, 40, 14  # pixels
_MARK, _APART = 7.0, 18.0  # half a mark's width; marks nearer than this become one with a count
_YEAR_APART = 44.0  # pixels that a year needs to be written under its line
_SPELT_OUT = 12  # events of one mark that are named when somebody points at it
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000)  # years between two lines


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened on a day (ISO 8601); "" where the day is not known."""

    day: str
    kind: EventKind
    title: str


def timeline_svg(events: Sequence[Event], language: Language, width: int = 720) -> str:
    """Return the events as an open SVG, for a page to put on its own ground.

    Events too near to be told apart are one mark with their number above it; pointing at it names them.
    Events without a day are counted in words, not drawn.

    Parameters
    ----------
    width : in pixels; from about 320 on. Text keeps its size, so ask for the width that is shown.
    """
    dated = sorted((event for event in events if event.day), key=lambda event: event.day)
    title, about = phrase("pictures", "timeline", language), _in_words(events, dated, language)
    bottom = _TOP + (_LANE * len(KINDS) if dated else 0)
    picture = canvas((width, bottom + _FOOT), title, about, language, is_open=True)
    if dated:
        _draw_lanes(picture, dated, _years(dated, width), language)
    if len(dated) < len(events) or not dated:
        write(picture, (0, bottom + 34), _left_out(events, dated, language), colour=MUTED)
    return ElementTree.tostring(picture, encoding="unicode")


def _in_words(events: Sequence[Event], dated: Sequence[Event], language: Language) -> str:
    if not dated:
        return _left_out(events, dated, language)
    first, last = dated[0].day[:10], dated[-1].day[:10]
    counts = {kind: sum(event.kind == kind for event in dated) for kind in KINDS}
    lanes = ", ".join(f"{phrase('pictures', kind, language)} ({count})" for kind, count in counts.items())
    said = phrase("pictures", "timeline_about", language, first=first, last=last, lanes=lanes)
    return said if len(dated) == len(events) else f"{said} {_left_out(events, dated, language)}"


def _left_out(events: Sequence[Event], dated: Sequence[Event], language: Language) -> str:
    if not events:
        return phrase("pictures", "timeline_empty", language)
    return phrase("pictures", "undated", language, count=len(events) - len(dated))


@dataclass(frozen=True, slots=True)
class Years:
    """The years that the picture spans, and how many lie between two lines."""

    first: int
    last: int  # the year at whose beginning the picture ends
    step: int
    width: float

    def x(self, day: date) -> float:
        """Return the pixels from the left."""
        begin, end = date(self.first, 1, 1).toordinal(), date(self.last, 1, 1).toordinal()
        return _EDGE + (self.width - 2 * _EDGE) * (day.toordinal() - begin) / (end - begin)


def _years(dated: Sequence[Event], width: int) -> Years:
    first, last = int(dated[0].day[:4]), min(int(dated[-1].day[:4]) + 1, date.max.year)
    first = min(first, last - 1)
    fits = max((width - 2 * _EDGE) / _YEAR_APART, 1.0)
    step = next((step for step in _STEPS if (last - first) / step <= fits), _STEPS[-1])
    return Years(first, last, step, width)


def _draw_lanes(picture: Element, dated: Sequence[Event], years: Years, language: Language) -> None:
    _draw_years(picture, years, _TOP + _LANE * len(KINDS))
    for number, kind in enumerate(KINDS):
        here = [event for event in dated if event.kind == kind]
        top = _TOP + _LANE * number
        write(picture, (0, top + 14), f"{phrase('pictures', kind, language)} ({len(here)})", colour=MUTED)
        stroke(picture, (0, top + 42), (years.width, top + 42), FAINT)
        for x, together in _together(here, years):
            _draw_mark(picture, (x, top + 42), together, language)


def _draw_years(picture: Element, years: Years, bottom: float) -> None:
    for year in range(years.first, years.last + 1):
        if year % years.step:
            continue
        x = years.x(date(year, 1, 1))
        stroke(picture, (x, _TOP + 22), (x, bottom), FAINT)
        write(picture, (x, bottom + 14), str(year), size=11, anchor="middle", colour=MUTED)


def _together(events: Sequence[Event], years: Years) -> Iterator[tuple[float, list[Event]]]:
    """Yield the marks of a lane: where each stands, and the events (in order of time) that it stands for."""
    start, group = 0.0, list[Event]()
    for event in events:
        x = years.x(date.fromisoformat(event.day[:10]))
        if group and x - start >= _APART:
            yield start, group
            group = []
        if not group:
            start = x
        group.append(event)
    if group:
        yield start, group


def _draw_mark(picture: Element, at: Point, together: Sequence[Event], language: Language) -> None:
    group = ElementTree.SubElement(picture, "g")
    said = [f"{event.day[:10]}: {event.title}" for event in together[:_SPELT_OUT]]
    if len(together) > _SPELT_OUT:
        said.append(phrase("pictures", "more", language, count=len(together) - _SPELT_OUT))
    tip(group, "\n".join(said))
    _draw_shape(group, at, together[0].kind)
    if len(together) > 1:
        write(group, (at[0], at[1] - 11), str(len(together)), size=11, anchor="middle", colour=INK)


def _draw_shape(group: Element, at: Point, kind: EventKind) -> None:
    """Draw a mark that is known by its shape: filled and hollow dot, hollow square, diamond."""
    x, y = at
    colour = SECOND if kind == "decision" else FIRST
    look_of = {"fill": colour, "stroke": colour, "stroke-width": "2", **look(colour)}
    if kind in ("assessment", "review"):
        look_of |= {"fill": "white", "class": f"{look_of['class']} pic-hollow"}
    if kind in ("training", "assessment"):
        centre = {"cx": f"{x:.1f}", "cy": f"{y:.1f}", "r": f"{_MARK - 1:g}"}
        ElementTree.SubElement(group, "circle", centre | look_of)
        return
    reach = _MARK if kind == "decision" else _MARK - 1
    corners = (
        ((0, -1), (1, 0), (0, 1), (-1, 0)) if kind == "decision" else ((-1, -1), (1, -1), (1, 1), (-1, 1))
    )
    points = " ".join(f"{x + dx * reach:.1f},{y + dy * reach:.1f}" for dx, dy in corners)
    ElementTree.SubElement(group, "polygon", {"points": points} | look_of)
