"""Values beside each other as a picture: horizontal bars with their intervals, in two sorts."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from recommender.explain.axis import Axis
from recommender.explain.drawing import (
    FAINT,
    FIRST,
    GROUND,
    INK,
    MUTED,
    SECOND,
    canvas,
    look,
    shortened,
    stroke,
    tip,
    write,
)
from recommender.explain.phrases import Language, decimal, phrase

_ROW, _STACKED_ROW, _BAR, _LINE, _HEAD, _FOOT = 30, 46, 16, 22, 44, 8  # pixels from top to bottom
_VALUE, _EDGE, _LETTER = 64, 12, 7.0  # pixels from left to right: the column of values, an edge, a letter
_LABELS = 0.36  # of the width: the column of labels
_NARROW = 560  # in a narrower picture a label stands above its bar instead of beside it
_STRIPE = 5.0  # pixels between two stripes


@dataclass(frozen=True, slots=True)
class Bar:
    """One value and what it is of.

    Attributes
    ----------
    value : None where it is not known or may not be told; then only the note is written.
    low, high : the ends of its interval, where it has one.
    note : what else is said when somebody points at it, or instead of a value.
    is_soft : a competency for dealing with people (managerial, sociocultural).
    """

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    note: str = ""
    is_soft: bool = False


@dataclass(frozen=True, slots=True)
class Heading:
    """What all bars are about, and what their axis counts."""

    title: str
    axis: str = ""


def bars_svg(bars: Sequence[Bar], heading: Heading, language: Language, width: int = 720) -> str:
    """Return the bars, in the order given, as an open SVG for a page to put on its own ground.

    Soft kinds are striped as well as of another colour; where both sorts occur, a line says which is which.

    Parameters
    ----------
    width : in pixels, from about 320 on. Text keeps its size, so ask for the width that is shown.
    """
    plan = _Plan.of(bars, width)
    height = round(plan.bottom) + _FOOT
    about = _in_words(bars, heading, language)
    picture = canvas((width, height), heading.title, about, language, is_open=True)
    if not bars:
        write(picture, (0, 20), phrase("pictures", "bars_empty", language), colour=MUTED)
    else:
        _draw_axis(picture, plan, heading, language)
    if plan.legend:
        _draw_legend(picture, plan, language)
    for number, bar in enumerate(bars):
        _draw_bar(picture, bar, plan, plan.top + plan.row * number, language)
    return ElementTree.tostring(picture, encoding="unicode")


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where everything goes."""

    axis: Axis
    width: int
    legend: int  # lines that say which sort is which
    top: float  # of the first bar
    bottom: float
    is_stacked: bool

    @classmethod
    def of(cls, bars: Sequence[Bar], width: int) -> _Plan:
        is_stacked = width < _NARROW
        sorts = len({bar.is_soft for bar in bars})
        legend = 0 if sorts < 2 else 2 if is_stacked else 1
        beside, values = (_EDGE, _EDGE) if is_stacked else (round(width * _LABELS), _VALUE)
        known = [value for bar in bars for value in _finite(bar.value, bar.low, bar.high)]
        ends = min(known, default=0.0), max(known, default=0.0)
        axis = Axis.around(*ends, beside, width - beside - values, most_ticks=4 if is_stacked else 8)
        top = _LINE * legend + _HEAD + (8 if legend else 0)
        rows = (_STACKED_ROW if is_stacked else _ROW) * max(len(bars), 1)
        return cls(axis, width, legend, top, top + rows, is_stacked)

    @property
    def row(self) -> int:
        return _STACKED_ROW if self.is_stacked else _ROW

    @property
    def letters(self) -> int:
        """Of a label, at most."""
        room = self.width - _VALUE if self.is_stacked else self.axis.left
        return int(room / _LETTER) - 1


def _finite(*values: float | None) -> Iterator[float]:
    return (float(value) for value in values if value is not None and math.isfinite(value))


def _number(value: float, language: Language) -> str:
    return decimal(f"{round(value, 2) + 0.0:.2f}", language)


