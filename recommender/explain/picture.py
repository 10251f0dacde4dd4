"""A profile as a picture: one row per competency, level held with its interval against the level asked."""

from __future__ import annotations

from xml.etree import ElementTree

from recommender.domain import CompetencyLine, Profile
from recommender.explain.drawing import FAINT, INK, MUTED, canvas, shortened, stroke, tip, write
from recommender.explain.phrases import Language, phrase
from recommender.policy import Levels

_ROW, _TOP, _LABEL, _PLOT, _MARGIN = 26, 84, 250, 420, 24  # pixels
_HELD, _SHORT = "#1f5fa8", "#c0392b"


def profile_svg(profile: Profile, levels: Levels, language: Language) -> str:
    """Return the profile as an SVG document; a level short of what is asked is drawn red as well as left."""
    height = _TOP + _ROW * len(profile.lines) + 56
    width = _LABEL + _PLOT + 2 * _MARGIN
    title = phrase("profile", "title", language, employee=profile.employee_id)
    picture = canvas((width, height), title, phrase("profile", "legend", language), language)
    write(picture, (_MARGIN, 28), title, size=17)
    write(picture, (_MARGIN, 48), _subtitle(profile, language), colour=MUTED)
    _scale(picture, levels, height - 44)
    for row, line in enumerate(profile.lines):
        _line(picture, line, levels, _TOP + _ROW * row)
    write(picture, (_MARGIN, height - 12), phrase("profile", "legend", language), size=11, colour=MUTED)
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
        stroke(picture, (x, _TOP - 14), (x, bottom), FAINT)
        write(picture, (x, _TOP - 18), f"{level:g}", anchor="middle", colour=MUTED)


def _line(picture: ElementTree.Element, line: CompetencyLine, levels: Levels, y: float) -> None:
    group = ElementTree.SubElement(picture, "g")
    about = f"{line.name}: {line.held:.1f} [{line.low:.1f}, {line.high:.1f}]; {line.rests_on}"
    tip(group, about)
    write(group, (_MARGIN, y + 4), shortened(line.name, 36))
    is_short = line.required is not None and line.held < line.required
    colour = _SHORT if is_short else _HELD
    stroke(group, (_x(line.low, levels), y), (_x(line.high, levels), y), colour, width=4)
    centre = {"cx": f"{_x(line.held, levels):.1f}", "cy": f"{y:.1f}"}
    ElementTree.SubElement(group, "circle", centre, r="6", fill=colour)
    if line.next_required is not None:
        x = _x(line.next_required, levels)
        stroke(group, (x, y - 9), (x, y + 9), MUTED, width=2, dash="3 3")
    if line.required is not None:
        x = _x(line.required, levels)
        stroke(group, (x, y - 9), (x, y + 9), INK, width=3)
