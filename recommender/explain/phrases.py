"""The sentences, read once from `phrases.toml`."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any, Literal

Language = Literal["id", "en"]
LANGUAGES: tuple[Language, ...] = ("id", "en")


@cache
def _phrases() -> dict[str, Any]:
    return tomllib.loads(resources.files("recommender.explain").joinpath("phrases.toml").read_text("utf-8"))


def phrase(group: str, name: str, language: Language, **fields: object) -> str:
    """Return the sentence `name` of a group ("reasons", "notes", "exclusions") with its fields filled in."""
    text: str = _phrases()[group][name][language]
    return text.format(**fields)


def decimal(figure: str, language: Language) -> str:
    """Return a figure such as "0.3" with the decimal sign of the language: a comma in Indonesian."""
    return figure.replace(".", ",") if language == "id" else figure


def has_phrase(group: str, name: str) -> bool:
    """Return whether a group has a sentence of this name."""
    return name in _phrases()[group]
