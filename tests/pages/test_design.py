"""The stylesheet: small, alone, and of colours that can be read and told apart in both themes."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import pytest

from recommender.explain.drawing import FIRST, INK, MUTED, SECOND

PAGES = Path(__file__).resolve().parents[2] / "api" / "pages"
CSS = (PAGES / "assets" / "app.css").read_text(encoding="utf-8")
THEMES = ("light", "dark")
MOST_BYTES = 24_000

# What is written on what.
TEXTS = [
    *(
        (text, ground)
        for text in ("ink", "muted", "accent", "accent-strong", "bad")
        for ground in ("ground", "surface")
    ),
    *(("ink", f"{kind}-soft") for kind in ("accent", "good", "warn", "bad")),
    *((kind, f"{kind}-soft") for kind in ("accent", "good", "warn", "bad")),
    ("accent-strong", "accent-soft"),
    ("muted", "accent-soft"),
    ("accent-ink", "accent"),
    ("accent-ink", "accent-strong"),
    ("bad-ink", "bad"),
    ("bad-ink", "bad-strong"),
    ("band-ink", "band"),
    *(("heat-ink", f"heat-{step}") for step in range(4)),
    ("heat-ink-4", "heat-4"),
    ("heat-ink-5", "heat-5"),
]
# What must be seen to use the page: borders of inputs, focus, marks of drawings.
PARTS = [
    *((part, ground) for part in ("edge", "focus") for ground in ("ground", "surface")),
    ("focus", "accent-soft"),
    ("band-ink", "band"),
    *((mark, "ground") for mark in ("chart-a", "chart-b", "chart-short", "good", "warn", "bad", "accent")),
    *((mark, "line") for mark in ("chart-a", "chart-b", "chart-short", "ink")),
]


@cache
def tokens(theme: str) -> dict[str, str]:
    """Return the custom properties of a theme; the dark one says only what differs."""
    first, *others = re.findall(r":root \{([^}]*--ground[^}]*)\}", CSS)
    found = dict(re.findall(r"--([\w-]+): ([^;]+);", first))
    if theme == "dark":
        (dark,) = others
        found |= dict(re.findall(r"--([\w-]+): ([^;]+);", dark))
    return found


def luminance(colour: str) -> float:
    """Return the relative luminance of a colour (WCAG 2.2)."""
    parts = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_the_formula_of_contrast_gives_what_the_standard_says() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), TEXTS)
def test_text_can_be_read(text: str, ground: str, theme: str) -> None:
    assert contrast(tokens(theme)[text], tokens(theme)[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("part", "ground"), PARTS)
def test_parts_can_be_seen(part: str, ground: str, theme: str) -> None:
    assert contrast(tokens(theme)[part], tokens(theme)[ground]) >= 3.0


@pytest.mark.parametrize("theme", THEMES)
def test_a_wider_gap_is_a_stronger_colour(theme: str) -> None:
    strength = [contrast(tokens(theme)[f"heat-{step}"], tokens(theme)["ground"]) for step in range(6)]
    assert strength == sorted(set(strength))


def test_pictures_that_bring_their_own_colours_can_be_read_on_white() -> None:
    assert min(contrast(colour, "#ffffff") for colour in (INK, MUTED)) >= 4.5
    assert min(contrast(colour, "#ffffff") for colour in (FIRST, SECOND)) >= 3.0


def test_every_token_that_is_used_is_defined_and_every_colour_has_its_dark_one() -> None:
    light, dark = tokens("light"), tokens("dark")
    assert set(re.findall(r"var\(--([\w-]+)\)", CSS)) <= set(light)
    assert set(light) == set(dark)
    colours = {name for name, value in light.items() if value.startswith("#")}
    assert {name for name in colours if light[name] != dark[name]} == colours


def test_on_paper_pages_are_numbered_and_nothing_is_to_be_ticked() -> None:
    paper = CSS[CSS.index("@media print") :]
    assert not re.search(r"\.pager\b[^{]*\{ display: none", paper)
    assert re.search(r'input\[type="checkbox"\][^{]*\{ display: none', paper)
    assert re.search(r"\.button\b[^{]*\{ display: none", paper)


def test_colours_are_said_in_tokens_only() -> None:
    rules = re.sub(r":root \{[^}]*\}", "", re.sub(r"/\*.*?\*/", "", CSS, flags=re.DOTALL))
    assert not re.findall(r"#[0-9a-f]{3,8}\b(?![^{]*\{)|rgba?\(|hsl", rules)


def test_the_stylesheet_is_small_and_fetches_nothing() -> None:
    assert len(CSS.encode()) < MOST_BYTES
    assert "@import" not in CSS
    assert "url(" not in CSS
    assert "@font-face" not in CSS
    assert CSS.count("{") == CSS.count("}")


def test_nothing_is_forced_but_what_print_leaves_out() -> None:
    screen, printed = CSS.split("@media print {")
    assert "!important" not in screen
    assert re.findall(r"[^;{]+!important", printed) == [" display: none !important"]


def test_wishes_of_the_reader_are_asked_for() -> None:
    for wish in (
        "prefers-color-scheme: dark",
        "prefers-reduced-motion",
        "forced-colors",
        "pointer: coarse",
        "print",
    ):
        assert wish in CSS
    moving = [line for line in CSS.splitlines() if re.search(r"\b(transition|animation)\b:", line)]
    allowed = CSS.split("@media (prefers-reduced-motion: no-preference) {")[1].split("\n}")[0]
    assert all(line in allowed for line in moving)
