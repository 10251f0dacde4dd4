"""Who may do what: every route, by every role, about oneself, a colleague below one's unit and a stranger."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient

from api.access import OPEN, RULES
from api.guard import GuardedRoute
from recommender.store import corrections, objections
from recommender.store.askers import ROLES, Asker
from recommender.store.keys import Grant, create_key
from recommender.store.subjects import pseudonyms_of
from recommender.store.writing import put_employee
from tests.api import scene
from tests.api.scene import COLLEAGUE, SELF, STRANGER

CLERK = Asker("clerk", "training-office")
PLACES = {"self": SELF, "colleague": COLLEAGUE, "stranger": STRANGER}
UNIT_OF = {SELF: "U013", COLLEAGUE: "U013", STRANGER: scene.OTHER}
ASSESSMENT = {"items": [{"employee_id": STRANGER, "competency_id": "M.01", "level": 3}]}
RECORD = {"items": [{"employee_id": STRANGER, "program_id": "P002"}]}
REVIEW = {"items": [{"employee_id": STRANGER, "period_end": "2024-12-31"}]}
FEEDBACK = {"items": [{"feedback_id": "?", "employee_id": STRANGER, "program_id": "P002"}]}
DECISION = {"program_id": "P002", "verdict": "accept", "decided_by": "Kepala"}
RULING = {"outcome": "dismissed", "decided_by": "Kepala", "reason": "read and weighed"}
CORRECTION = {"field": "employees.grade", "wanted": "III/d"}
CLOSING = {"outcome": "done", "closed_by": "Kepala"}
PERSON = "/v1/employees/{person}"

# What must come, written down apart from the table in api/access.py. Per role three signs, for requests about
# SELF, COLLEAGUE and STRANGER (which are one and the same for requests about nobody):
#   + answered, 3 = 403 the role may not, 4 = 404 out of sight, as if not there.
# Data scientists send ids here; what they see by pseudonym is tested below.
#   method, path, body                                                hr     mgr    office sci    self
TABLE: list[tuple[str, str, Any, str, str, str, str, str]] = [
    ("GET", "/v1/employees", None, "+++", "+++", "+++", "+++", "333"),
    ("PUT", PERSON, {"unit_id": "?"}, "+++", "333", "+++", "333", "333"),
    ("GET", PERSON, None, "+++", "++4", "+++", "333", "+44"),
    ("DELETE", PERSON, None, "333", "333", "+++", "333", "333"),
    ("POST", "/v1/assessments", ASSESSMENT, "+++", "333", "+++", "333", "333"),
    ("POST", "/v1/training-records", RECORD, "+++", "333", "+++", "333", "333"),
    ("POST", "/v1/performance-reviews", REVIEW, "+++", "333", "+++", "333", "333"),
    ("POST", "/v1/feedback", FEEDBACK, "+++", "333", "+++", "333", "333"),
    ("GET", PERSON + "/recommendations", None, "+++", "++4", "+++", "444", "+44"),
    ("POST", "/v1/recommendations", {"employee_ids": ["?"]}, "+++", "++4", "+++", "444", "333"),
    ("POST", "/v1/recommendations", {"profile": {}}, "+++", "+++", "+++", "+++", "333"),
    ("GET", PERSON + "/profile", None, "+++", "++4", "+++", "444", "+44"),
    ("GET", "/v1/units/{unit}/gaps", None, "+++", "++4", "+++", "333", "333"),
    ("POST", "/v1/jobs", {"unit_id": "?"}, "+++", "++4", "+++", "333", "333"),
    ("POST", "/v1/jobs", {"unit_id": None}, "+++", "444", "+++", "333", "333"),
    ("GET", "/v1/jobs/{job}", None, "+++", "++4", "+++", "333", "333"),
    ("GET", "/v1/jobs/{job}/result", None, "+++", "++4", "+++", "333", "333"),
    ("DELETE", "/v1/jobs/{job}", None, "+++", "++4", "+++", "333", "333"),
    ("GET", "/v1/models/current", None, "+++", "+++", "+++", "+++", "+++"),
    ("GET", "/v1/models/current/card", None, "+++", "+++", "+++", "+++", "+++"),
    ("POST", PERSON + "/decisions", DECISION, "333", "++4", "+++", "333", "333"),
    ("GET", PERSON + "/decisions", None, "333", "++4", "+++", "333", "+44"),
    ("POST", PERSON + "/objection", {}, "+++", "333", "+++", "333", "+44"),
    ("DELETE", PERSON + "/objection", None, "+++", "333", "+++", "333", "+44"),
    ("GET", PERSON + "/objection", None, "+++", "++4", "+++", "333", "+44"),
    ("POST", PERSON + "/objection/decision", RULING, "333", "333", "+++", "333", "333"),
    ("GET", "/v1/objections", None, "333", "333", "+++", "333", "333"),
    ("GET", PERSON + "/own-data", None, "333", "333", "+++", "333", "+44"),
    ("POST", PERSON + "/corrections", CORRECTION, "+++", "333", "+++", "333", "+44"),
    ("GET", PERSON + "/corrections", None, "+++", "333", "+++", "333", "+44"),
    ("POST", "/v1/corrections/{correction}/closing", CLOSING, "333", "333", "+++", "333", "333"),
    ("GET", "/v1/ledger/{line}", None, "333", "333", "+++", "+++", "+44"),
    ("GET", PERSON + "/ledger", None, "333", "333", "+++", "444", "+44"),
]
COLUMNS = ("hr-system", "manager", "training-office", "data-scientist", "employee")


@dataclass(frozen=True)
class Scene:
    client: TestClient
    keys: dict[str, str]

    def ask(self, method: str, path: str, role: str = "", body: Any = None, **headers: str) -> Any:
        key = {"X-API-Key": self.keys[role]} if role else {}
        return self.client.request(method, path, json=body, headers={**key, **headers})

    @property
    def database(self) -> Any:
        return self.client.app.state.office.database  # type: ignore[attr-defined]


@pytest.fixture(scope="module")
def town(current: Path, own_city: Callable[[], str]) -> Iterator[Scene]:
    card = current.parent / current.read_text().strip() / "card.md"
    card.write_text("# Card\n", "utf-8")
    with scene.service(own_city(), current) as client:
        yield Scene(client, scene.keys_of(client))


def prepared(town: Scene, method: str, path: str, body: Any, person: str) -> tuple[str, Any]:
    """Return the path and body for a person, with what they speak of put in place."""
    if (method, path) == ("DELETE", PERSON):
        person = new_person(town, UNIT_OF[person])
    if "/objection" in path:
        set_objection(town, person, stands=not (method == "POST" and path.endswith("objection")))
    names: dict[str, Callable[[], str]] = {
        "person": lambda: person,
        "unit": lambda: UNIT_OF[person],
        "correction": lambda: new_correction(town, person),
        "line": lambda: town.ask("GET", f"/v1/employees/{person}/profile", "hr-system").headers["Ledger-Id"],
        "job": lambda: finished_job(town, UNIT_OF[person]),
    }
    for name, value in names.items():
        if "{" + name + "}" in path:
            path = path.replace("{" + name + "}", value())
    return path, filled(body, person)


def filled(body: Any, person: str) -> Any:
    if body == {"employee_ids": ["?"]}:
        return {"employee_ids": [person]}
    if isinstance(body, dict) and body.get("unit_id") == "?":
        return {**body, "unit_id": UNIT_OF[person]}
    if body is FEEDBACK:
        return {"items": [{**FEEDBACK["items"][0], "feedback_id": uuid.uuid4().hex}]}
    return body


def new_person(town: Scene, unit_id: str) -> str:
    person = f"T-{uuid.uuid4().hex[:8]}"
    with town.database.writing() as connection:
        put_employee(connection, {"employee_id": person, "unit_id": unit_id})
    return person


def new_correction(town: Scene, person: str) -> str:
    wish = corrections.Wish("employees.grade", "IV/a")
    with town.database.writing() as connection:
        return corrections.raise_correction(connection, person, wish, CLERK).correction_id


def set_objection(town: Scene, person: str, stands: bool) -> None:
    with town.database.writing() as connection:
        if objections.standing_objection(connection, person) is not None:
            objections.withdraw_objection(connection, person, CLERK)
        if stands:
            objections.raise_objection(connection, person, None, CLERK)


def finished_job(town: Scene, unit_id: str) -> str:
    started = town.ask("POST", "/v1/jobs", "training-office", {"unit_id": unit_id}).json()["job_id"]
    for _ in range(600):
        if town.ask("GET", f"/v1/jobs/{started}", "training-office").json()["status"] == "done":
            break
    return str(started)


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("role", COLUMNS)
@pytest.mark.parametrize("line", TABLE, ids=lambda line: f"{line[0]} {line[1]}" + str(line[2] or "")[:12])
def test_route_by_role_and_place(town: Scene, line: tuple[Any, ...], role: str, place: str) -> None:
    method, path, body, *signs = line
    sign = signs[COLUMNS.index(role)][list(PLACES).index(place)]
    path, body = prepared(town, method, path, body, PLACES[place])
    answer = town.ask(method, path, role, body)
    if sign == "+":
        assert answer.status_code in (200, 201, 202, 204), answer.text
        if answer.status_code == 202:  # or jobs for everybody would keep those of later tests waiting
            town.ask("DELETE", answer.headers["Location"], role)
    else:
        assert answer.status_code == {"3": 403, "4": 404}[sign], answer.text
        assert answer.headers["Content-Type"] == "application/problem+json"


def routes(town: Scene) -> dict[str, tuple[str, str]]:
    paths = town.client.get("/openapi.json").json()["paths"]
    return {
        one["operationId"]: (method.upper(), path) for path, of in paths.items() for method, one in of.items()
    }


def test_the_table_has_every_route_and_no_other(town: Scene) -> None:
    names = {"employee_id": "person", "unit_id": "unit", "job_id": "job", "ledger_id": "line"}
    names["correction_id"] = "correction"
    served = {operation: route for operation, route in routes(town).items() if operation not in OPEN}
    found = set()
    for method, path in served.values():
        for name, ours in names.items():
            path = path.replace("{" + name + "}", "{" + ours + "}")
        found.add((method, path))
    assert found == {(method, path) for method, path, *_ in TABLE}
    assert set(served) == set(RULES)
    assert all(rule.reaches.keys() == set(ROLES) for rule in RULES.values())


def test_every_route_but_the_open_ones_has_the_door_before_it() -> None:
    from api import routes as all_routes

    parts = [part for part in vars(all_routes).values() if hasattr(part, "router")]
    ours = [route for part in parts for route in part.router.routes if isinstance(route, APIRoute)]
    assert len(ours) > 30
    assert {route.name for route in ours if not isinstance(route, GuardedRoute)} == OPEN


def test_what_is_open_to_anybody(town: Scene) -> None:
    open_paths = {path: town.client.get(path).status_code for path in ("/livez", "/openapi.json", "/docs")}
    assert open_paths == {"/livez": 200, "/openapi.json": 200, "/docs": 200}
    assert town.client.get("/metrics").status_code == 401
    assert town.client.get("/readyz").json().keys() == {"status"}


def strangers_keys(town: Scene) -> dict[str, str]:
    good = town.keys["hr-system"]
    key_id, _, secret = good.partition(".")
    other = town.keys["manager"].partition(".")[2]
    return {
        "garbage": "garbage",
        "empty": "",
        "id alone": key_id,
        "no secret": f"{key_id}.",
        "another's secret": f"{key_id}.{other}",
        "cut off": good[:-1],
        "longer": good + "x",
        "secret alone": secret,
        "upper case": good.upper(),
        "SQL": "' OR 1=1 --",
    }


@pytest.mark.parametrize("line", TABLE, ids=lambda line: f"{line[0]} {line[1]}" + str(line[2] or "")[:12])
def test_nobody_comes_in_without_a_key(town: Scene, line: tuple[Any, ...]) -> None:
    method, path, body, *_ = line
    path = path.format(
        person=SELF, unit=scene.UNIT, job=uuid.uuid4(), line=uuid.uuid4(), correction=uuid.uuid4()
    )
    for key in (None, *strangers_keys(town).values()):
        answer = town.ask(method, path, body=body, **({} if key is None else {"X-API-Key": key}))
        assert answer.status_code == 401, key
        assert "Bearer" in answer.headers["WWW-Authenticate"]


def test_without_a_key_a_body_is_not_even_read(town: Scene) -> None:
    headers = {"Content-Type": "application/json"}
    assert town.client.post("/v1/assessments", content=b"{{{", headers=headers).status_code == 401


def test_a_key_and_a_token_at_once_are_refused(town: Scene) -> None:
    answer = town.ask("GET", "/v1/models/current", "hr-system", Authorization="Bearer x")
    assert answer.status_code == 401


def test_who_is_out_of_sight_looks_like_who_is_not_there(town: Scene) -> None:
    for role in ("manager", "employee", "data-scientist"):
        for part in ("recommendations", "profile"):
            there = town.ask("GET", f"/v1/employees/{STRANGER}/{part}", role)
            absent = town.ask("GET", f"/v1/employees/NOBODY/{part}", role)
            assert without_path(there) == without_path(absent)
    there, absent = (town.ask("GET", f"/v1/units/{unit}/gaps", "manager") for unit in (scene.OTHER, "NONE"))
    assert without_path(there) == without_path(absent)
    there, absent = (
        town.ask("GET", f"/v1/units/{unit}/gaps", role)
        for unit, role in ((scene.OTHER, "manager"), ("NONE", "hr-system"))
    )
    assert without_path(there) == without_path(absent)


def without_path(answer: Any) -> Any:
    return {name: value for name, value in answer.json().items() if name != "instance"}


@pytest.mark.parametrize(("unit", "status"), [(scene.UNIT, 200), (scene.BELOW, 200), (scene.ABOVE, 404)])
def test_a_manager_sees_the_unit_and_below_but_not_above(town: Scene, unit: str, status: int) -> None:
    assert town.ask("GET", f"/v1/units/{unit}/gaps", "manager").status_code == status
    for person in scene.people_of(unit)[:2]:
        answer = town.ask("GET", f"/v1/employees/{person}", "manager")
        assert answer.status_code == status


def test_a_list_with_one_out_of_sight_is_refused_as_a_whole(town: Scene) -> None:
    body = {"employee_ids": [SELF, STRANGER, COLLEAGUE, "NOBODY"]}
    said = town.ask("POST", "/v1/recommendations", "manager", body).json()
    assert said["status"] == 404
    assert [fault["pointer"] for fault in said["errors"]] == ["/employee_ids/1", "/employee_ids/3"]


def all_pages(town: Scene, role: str) -> list[dict[str, Any]]:
    path, found = "/v1/employees?limit=7", []
    while path:
        answer = town.ask("GET", path, role)
        found += answer.json()["items"]
        link = answer.headers.get("Link", "")
        path = link[1 : link.index(">")] if link else ""
        assert bool(answer.json()["next"]) == bool(path)
    return found


def test_lists_hold_whom_one_may_see_each_once(town: Scene) -> None:
    mine = {one for unit in ("U012", "U013", "U014") for one in scene.people_of(unit)}
    seen = [
        one["employee_id"] for one in all_pages(town, "manager") if not one["employee_id"].startswith("T-")
    ]
    assert len(seen) == len(set(seen))
    assert set(seen) == mine
    everybody = [one["employee_id"] for one in all_pages(town, "hr-system")]
    assert len(everybody) == len(set(everybody)) >= 300


def test_a_data_scientist_knows_people_by_pseudonym_alone(town: Scene) -> None:
    with town.database.reading() as connection:
        pseudonym = pseudonyms_of(connection, [STRANGER])[STRANGER]
    ids = {one["employee_id"] for one in all_pages(town, "hr-system")}
    listed = all_pages(town, "data-scientist")
    assert pseudonym in {one["employee_id"] for one in listed}
    assert all({name for name, value in one.items() if value} == {"employee_id"} for one in listed)
    answers = [
        town.ask("GET", f"/v1/employees/{pseudonym}/{part}", "data-scientist")
        for part in ("recommendations", "profile", "ledger")
    ]
    answers.append(town.ask("POST", "/v1/recommendations", "data-scientist", {"employee_ids": [pseudonym]}))
    line = answers[0].headers["Ledger-Id"]
    answers.append(town.ask("GET", f"/v1/ledger/{line}", "data-scientist"))
    for answer in answers:
        assert answer.status_code == 200, answer.text
        assert pseudonym in answer.text
        assert not [one for one in ids if f'"{one}"' in answer.text]
        assert "Pegawai 0" not in answer.text  # what the sample's people are called
    assert town.ask("GET", f"/v1/employees/{pseudonym}/profile", "hr-system").status_code == 404


def test_the_scopes_of_a_key_narrow_its_role(town: Scene) -> None:
    with town.database.writing() as connection:
        town.keys["narrow"] = create_key(
            connection, Grant("hr-system", scopes=("records:write", "people:erase"))
        )
    assert town.ask("POST", "/v1/assessments", "narrow", ASSESSMENT).status_code == 201
    assert town.ask("GET", f"/v1/employees/{SELF}/recommendations", "narrow").status_code == 403
    assert town.ask("DELETE", f"/v1/employees/{SELF}", "narrow").status_code == 403  # scopes never widen
