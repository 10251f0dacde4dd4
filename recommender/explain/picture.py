"""A profile as a picture: one row per competency, level held with its interval against the level asked."""

from __future__ import annotations

from xml.etree import ElementTree

from recommender.domain import CompetencyLine, Profile
from recommender.explain.phrases import Language, phrase
from recommender.policy import Levels

_ROW, _TOP, _LABEL, _PLOT, _MARGIN = 26, 84, 250, 420, 24  # pixels
_HELD, _SHORT, _ASKED, _MUTED = "#1f5fa8", "#c0392b", "#222222", "#777777"


def profile_svg(profile: Profile, levels: Levels, language: Language) -> str:
    """Return the profile as an SVG document; a level short of what is asked is drawn red as well as left."""
    height = _TOP + _ROW * len(profile.lines) + 56
    width = _LABEL + _PLOT + 2 * _MARGIN
    picture = ElementTree.Element(
        "svg",
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width} {height}",
        width=str(width),
        height=str(height),
        role="img",
        lang=language,
        style="font-family: sans-serif",
    )
    title = phrase("profile", "title", language, employee=profile.employee_id)
    ElementTree.SubElement(picture, "title").text = title
    ElementTree.SubElement(picture, "rect", width="100%", height="100%", fill="white")
    _text(picture, (_MARGIN, 28), title, size=17)
    _text(picture, (_MARGIN, 48), _subtitle(profile, language), colour=_MUTED)
    _scale(picture, levels, height - 44)
    for row, line in enumerate(profile.lines):
        _line(picture, line, levels, _TOP + _ROW * row)
    _text(picture, (_MARGIN, height - 12), phrase("profile", "legend", language), size=11, colour=_MUTED)
    return ElementTree.tostring(picture, encoding="unicode")


def _subtitle(profile: Profile, language: Language) -> str:
    parts = [
        phrase("profile", name, language, position=text)
        for name, text in (("position", profile.position), ("next_position", profile.next_position))
        if text
    ]
    return " · ".join([*parts, profile.as_of])


def _x(level: float, levels: Levels) -> float:
    return _MARGIN + _LABEL + _PLOT * (level - levels.minimum) / (levels.maximum - levels.minimum)


def _scale(picture: ElementTree.Element, levels: Levels, bottom: float) -> None:
    for step in range(6):
        level = levels.minimum + step * (levels.maximum - levels.minimum) / 5.0
        x = _x(level, levels)
        _stroke(picture, (x, _TOP - 14), (x, bottom), "#dddddd")
        _text(picture, (x, _TOP - 18), f"{level:g}", anchor="middle", colour=_MUTED)


def _line(picture: ElementTree.Element, line: CompetencyLine, levels: Levels, y: float) -> None:
    group = ElementTree.SubElement(picture, "g")
    tip = f"{line.name}: {line.held:.1f} [{line.low:.1f}, {line.high:.1f}]; {line.rests_on}"
    ElementTree.SubElement(group, "title").text = tip
    name = line.name if len(line.name) <= 36 else line.name[:35] + "…"
    _text(group, (_MARGIN, y + 4), name)
    is_short = line.required is not None and line.held < line.required
    colour = _SHORT if is_short else _HELD
    _stroke(group, (_x(line.low, levels), y), (_x(line.high, levels), y), colour, width=4)
    centre = {"cx": f"{_x(line.held, levels):.1f}", "cy": f"{y:.1f}"}
    ElementTree.SubElement(group, "circle", centre, r="6", fill=colour)
    if line.next_required is not None:
        x = _x(line.next_required, levels)
        _stroke(group, (x, y - 9), (x, y + 9), _MUTED, width=2, dash="3 3")
    if line.required is not None:
        x = _x(line.required, levels)
        _stroke(group, (x, y - 9), (x, y + 9), _ASKED, width=3)


def _text(
    parent: ElementTree.Element,
    at: tuple[float, float],
    text: str,
    *,
    size: int = 12,
    anchor: str = "start",
    colour: str = _ASKED,
) -> None:
    place = {"x": f"{at[0]:.1f}", "y": f"{at[1]:.1f}", "font-size": str(size), "text-anchor": anchor}
    ElementTree.SubElement(parent, "text", place, fill=colour).text = text


def _stroke(
    parent: ElementTree.Element,
    start: tuple[float, float],
    end: tuple[float, float],
    colour: str,
    width: int = 1,
    dash: str = "none",
) -> None:
    ends = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
    place = {name: f"{value:.1f}" for name, value in ends.items()}
    style = {"stroke": colour, "stroke-width": str(width), "stroke-dasharray": dash}
    ElementTree.SubElement(parent, "line", place | style)
