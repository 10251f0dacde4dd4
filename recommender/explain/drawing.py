"""Strokes and words of a picture (SVG), for all pictures alike."""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from recommender.explain.phrases import Language

INK, MUTED, FAINT, GROUND = "#222222", "#666666", "#dddddd", "#ffffff"
FIRST, SECOND = "#0a6c78", "#a8510c"  # two sorts of marks; tell them apart by shape or filling as well
Point = tuple[float, float]  # pixels from the left and from the top

# A page that holds an open picture (without a ground of its own) gives these its own colours, light or dark.
_CLASSES = {
    INK: "pic-ink",
    MUTED: "pic-muted",
    FAINT: "pic-faint",
    GROUND: "pic-ground",
    FIRST: "pic-a",
    SECOND: "pic-b",
}

# What XML 1.0 forbids even as a reference, such as the control characters of a broken export.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def canvas(
    size: tuple[int, int], title: str, description: str, language: Language, is_open: bool = False
) -> Element:
    """Return an empty white picture with a name and a description for those who cannot see it.

    Nothing in a picture is said by a style attribute: a page may be forbidden to obey it.

    Parameters
    ----------
    size : width and height in pixels.
    is_open : leave out the white ground, for a page to show its own and to give its own colours to the marks.
    """
    width, height = size
    picture = ElementTree.Element(
        "svg",
        {"xmlns": "http://www.w3.org/2000/svg", "font-family": "sans-serif"},
        viewBox=f"0 0 {width} {height}",
        width=str(width),
        height=str(height),
        role="img",
        lang=language,
    )
    ElementTree.SubElement(picture, "title").text = writable(title)
    ElementTree.SubElement(picture, "desc").text = writable(description)
    if is_open:
        picture.set("class", "pic")
    else:
        ElementTree.SubElement(picture, "rect", width="100%", height="100%", fill="white")
    return picture


def look(colour: str) -> dict[str, str]:
    """Return the class by which a page knows the marks of this colour."""
    return {"class": _CLASSES[colour]} if colour in _CLASSES else {}


def write(
    parent: Element, at: Point, text: str, *, size: int = 12, anchor: str = "start", colour: str = INK
) -> Element:
    """Add words that start, end or have their middle at a point, and return them."""
    place = {"x": f"{at[0]:.1f}", "y": f"{at[1]:.1f}", "font-size": str(size), "text-anchor": anchor}
    words = ElementTree.SubElement(parent, "text", place | look(colour), fill=colour)
    words.text = writable(text)
    return words


def stroke(
    parent: Element, start: Point, end: Point, colour: str, *, width: float = 1, dash: str = "none"
) -> None:
    """Add a straight line."""
    ends = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
    place = {name: f"{value:.1f}" for name, value in ends.items()}
    style = {"stroke": colour, "stroke-width": f"{width:g}", "stroke-dasharray": dash}
    ElementTree.SubElement(parent, "line", place | style | look(colour))


def tip(parent: Element, text: str) -> None:
    """Say of a group what shows when somebody points at it."""
    ElementTree.SubElement(parent, "title").text = writable(text)


def shortened(text: str, most: int) -> str:
    """Return a text of at most so many characters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def writable(text: str) -> str:
    """Return a text without the characters that no XML may hold."""
    return _UNWRITABLE.sub("�", text)
