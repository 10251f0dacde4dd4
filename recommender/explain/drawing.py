"""Strokes and words of a picture (SVG), for all pictures alike."""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from recommender.explain.phrases import Language

INK, MUTED, FAINT = "#222222", "#777777", "#dddddd"
Point = tuple[float, float]  # pixels from the left and from the top

# What XML 1.0 forbids even as a reference, such as the control characters of a broken export.
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def canvas(size: tuple[int, int], title: str, description: str, language: Language) -> Element:
    """Return an empty white picture with a name and a description for those who cannot see it.

    Parameters
    ----------
    size : width and height in pixels.
    """
    width, height = size
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
    ElementTree.SubElement(picture, "title").text = writable(title)
    ElementTree.SubElement(picture, "desc").text = writable(description)
    ElementTree.SubElement(picture, "rect", width="100%", height="100%", fill="white")
    return picture


def write(
    parent: Element, at: Point, text: str, *, size: int = 12, anchor: str = "start", colour: str = INK
) -> Element:
    """Add words that start, end or have their middle at a point, and return them."""
    place = {"x": f"{at[0]:.1f}", "y": f"{at[1]:.1f}", "font-size": str(size), "text-anchor": anchor}
    words = ElementTree.SubElement(parent, "text", place, fill=colour)
    words.text = writable(text)
    return words


def stroke(
    parent: Element, start: Point, end: Point, colour: str, *, width: float = 1, dash: str = "none"
) -> None:
    """Add a straight line."""
    ends = {"x1": start[0], "y1": start[1], "x2": end[0], "y2": end[1]}
    place = {name: f"{value:.1f}" for name, value in ends.items()}
    style = {"stroke": colour, "stroke-width": f"{width:g}", "stroke-dasharray": dash}
    ElementTree.SubElement(parent, "line", place | style)


def tip(parent: Element, text: str) -> None:
    """Say of a group what shows when somebody points at it."""
    ElementTree.SubElement(parent, "title").text = writable(text)


def shortened(text: str, most: int) -> str:
    """Return a text of at most so many characters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def writable(text: str) -> str:
    """Return a text without the characters that no XML may hold."""
    return _UNWRITABLE.sub("�", text)
