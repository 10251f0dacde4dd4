"""Every sentence exists in every language, with the same fields."""

from __future__ import annotations

import re
import tomllib
from importlib import resources
from string import Formatter
from typing import Any

import pytest

from recommender.engine import RULES
from recommender.explain import LANGUAGES, phrase
from recommender.rankers import RANKERS

PHRASES: dict[str, dict[str, dict[str, str]]] = tomllib.loads(
    resources.files("recommender.explain").joinpath("phrases.toml").read_text("utf-8")
)
ALL = [(group, name) for group, names in PHRASES.items() for name in names]


def fields(text: str) -> set[str | None]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


@pytest.mark.parametrize(("group", "name"), ALL)
def test_a_sentence_is_said_in_both_languages_with_the_same_fields(group: str, name: str) -> None:
    texts = PHRASES[group][name]
    assert set(texts) == set(LANGUAGES)
    assert all(text.strip() for text in texts.values())
    assert texts["id"] != texts["en"]
    assert fields(texts["id"]) == fields(texts["en"])


@pytest.mark.parametrize(("group", "name"), ALL)
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_takes_its_fields(group: str, name: str, language: Any) -> None:
    values = {str(field): f"<{field}>" for field in fields(PHRASES[group][name][language])}
    said = phrase(group, name, language, **values)
    assert set(re.findall(r"<\w+>", said)) == set(values.values())
    assert "{" not in said


@pytest.mark.parametrize("avoided", ["tuntut", "disebut namanya", "pinjam", "dampak", "janji", "komputer"])
def test_indonesian_says_the_official_word(avoided: str) -> None:
    # dipersyaratkan, yang tercantum namanya, data lain, pengaruh, sasaran katalog, sistem
    assert [one for one in ALL if avoided in PHRASES[one[0]][one[1]]["id"].casefold()] == []


def test_every_exclusion_has_a_phrase_and_every_phrase_an_exclusion() -> None:
    assert set(PHRASES["exclusions"]) == {*RULES, "not_worth", "nothing_known", "covered"}


def test_every_kind_of_reason_has_a_phrase() -> None:
    kinds = {ranker.kind for ranker in RANKERS.values()} | {
        "person",
        "mandate",
        "completion",
        "hours",
        "base",
    }
    assert kinds <= set(PHRASES["reasons"])


@pytest.mark.parametrize("name", ["gap", "sequence", "mandate", "text"])
def test_a_reason_with_a_fact_has_words_for_when_there_is_none(name: str) -> None:
    assert not fields(PHRASES["reasons"][f"{name}_none"]["en"])


def test_an_unknown_sentence_is_an_error() -> None:
    with pytest.raises(KeyError):
        phrase("notes", "no such note", "en")
