"""What programs were found to change as a picture: a forest plot, one row per program and competency."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np

from recommender.domain import IntArray
from recommender.effects import ProgramEffects
from recommender.effects.programs import MOSTLY
from recommender.explain.axis import Axis
from recommender.explain.drawing import FAINT, INK, MUTED, Point, canvas, shortened, stroke, tip, write
from recommender.explain.findings import VERDICTS, Verdict, outcome_name, verdicts, warnings_in
from recommender.explain.phrases import Language, phrase

_ROW, _TOP, _FOOT = 22, 112, 66  # pixels
_PROGRAM, _COMPETENCY, _PLOT, _PLOT_WIDTH = 24, 292, 484, 320  # where columns begin
_EFFECT, _PEOPLE, _BORROWED, _WIDTH = 938, 1044, 1110, 1134  # where columns end
_COLOURS: Mapping[Verdict, str] = {"works": "#1f5fa8", "little": "#c0392b", "unknown": "#222222"}
_PALE = "#8a8a8a"

Row = tuple[Verdict, int | str]  # the place of an outcome, or what is said between outcomes


def forest_svg(
    effects: ProgramEffects, language: Language, places: IntArray | None = None, most: int | None = 20
) -> str:
    """Return the effects as an SVG document, in the order of `verdicts` and under its headings.

    What is mostly borrowed is grey and hollow. A hollow diamond stands where the catalogue sees the dot.

    Parameters
    ----------
    places : the outcomes to draw, by default all.
    most : outcomes drawn of each verdict at most; None draws all. What is left out is counted.
    """
    found = verdicts(effects, np.arange(len(effects)) if places is None else places)
    rows = list(_rows(found, most, language))
    drawn = np.array([row for _, row in rows if not isinstance(row, str)], dtype=np.int64)
    bottom = _TOP + _ROW * len(rows)
    axis = _axis(effects, drawn)
    counts = {verdict: len(found[verdict]) for verdict in VERDICTS}
    about = phrase("forest", "description", language, **counts)
    title, legend = phrase("effects", "title", language), phrase("forest", "legend", language)
    picture = canvas((_WIDTH, bottom + _FOOT), title, f"{about} {legend}", language)
    write(picture, (_PROGRAM, 30), title, size=17)
    write(picture, (_PROGRAM, 50), about, colour=MUTED)
    _draw_head(picture, axis, bottom, language)
    for number, (verdict, row) in enumerate(rows):
        y = _TOP + _ROW * (number + 0.5)
        if isinstance(row, str):
            _draw_words(picture, row, _COLOURS[verdict], y)
        else:
            _draw(picture, Drawn(effects, row, _COLOURS[verdict], language), axis, y)
    write(picture, (_PROGRAM, bottom + _FOOT - 12), legend, size=11, colour=MUTED)
    return ElementTree.tostring(picture, encoding="unicode")


def _rows(found: Mapping[Verdict, IntArray], most: int | None, language: Language) -> Iterator[Row]:
    for verdict, places in found.items():
        if not len(places):
            continue
        said = phrase("effects", verdict, language)
        yield verdict, phrase("effects", "counted", language, verdict=said, count=len(places))
        shown = places if most is None else places[:most]
        yield from ((verdict, int(place)) for place in shown)
        if len(shown) < len(places):
            yield verdict, phrase("effects", "hidden_rows", language, count=len(places) - len(shown))


def _axis(effects: ProgramEffects, drawn: IntArray) -> Axis:
    """Return an axis that holds 0, all intervals and all promises."""
    least = float(effects.lower[drawn].min(initial=0.0))
    most = float(max(effects.upper[drawn].max(initial=0.0), effects.declared[drawn].max(initial=0.0)))
    return Axis.around(least, most, _PLOT, _PLOT_WIDTH)


def _draw_head(picture: Element, axis: Axis, bottom: float, language: Language) -> None:
    heads = {"program": _PROGRAM, "competency": _COMPETENCY}
    ends = {"effect": _EFFECT, "people": _PEOPLE, "borrowed": _BORROWED}
    for name, edge in (heads | ends).items():
        anchor = "start" if name in heads else "end"
        write(picture, (edge, _TOP - 12), phrase("forest", name, language), anchor=anchor, colour=MUTED)
    middle = _PLOT + _PLOT_WIDTH / 2
    named = phrase("forest", "axis", language)
    write(picture, (middle, _TOP - 32), named, size=11, anchor="middle", colour=MUTED)
    for level in axis.ticks():
        x = axis.x(level)
        stroke(picture, (x, _TOP - 6), (x, bottom), FAINT)
        for height in (_TOP - 12, bottom + 16):
            write(picture, (x, height), f"{level:.4g}", anchor="middle", colour=MUTED)
    stroke(picture, (axis.x(0.0), _TOP - 6), (axis.x(0.0), bottom), INK)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One outcome, and how it is drawn."""

    effects: ProgramEffects
    place: int
    colour: str
    language: Language

    @property
    def is_borrowed(self) -> bool:
        """Whether hardly anything of it is a finding of its own."""
        return bool(self.effects.borrowed[self.place] > MOSTLY)

    @property
    def program(self) -> str:
        """The program's id and title."""
        programs, row = self.effects.dataset.programs, self.effects.program[self.place]
        return f"{programs.ids[row]} {programs.title[row] or ''}".strip()

    @property
    def competency(self) -> str:
        """The competency's name and of whom it is."""
        return outcome_name(self.effects, self.place, self.language)

    @property
    def figures(self) -> tuple[str, str, str]:
        """Effect with interval, people, and how much was borrowed."""
        effects, k = self.effects, self.place
        effect, lower, upper = (
            f"{np.round(value[k], 2) + 0.0:.2f}" for value in (effects.effect, effects.lower, effects.upper)
        )
        people = f"{effects.judged[k]:,} / {effects.people[k]:,}"
        return f"{effect} [{lower}, {upper}]", people, f"{effects.borrowed[k]:.0%}"


