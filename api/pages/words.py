"""What pages say, in both languages, from one catalogue: `words.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from recommender.explain import Language

_FILE = Path(__file__).with_name("words.toml")


@cache
def catalogue() -> dict[str, dict[Language, str]]:
    """Return all texts by their key, such as "team.title", and language."""
    groups = tomllib.loads(_FILE.read_text("utf-8"))
    return {f"{group}.{name}": texts for group, named in groups.items() for name, texts in named.items()}


def word(key: str, language: Language, **fields: object) -> str:
    """Return a text with its fields filled in.

    Raises
    ------
    KeyError
        The catalogue has no such text: a slip in a template, which a test finds.
    """
    return catalogue()[key][language].format(**fields)


def has_word(key: str) -> bool:
    """Return whether the catalogue has a text of this key."""
    return key in catalogue()
