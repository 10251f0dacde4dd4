"""The page of the model and the search in the ledger: people stand there by pseudonym alone."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from api.pages.markdown import html_of
from recommender.service.ledger_page import LinesWanted
from recommender.store.askers import Asker
from recommender.store.ledger import append, event_line
from tests.pages.browsing import Browser
from tests.pages.conftest import MEMBER

NIL = "0" * 32


@pytest.fixture(scope="module")
def scientist(signed_in: Callable[[str], Browser]) -> Browser:
    return signed_in("scientist")


@pytest.fixture(scope="module")
def pseudonym(site: Browser, signed_in: Callable[[str], Browser]) -> str:
    """Return the pseudonym of somebody whose page was opened twice."""
    for _ in range(2):
        assert signed_in("manager").get(f"/people/{MEMBER}").status == 200
    found: str = site.office.members.of([MEMBER])[0].pseudonym
    return found


@pytest.mark.parametrize("path", ["/model", "/model/ledger"])
def test_the_model_is_for_scientists_and_the_office(signed_in: Callable[[str], Browser], path: str) -> None:
    seen = {who: signed_in(who).get(path).status for who in ("manager", "office", "scientist", "employee")}
    assert seen == {"manager": 403, "office": 200, "scientist": 200, "employee": 403}


def test_the_model_in_use_is_told_with_its_card(scientist: Browser) -> None:
    page, facts = scientist.get("/model"), scientist.office.model_facts()
    assert page.heading == "Model"
    assert facts.bundle in page.words
    assert facts.digest in page.words
    assert "Digunakan" in page.words, "the bundle in use is marked among those beside it"


def test_headings_of_the_page_leave_out_no_step(scientist: Browser) -> None:
    page = scientist.get("/model")
    levels = [int(one.tag[1]) for one in page.elements if one.tag in ("h1", "h2", "h3", "h4", "h5", "h6")]
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_a_newer_bundle_that_cannot_be_used_is_told(scientist: Browser) -> None:
    models = scientist.office.models
    models.fault = "the bundle is damaged"
    page = scientist.get("/model")
    models.fault = ""
    assert "Paket model yang lebih baru tidak digunakan" in page.words
    assert "the bundle is damaged" in page.words
    assert "tidak dipakai" not in scientist.get("/model").words


def test_a_card_cannot_bring_tags_pictures_styles_or_scripts() -> None:
    card = (
        '# Title <script>x()</script>\n\n<img src="x">\n\n![p](https://evil.example/p.png) '
        "[a](javascript:x) [b](https://good.example)\n\n| a | b |\n| --- | ---: |\n| <b>1</b> | 2 |\n"
    )
    html = html_of(card, lambda number: f'Table "{number}"')
    assert "<h3>Title &lt;script&gt;" in html
    for tag in ("<script", "<img", "<b>", "style=", 'href="javascript'):
        assert tag not in html
    assert '<a href="https://good.example">' in html
    assert '<td class="number">2</td>' in html
    assert '<th scope="col">a</th>' in html
    assert 'aria-label="Table &#34;1&#34;"' in html


@pytest.mark.parametrize(("depth", "tag"), [(1, "h3"), (2, "h4"), (4, "h6"), (6, "h6")])
def test_headings_of_a_card_stand_below_those_of_the_page(depth: int, tag: str) -> None:
    assert html_of("#" * depth + " x", str) == f"<{tag}>x</{tag}>\n"


def events(browser: Browser, query: str) -> list[str]:
    """Return the events of the lines that are found."""
    return [one.text for one in browser.get(f"/model/ledger{query}").all("td", **{"data-label": "Peristiwa"})]


def test_lines_about_one_person_are_found_by_pseudonym_and_no_name_stands_there(
    scientist: Browser, pseudonym: str
) -> None:
    page = scientist.get(f"/model/ledger?pseudonym={pseudonym.upper()}++")
    lines = scientist.office.ledger_lines(LinesWanted(pseudonym=pseudonym)).lines
    assert len(lines) >= 2
    assert len(page.all("time")) == len(lines)
    assert MEMBER not in page.text
    assert {one.text[:12] for one in page.all("code") if one.text.endswith("…")} == {pseudonym[:12]}
    assert lines[0].hash in page.words, "the details hold the chain"


def test_lines_are_found_by_number_event_and_day(scientist: Browser, pseudonym: str) -> None:
    line = scientist.office.ledger_lines(LinesWanted(pseudonym=pseudonym)).lines[0]
    assert len(events(scientist, f"?ledger_id={line.ledger_id}")) == 1
    assert set(events(scientist, "?event=answer")) == {"Saran"}
    assert events(scientist, f"?day={line.written_at[:10]}&event=answer")
    assert events(scientist, "?day=1999-01-01") == []
    assert "Tidak ada baris yang cocok" in scientist.get(f"/model/ledger?pseudonym={NIL}").words


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("pseudonym=E00042", "Pseudonim terdiri atas 32"),
        ("ledger_id=7", "Contoh nomor baris"),
        ("day=31-01-2026", "Tuliskan tanggal seperti"),
        ("event=DROP%20TABLE", "Pilih salah satu"),
    ],
)
def test_what_cannot_be_looked_for_is_said_beside_its_field(
    scientist: Browser, query: str, text: str
) -> None:
    page = scientist.get(f"/model/ledger?{query}")
    assert page.status == 422
    name = query.partition("=")[0]
    wrong = [one for one in page.elements if one.attributes.get("id") == f"{name}-error"]
    assert [text in one.text for one in wrong] == [True]
    assert not page.all("time"), "no lines beside a question that was not understood"


def test_older_lines_stand_on_further_pages(scientist: Browser) -> None:
    asker = Asker("key-1", "hr-system")
    with scientist.database.writing() as connection:
        append(connection, [event_line("gaps", asker, "", {"number": number}) for number in range(60)])
    page = scientist.get("/model/ledger?event=gaps")
    older = page.all("a", rel="next")[0].attributes["href"]
    second = scientist.get(older)
    first, then = ([one.text for one in shown.all("time")] for shown in (page, second))
    assert len(first) == 50
    assert len(then) == 10
    assert second.all("a", rel="prev")[0].attributes["href"] == "/model/ledger?event=gaps"
    assert "event=gaps" in older
