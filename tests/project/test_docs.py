"""Everything a user can name is named in the docs."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache

import typer

from recommender.cli import app
from recommender.rankers import RANKERS
from recommender.schema import TABLES

from .source import ROOT

DOCS = ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md", "data/README.md", "api/README.md")
CODE_OR_HEADING = re.compile(r"^(?:```|~~~).*?^(?:```|~~~)|`[^`\n]+`|^#+ .*?$", re.MULTILINE | re.DOTALL)


@cache
def _documented() -> str:
    """All that the docs set as code or as a heading: `plan` the word in a sentence documents nothing."""
    texts = [(ROOT / name).read_text(encoding="utf-8") for name in DOCS]
    return "\n".join(found.group() for text in texts for found in CODE_OR_HEADING.finditer(text))


def _undocumented(names: Iterable[str]) -> list[str]:
    return [name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", _documented())]


def _commands(group: typer.core.TyperGroup, prefix: str) -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, typer.core.TyperGroup):
            yield from _commands(command, f"{prefix} {name}")
        elif not command.hidden:
            yield f"{prefix} {name}"


def test_commands_are_documented() -> None:
    group = typer.main.get_command(app)
    assert isinstance(group, typer.core.TyperGroup)
    assert _undocumented(_commands(group, "recommender")) == [], f"name it in one of {DOCS}"


def test_rankers_are_documented() -> None:
    assert _undocumented(RANKERS) == [], f"name it in one of {DOCS}"


def test_tables_are_documented() -> None:
    assert _undocumented(TABLES) == [], f"name it in one of {DOCS}"


def test_policy_sections_are_documented() -> None:
    policy = tomllib.loads((ROOT / "recommender/policies/asn.toml").read_text(encoding="utf-8"))
    # A single value is a table too: it carries its source beside it.
    sections = [name for name, value in policy.items() if isinstance(value, dict) and "value" not in value]
    assert _undocumented(f"[{name}]" for name in sections) == [], f"name it in one of {DOCS}"


def test_make_targets_are_documented() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE)
    assert _undocumented(f"make {target}" for target in targets if target != "help") == [], (
        f"name it in one of {DOCS}"
    )
