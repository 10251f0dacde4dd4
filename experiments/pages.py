"""Pages of results in Markdown: what was measured, by which command, on what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from experiments.provenance import cores, git_commit, versions

INDEX = "README.md"


@dataclass(frozen=True, slots=True)
class Page:
    """One page of results.

    Attributes
    ----------
    headline : the one sentence that the index shows.
    parts : paragraphs and tables, in order.
    pictures : PNG files by what they show; "" is the only or first one.
    """

    title: str
    headline: str
    parts: Sequence[str]
    pictures: Mapping[str, bytes] = field(default_factory=dict)


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table; the first column is text, the others are numbers."""
    rule = ["---", *["---:"] * (len(header) - 1)]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in (header, rule, *rows))


def bullets(lines: Sequence[str]) -> str:
    """Return a Markdown list."""
    return "\n".join(f"- {line}" for line in lines)


def write_page(folder: Path, name: str, page: Page, seconds: float) -> Path:
    """Write a page with the command that made it, and bring the index up to date."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.md"
    shown = []
    for what, content in page.pictures.items():
        file = f"{name}_{what}.png" if what else f"{name}.png"
        (folder / file).write_bytes(content)
        shown.append(f"![{what.replace('_', ' ') or page.title}]({file})")
    parts = [
        f"# {page.title}",
        page.headline,
        *shown,
        *page.parts,
        "## How this was made",
        _origin(name, seconds),
    ]
    path.write_text("\n\n".join(parts) + "\n", "utf-8")
    _write_index(folder)
    return path


def _origin(name: str, seconds: float) -> str:
    libraries = ", ".join(f"{library} {version}" for library, version in versions().items())
    facts = [
        f"Commit {git_commit()}, {datetime.now(UTC):%Y-%m-%d}, {cores()} cores, {seconds:,.0f} seconds in "
        "all.",
        f"{libraries[0].upper()}{libraries[1:]}.",
        "Numbers in brackets are 95 % intervals over people (bootstrap, 1,000 draws).",
    ]
    command = f"python -m experiments benchmark DATA --only {name}"
    return f"```\n{command}\n```\n\n{bullets(facts)}"


def _write_index(folder: Path) -> None:
    lines = []
    for path in sorted(folder.glob("*.md")):
        if path.name != INDEX:
            title, headline = path.read_text("utf-8").split("\n\n")[:2]
            lines.append(f"[{title.removeprefix('# ')}]({path.name}): {headline}")
    about = (
        "Written by `make benchmark DATA=FOLDER`; each page names the command, the commit and the versions."
    )
    (folder / INDEX).write_text(f"# Results\n\n{about}\n\n{bullets(lines)}\n", "utf-8")
