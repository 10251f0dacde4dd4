"""All text of the pages comes from one catalogue, in both languages; nothing in it is missing or unused."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import api.pages
from api.pages.words import catalogue, word
from recommender.explain import LANGUAGES, Language
from recommender.store.invitations import HOURS

FOLDER = Path(api.pages.__file__).parent
TEMPLATES = sorted((FOLDER / "templates").glob("*.html"))
CODE = sorted(FOLDER.glob("*.py"))
NOT_OURS = re.compile(
    r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}|<!doctype[^>]*>|<!--.*?-->", re.DOTALL | re.IGNORECASE
)
TAG = re.compile(r"<[^>]*>", re.DOTALL)
READ_OUT = re.compile(
    r"""\b(?:title|alt|aria-label|aria-description|aria-roledescription|placeholder|label|summary)\s*=\s*"([^"]*)\"""",
    re.IGNORECASE,
)
LETTER = re.compile(r"[^\W\d_]{2,}")
# t("group.name"), and t("group." ~ something): then all of the group may be meant.
NAMED = re.compile(r"""["']([a-z_]+\.[a-zA-Z0-9_-]+)["']""")
BUILT = re.compile(r"""["']([a-z_]+\.(?:[a-z_]+)?)["']\s*~|f["']([a-z_]+\.[a-z_]*)\{""")
FIELD = re.compile(r"\{(\w+)\}")
# Words that no text uses, since an official one stands for the same thing everywhere.
OTHERWISE = {
    "tuntut": "dipersyaratkan, standar kompetensi jabatan",
    "disebut namanya": "yang tercantum namanya",
    "terlebar": "terbesar",
    "saringan": "filter",
    "komputer": "sistem",
    "andaian": "simulasi",
    "batas simpan": "retensi",
    "diperingkat": "pemeringkatan otomatis",
    "bundel": "paket model",
    "program": "pelatihan",
}


def markup(template: Path) -> str:
    """Return a template without what is filled in and what steers it: there `-` joins, here blanks do."""
    return NOT_OURS.sub(" ", template.read_text("utf-8"))


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_template_has_a_text_of_its_own(template: Path) -> None:
    # Attributes may stand outside of a tag: a macro writes some for several tags.
    text = re.sub(r"""[\w-]+\s*=\s*"[^"]*\"""", " ", markup(template))
    text = TAG.sub(" ", text)
    assert LETTER.findall(text) == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_nothing_that_is_read_out_has_a_text_of_its_own(template: Path) -> None:
    assert [found for found in READ_OUT.findall(markup(template)) if LETTER.search(found)] == []


def test_every_text_is_there_in_every_language() -> None:
    lacking = {
        key: texts
        for key, texts in catalogue().items()
        if set(texts) != set(LANGUAGES) or not all(texts.values())
    }
    assert lacking == {}


def test_both_languages_are_filled_in_with_the_same_fields() -> None:
    different = [
        key
        for key, texts in catalogue().items()
        if len({frozenset(FIELD.findall(text)) for text in texts.values()}) > 1
    ]
    assert different == []


@pytest.mark.parametrize("avoided", OTHERWISE)
def test_one_word_stands_for_one_thing(avoided: str) -> None:
    found = re.compile(rf"\b(?:di)?{avoided}", re.IGNORECASE)
    assert [key for key, texts in catalogue().items() if found.search(texts["id"])] == [], OTHERWISE[avoided]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_run_says_where_its_link_is_and_how_long_it_holds(language: Language) -> None:
    said = word("sign_in.first_run", language)
    assert f" {HOURS:g} {'jam' if language == 'id' else 'hours'}" in said
    assert "«recommender accounts create»" in said
    assert ("Bila" if language == "id" else "If") in said, "without a terminal nothing is printed"


def sources() -> str:
    return "\n".join(path.read_text("utf-8") for path in (*TEMPLATES, *CODE))


def test_no_text_is_missing() -> None:
    groups = {key.partition(".")[0] for key in catalogue()}
    named = {key for key in NAMED.findall(sources()) if key.partition(".")[0] in groups}
    files = {one for one in named if one.endswith((".html", ".css", ".js", ".svg", ".toml"))}
    columns = {one for one in named if f"fields.{one.replace('.', '_')}" in catalogue()}
    begun = {one or other for one, other in BUILT.findall(sources())}
    assert named - files - columns - begun - set(catalogue()) == set()
    assert [one for one in begun if not any(key.startswith(one) for key in catalogue())] == []


def test_no_text_is_unused() -> None:
    text = sources()
    built = {one or other for one, other in BUILT.findall(text)}
    named = set(NAMED.findall(text))
    unused = [key for key in catalogue() if key not in named and not key.startswith(tuple(built))]
    assert unused == []