def _draw_words(picture: Element, text: str, colour: str, y: float) -> None:
    across = {"x": str(_PROGRAM), "y": f"{y - _ROW / 2:.1f}", "width": str(_WIDTH - 2 * _PROGRAM)}
    ElementTree.SubElement(picture, "rect", across, height=str(_ROW), fill="white")
    write(picture, (_PROGRAM, y + 4), text, colour=colour)


def _draw(picture: Element, one: Drawn, axis: Axis, y: float) -> None:
    effects, k = one.effects, one.place
    effect, people, borrowed = one.figures
    group = ElementTree.SubElement(picture, "g")
    said = [f"{one.program}, {one.competency}: {effect}", *warnings_in(effects, k, one.language)]
    tip(group, "; ".join(said))
    write(group, (_PROGRAM, y + 4), shortened(one.program, 36))
    write(group, (_COMPETENCY, y + 4), shortened(one.competency, 30), size=11)
    for end, figure in ((_EFFECT, effect), (_PEOPLE, people), (_BORROWED, borrowed)):
        write(group, (end, y + 4), figure, size=11, anchor="end")
    colour = _PALE if one.is_borrowed else one.colour
    ends = axis.x(float(effects.lower[k])), axis.x(float(effects.upper[k]))
    stroke(group, (ends[0], y), (ends[1], y), colour, width=2)
    _diamond(group, (axis.x(float(effects.declared[k])), y))
    centre = {"cx": f"{axis.x(float(effects.effect[k])):.1f}", "cy": f"{y:.1f}", "r": "5"}
    fill = "white" if one.is_borrowed else colour
    ElementTree.SubElement(group, "circle", centre | {"stroke-width": "2"}, fill=fill, stroke=colour)


def _diamond(parent: Element, at: Point) -> None:
    x, y = at
    corners = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in ((0, -5), (5, 0), (0, 5), (-5, 0)))
    ElementTree.SubElement(parent, "polygon", points=corners, fill="white", stroke=INK)
