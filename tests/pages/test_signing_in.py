"""In by password and out again; forms of others, ended sessions and wrong passwords lead nowhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from recommender.store.accounts import NewAccount, create_account, set_password
from recommender.store.invitations import invite
from recommender.store.tables import sessions
from tests.pages.browsing import Browser

PASSWORD = "empat kata acak sekali"


@pytest.fixture(scope="module")
def account(site: Browser) -> str:
    with site.database.writing() as connection:
        made = create_account(connection, NewAccount("kepala", "Kepala Contoh", "manager", unit_id="U007"))
        set_password(connection, made.account_id, PASSWORD)
    return "kepala"


@pytest.fixture
def visitor(site: Browser) -> Iterator[Browser]:
    yield Browser(site.client)


def enter(visitor: Browser, login: str, password: str, **fields: str) -> object:
    page = visitor.get("/sign-in")
    return visitor.send(page, "/sign-in", login=login, password=password, **fields)


def test_who_is_not_signed_in_is_asked_to_and_led_back(visitor: Browser, account: str) -> None:
    page = visitor.get("/team?sort=name")
    assert page.heading == "Masuk"
    assert page.all("input", name="back")[0].attributes["value"] == "/team?sort=name"
    page = visitor.send(page, "/sign-in", login=account, password=PASSWORD, back="/team?sort=name")
    assert (page.status, page.url.partition("8000")[2]) == (200, "/team?sort=name")


@pytest.mark.parametrize(
    ("login", "password"), [("kepala", "wrong"), ("nobody", PASSWORD), ("", ""), ("kepala", PASSWORD + " ")]
)
def test_wrong_pairs_open_nothing_and_are_told_alike(
    visitor: Browser, account: str, login: str, password: str
) -> None:
    page = enter(visitor, login, password)
    assert page.status == 422
    assert "tidak cocok" in page.words
    assert PASSWORD not in page.text
    assert "session" not in visitor.cookies


def test_a_login_does_not_hang_on_capitals(visitor: Browser, account: str) -> None:
    assert enter(visitor, " KEPALA ", PASSWORD).status == 200
    assert "session" in visitor.cookies


def test_after_signing_out_the_session_opens_nothing_anywhere(visitor: Browser, account: str) -> None:
    page = enter(visitor, account, PASSWORD)
    held = dict(visitor.cookies)
    page = visitor.send(page, "/sign-out")
    assert page.heading == "Masuk"
    assert "session" not in visitor.cookies
    assert Browser(visitor.client, held).get("/team").heading == "Masuk", "the same cookie, kept by a thief"


def test_signing_in_begins_another_session(visitor: Browser, account: str) -> None:
    enter(visitor, account, PASSWORD)
    first = visitor.cookies["session"]
    token = visitor.get("/team").csrf
    visitor.post("/sign-in", {"csrf": token, "login": account, "password": PASSWORD})
    assert visitor.cookies["session"] != first
    assert Browser(visitor.client, {"session": first}).get("/team").heading == "Masuk"


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(visitor: Browser, account: str) -> None:
    page = visitor.get("/sign-in")
    answer = visitor.send(page, "/sign-in", follow=False, login=account, password=PASSWORD)
    line = answer.headers["Set-Cookie"]
    assert line.startswith("session=")
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= {part.strip() for part in line.split(";")}


def test_a_session_without_use_ends(visitor: Browser, account: str) -> None:
    enter(visitor, account, PASSWORD)
    long_ago = (datetime.now(UTC) - timedelta(minutes=61)).isoformat()
    with visitor.database.writing() as connection:
        connection.execute(update(sessions).values(seen_at=long_ago))
    page = visitor.get("/team")
    assert page.heading == "Masuk"
    assert "Sesi Anda sudah berakhir" in page.words


def test_a_form_sent_after_the_session_ended_is_not_done_and_leads_back(
    visitor: Browser, account: str
) -> None:
    enter(visitor, account, PASSWORD)
    page = visitor.get("/people/E00042")
    token = page.csrf
    with visitor.database.writing() as connection:
        connection.execute(update(sessions).values(ends_at="2000-01-01T00:00:00+00:00"))
    fields = {"csrf": token, "program": "P044", "verdict": "accept"}
    page = visitor.post("/people/E00042/decisions", fields, Referer="http://127.0.0.1:8000/people/E00042")
    assert page.heading == "Masuk"
    assert page.all("input", name="back")[0].attributes["value"] == "/people/E00042"
    with visitor.database.reading() as connection:
        made = connection.exec_driver_sql("SELECT count(*) FROM decisions WHERE program_id = 'P044'")
        assert made.scalar_one() == 0


@pytest.mark.parametrize(
    "back",
    [
        *("//evil.example", "https://evil.example/x", "/\\evil.example", "javascript:1", "/\n/evil.example"),
        *("x", "//[", "http://[", "//a℀b"),
    ],
)
def test_nobody_is_led_to_another_host(visitor: Browser, account: str, back: str) -> None:
    page = visitor.get("/sign-in")
    answer = visitor.send(page, "/sign-in", follow=False, login=account, password=PASSWORD, back=back)
    assert answer.headers["Location"] == "/"


def forged(visitor: Browser, token: str | None) -> dict[str, str]:
    fields = {"login": "kepala", "password": PASSWORD}
    return fields if token is None else {**fields, "csrf": token}


@pytest.mark.parametrize("token", [None, "", "x", "AAAA", "é" * 40, "A" * 88])
def test_a_form_without_our_token_is_refused(visitor: Browser, account: str, token: str | None) -> None:
    visitor.get("/sign-in")
    visitor.post("/sign-in", forged(visitor, token))
    assert "session" not in visitor.cookies


def test_a_token_of_another_browser_is_refused(visitor: Browser, account: str) -> None:
    other = Browser(visitor.client).get("/sign-in").csrf
    visitor.get("/sign-in")
    visitor.post("/sign-in", forged(visitor, other))
    assert "session" not in visitor.cookies


def test_a_form_from_another_site_is_refused_even_with_a_token(visitor: Browser, account: str) -> None:
    token = visitor.get("/sign-in").csrf
    visitor.post("/sign-in", forged(visitor, token), **{"Sec-Fetch-Site": "cross-site"})
    assert "session" not in visitor.cookies


def test_a_token_looks_different_each_time(visitor: Browser) -> None:
    assert visitor.get("/sign-in").csrf != visitor.get("/sign-in").csrf


def test_a_signed_in_form_without_a_token_is_refused(signed_in: Callable[[str], Browser]) -> None:
    manager = signed_in("manager")
    page = manager.post("/people/E00042/decisions", {"program": "P044", "verdict": "accept"})
    assert page.status == 403


def test_an_invitation_sets_a_password_once(visitor: Browser) -> None:
    with visitor.database.writing() as connection:
        made = create_account(connection, NewAccount("baru", "Orang Baru", "training-office"))
        token = invite(connection, made.account_id)
    page = visitor.get(f"/invitation/{token}")
    assert page.heading == "Tetapkan kata sandi"
    page = visitor.send(page, f"/invitation/{token}", password="pendek", again="pendek")
    assert (page.status, "terlalu mudah" in page.words) == (422, True)
    page = visitor.send(page, f"/invitation/{token}", password=PASSWORD, again="other than that")
    assert "tidak sama" in page.words
    page = visitor.send(page, f"/invitation/{token}", password=PASSWORD, again=PASSWORD)
    assert page.status == 200
    assert "Orang Baru" in page.words
    assert Browser(visitor.client).get(f"/invitation/{token}").status == 404


@pytest.mark.parametrize("token", ["x", "%00", "a" * 3000, "..%2F"])
def test_an_invitation_that_never_was_opens_nothing(visitor: Browser, token: str) -> None:
    assert visitor.get(f"/invitation/{token}").status == 404


def test_the_language_is_kept_and_nothing_else_is_taken_for_one(visitor: Browser) -> None:
    assert visitor.get("/sign-in").all("html")[0].attributes["lang"] == "id"
    page = visitor.get("/language/en?back=/sign-in")
    assert (page.all("html")[0].attributes["lang"], page.heading) == ("en", "Sign in")
    assert visitor.get("/language/xx?back=/sign-in").heading == "Sign in"
    assert visitor.get("/language/id?back=//evil.example").url.endswith("/sign-in?back=%2F")


def test_a_path_of_other_letters_leads_back_too(visitor: Browser, account: str) -> None:
    page = visitor.get("/sign-in?back=/people/日%20x")
    answer = visitor.send(
        page, "/sign-in", follow=False, login=account, password=PASSWORD, back="/people/日%20x"
    )
    assert answer.headers["Location"] == "/people/%E6%97%A5%20x"


def test_a_form_of_an_earlier_session_is_told_as_what_it_is(signed_in: Callable[[str], Browser]) -> None:
    earlier, manager = signed_in("manager").get("/people/E00042").csrf, signed_in("manager")
    page = manager.post("/people/E00042/decisions", {"csrf": earlier, "program": "P044", "verdict": "accept"})
    assert (page.status, page.heading) == (403, "Halaman ini dibuka sebelum Anda masuk lagi")
