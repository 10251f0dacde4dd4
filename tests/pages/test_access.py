"""Who may open which page, told apart from the table in `api/access.py`; who is out of sight is not shown."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.routing import APIRoute

from api.access import OPEN_PAGES, PAGE_RULES
from api.pages import all_pages
from api.pages.door import PageRoute
from tests.pages.browsing import Browser
from tests.pages.conftest import MEMBER, STRANGER

ROLES = ("manager", "office", "scientist", "employee")
PERSON = f"/people/{MEMBER}"
FAR = f"/people/{STRANGER}"
DECISION = {"program": "P044", "verdict": "accept"}
# method, path, form, and for manager, office, scientist and employee: + answered, 3 = 403, 4 = 404; who is
# let in with a form that nobody saw is told so by 2 = 422 and 9 = 409.
TABLE: list[tuple[str, str, dict[str, str] | None, str]] = [
    ("GET", "/", None, "++++"),
    ("GET", "/team", None, "++33"),
    ("GET", "/team?unit=U012", None, "4+33"),
    ("GET", PERSON, None, "++33"),
    ("GET", FAR, None, "4+33"),
    ("GET", "/people/NOBODY", None, "4433"),
    ("GET", f"{PERSON}/changes", None, "++33"),
    ("GET", f"{FAR}/changes", None, "4+33"),
    ("GET", f"{PERSON}/choose", None, "++33"),
    ("GET", f"{FAR}/choose", None, "4+33"),
    ("POST", f"{PERSON}/decisions", DECISION, "++33"),
    ("POST", f"{FAR}/decisions", DECISION, "4+33"),
    ("GET", f"{PERSON}/plan", None, "++33"),
    ("GET", f"{FAR}/plan", None, "4+33"),
    ("GET", f"{PERSON}/plan.xlsx", None, "++33"),
    ("GET", f"{FAR}/plan.xlsx", None, "4+33"),
    ("POST", f"{PERSON}/plan/approval", {"sure": "yes"}, "9933"),
    ("POST", f"{FAR}/plan/approval", {"sure": "yes"}, "4933"),
    ("GET", "/team/plan", None, "++33"),
    ("GET", "/team/plan?unit=U012", None, "4+33"),
    ("GET", "/team/plan.xlsx?unit=U012", None, "4+33"),
    ("POST", "/team/plan/decisions", {"chosen": f"{MEMBER}/P044"}, "2233"),
    ("POST", "/team/plan/decisions", {"chosen": f"{STRANGER}/P044"}, "4233"),
    ("POST", "/team/plan/approval", {"sure": "yes", "unit": "U012"}, "4933"),
    ("GET", f"/plans/{uuid.UUID(int=7)}", None, "4433"),
    ("GET", f"/plans/{uuid.UUID(int=7)}/sheet.xlsx", None, "4433"),
    ("GET", "/city", None, "3+33"),
    ("GET", "/programs", None, "++++"),
    ("GET", "/programs/P044", None, "++++"),
    ("GET", "/programs/NONE", None, "4444"),
    ("GET", "/cases", None, "3+33"),
    ("POST", f"/cases/objections/{uuid.UUID(int=7)}", {"outcome": "upheld", "reason": "x"}, "3433"),
    ("POST", f"/cases/corrections/{uuid.UUID(int=7)}", {"outcome": "done"}, "3433"),
    ("GET", "/me", None, "+43+"),  # the office's account of these tests is nobody's
    ("GET", "/me/data.json", None, "+43+"),
    ("POST", "/me/objection", {}, "+43+"),
    ("POST", "/me/objection/withdrawal", {}, "+43+"),
    ("POST", "/me/corrections", {"field": "employees.grade", "wanted": "III/d"}, "+43+"),
    ("GET", "/model", None, "3++3"),
    ("GET", "/model/ledger", None, "3++3"),
]


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("line", TABLE, ids=lambda line: f"{line[0]} {line[1]}")
def test_page_by_role(signed_in: Callable[[str], Browser], line: tuple[Any, ...], role: str) -> None:
    method, path, form, signs = line
    browser, sign = signed_in(role), signs[ROLES.index(role)]
    if method == "GET":
        page = browser.get(path)
    else:
        page = browser.send(browser.get("/programs" if role != "employee" else "/me"), path, **form)
    wanted = {"+": 200, "2": 422, "3": 403, "4": 404, "9": 409}[sign]
    assert page.status == wanted, page.words


@pytest.mark.parametrize("line", TABLE, ids=lambda line: f"{line[0]} {line[1]}")
def test_nobody_sees_a_page_without_signing_in(site: Browser, line: tuple[Any, ...]) -> None:
    method, path, form, _ = line
    visitor = Browser(site.client)
    page = visitor.get(path) if method == "GET" else visitor.send(visitor.get("/sign-in"), path, **form)
    assert page.heading == "Masuk"
    garbage = Browser(site.client, {"session": "garbage"})
    page = garbage.get(path) if method == "GET" else garbage.post(path, {"csrf": "", **form})
    assert page.heading == "Masuk"


def page_routes() -> list[APIRoute]:
    parts = [part for part in vars(all_pages).values() if hasattr(part, "router")]
    return [route for part in parts for route in part.router.routes if isinstance(route, APIRoute)]


def test_every_page_has_a_line_in_the_table_of_rights_and_the_door_before_it() -> None:
    found = page_routes()
    names = [route.name for route in found]
    assert len(names) == len(set(names))
    assert set(names) == {*PAGE_RULES, *OPEN_PAGES}
    assert [route.name for route in found if not isinstance(route, PageRoute)] == ["asset"]


def test_every_page_of_the_service_is_in_the_table_above() -> None:
    paths = {
        (method, route.path)
        for route in page_routes()
        if route.name not in OPEN_PAGES
        for method in route.methods
    }
    covered = set()
    for method, path, *_ in TABLE:
        plain = path.partition("?")[0]
        for given, name in (
            (MEMBER, "{employee_id}"),
            (STRANGER, "{employee_id}"),
            ("NOBODY", "{employee_id}"),
            ("P044", "{program_id}"),
            ("NONE", "{program_id}"),
        ):
            plain = plain.replace(f"/{given}", f"/{name}")
        for folder, name in (
            ("plans", "plan_id"),
            ("objections", "objection_id"),
            ("corrections", "correction_id"),
        ):
            plain = plain.replace(f"/{folder}/{uuid.UUID(int=7)}", f"/{folder}/{{{name}}}")
        covered.add((method, plain))
    assert covered == paths


def test_who_is_out_of_sight_looks_like_who_is_not_there(signed_in: Callable[[str], Browser]) -> None:
    manager = signed_in("manager")
    there, absent = manager.get(FAR), manager.get("/people/NOBODY")
    assert there.words == absent.words
    assert there.status == absent.status == 404


def test_one_person_out_of_sight_keeps_all_decisions_of_a_form_from_being_made(
    signed_in: Callable[[str], Browser],
) -> None:
    manager = signed_in("manager")
    page = manager.get("/team/plan")
    chosen = ["E00043/P044", f"{STRANGER}/P044"]
    assert manager.send(page, "/team/plan/decisions", chosen=chosen).status == 404
    with manager.database.reading() as connection:
        made = connection.exec_driver_sql("SELECT count(*) FROM decisions WHERE employee_id = 'E00043'")
        assert made.scalar_one() == 0


def test_menus_hold_only_what_may_be_opened(signed_in: Callable[[str], Browser]) -> None:
    for role in ROLES:
        browser = signed_in(role)
        links = {one.attributes["href"] for one in browser.get("/").all("a") if "href" in one.attributes}
        menu = links & {"/city", "/team", "/team/plan", "/programs", "/cases", "/model", "/me"}
        assert menu, role
        assert {browser.get(path).status for path in menu} == {200}


def test_a_session_opens_no_route_of_machines(signed_in: Callable[[str], Browser]) -> None:
    assert signed_in("office").get("/v1/employees", Accept="application/json").status == 401