def _in_words(bars: Sequence[Bar], heading: Heading, language: Language) -> str:
    known = [(value, bar.label) for bar in bars for value in _finite(bar.value)]
    if not known:
        return phrase("pictures", "bars_empty", language)
    value, label = max(known)
    fields = {"count": len(bars), "label": label, "value": _number(value, language)}
    return phrase("pictures", "bars_about", language, axis=heading.axis or heading.title, **fields)


def _draw_legend(picture: Element, plan: _Plan, language: Language) -> None:
    x, y = 0.0, 12.0
    for is_soft in (False, True):
        said = phrase("pictures", "soft" if is_soft else "technical", language)
        _draw_box(picture, (x + 1, x + 17), y, is_soft)
        write(picture, (x + 24, y + 4), said, colour=MUTED)
        if plan.is_stacked:
            y += _LINE
        else:
            x += 48 + _LETTER * len(said)


def _draw_axis(picture: Element, plan: _Plan, heading: Heading, language: Language) -> None:
    write(picture, (0, plan.top - 30), heading.axis, size=12, colour=MUTED)
    for value in plan.axis.ticks():
        x = plan.axis.x(value)
        stroke(picture, (x, plan.top - 6), (x, plan.bottom), FAINT)
        write(
            picture,
            (x, plan.top - 10),
            decimal(f"{value:.4g}", language),
            size=11,
            anchor="middle",
            colour=MUTED,
        )


def _draw_bar(picture: Element, bar: Bar, plan: _Plan, top: float, language: Language) -> None:
    group = ElementTree.SubElement(picture, "g")
    tip(group, _said(bar, language))
    words = top + (12 if plan.is_stacked else 19)
    middle = top + (27 if plan.is_stacked else 15)
    write(group, (0, words), shortened(bar.label, plan.letters), size=13)
    for value in _finite(bar.value):
        write(group, (plan.width, words), _number(value, language), size=13, anchor="end")
        _draw_box(group, (plan.axis.x(0.0), plan.axis.x(value)), middle, bar.is_soft)
        _draw_interval(group, bar, plan.axis, middle)
        return
    note = shortened(bar.note or "–", int((plan.width - plan.axis.left) / _LETTER))
    write(group, (plan.axis.left, middle + 4), note, colour=MUTED)


def _said(bar: Bar, language: Language) -> str:
    """Return what is said of a bar when somebody points at it."""
    values = [_number(value, language) for value in _finite(bar.value)]
    ends = [_number(end, language) for end in _finite(bar.low, bar.high)]
    figure = f"{values[0]} [{ends[0]}; {ends[1]}]" if values and len(ends) == 2 else "".join(values)
    return ": ".join(
        part for part in (bar.label, "; ".join(part for part in (figure, bar.note) if part)) if part
    )


def _draw_box(parent: Element, ends: tuple[float, float], middle: float, is_soft: bool) -> None:
    """Draw a bar, full or striped; by a path, since the id of a pattern could be another picture's too."""
    left, right = min(ends), max(ends)
    top, colour = middle - _BAR / 2, SECOND if is_soft else FIRST
    box = {"x": f"{left:.1f}", "y": f"{top:.1f}", "width": f"{right - left:.1f}", "height": f"{_BAR:g}"}
    drawn = {"fill": colour, "stroke": colour, "stroke-width": "1.5", **look(colour)}
    if not is_soft:
        ElementTree.SubElement(parent, "rect", box | drawn)
        return
    drawn["class"] += " pic-hollow"
    ElementTree.SubElement(parent, "rect", box | drawn | {"fill": "white"})
    count = int((right - left) / _STRIPE)
    stripes = "".join(f"M{left + _STRIPE * number:.1f} {top:.1f}v{_BAR:g}" for number in range(1, count + 1))
    if stripes:
        ElementTree.SubElement(parent, "path", drawn, d=stripes)


def _draw_interval(group: Element, bar: Bar, axis: Axis, middle: float) -> None:
    ends = [axis.x(end) for end in _finite(bar.low, bar.high)]
    if len(ends) < 2:
        return
    # A pale line below keeps the dark one visible on the bar.
    for colour, wide, reach in ((GROUND, 5.0, 6), (INK, 2.0, 5)):
        stroke(group, (ends[0], middle), (ends[1], middle), colour, width=wide)
        for x in ends:
            stroke(group, (x, middle - reach), (x, middle + reach), colour, width=wide)
