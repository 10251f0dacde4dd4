"""What people may ask of the service about themselves, and what humans decide (UU 27/2022)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.api import scene
from tests.api.scene import COLLEAGUE, SELF, STRANGER

OWN = f"/v1/employees/{SELF}"
RULING = {"outcome": "dismissed", "decided_by": "Kepala BKPSDM", "reason": "read and weighed"}


class Voices:
    """Speaks to one service in several roles."""

    def __init__(self, client: TestClient) -> None:
        self._client, self._keys = client, scene.keys_of(client)

    def __call__(self, role: str, method: str, path: str, body: Any = None, status: int = 200) -> Any:
        answer = self._client.request(method, path, json=body, headers={"X-API-Key": self._keys[role]})
        assert answer.status_code == status, answer.text
        return answer.json() if answer.content else None


@pytest.fixture(scope="module")
def say(current: Path, own_city: Callable[[], str]) -> Iterator[Voices]:
    with scene.service(own_city(), current) as client:
        yield Voices(client)


def hidden(say: Voices) -> bool:
    said = say("training-office", "GET", OWN + "/recommendations")
    return not said["recommendations"] and said["ranker"] == "none"


def test_an_objection_hides_the_list_until_a_human_decides(say: Voices) -> None:
    assert not hidden(say)
    raised = say("employee", "POST", OWN + "/objection", {"reason": "I want a human"}, 201)
    assert (raised["status"], raised["employee_id"]) == ("open", SELF)
    assert hidden(say)
    assert raised in say("training-office", "GET", "/v1/objections")["items"]
    assert say("employee", "POST", OWN + "/objection", status=409)["type"].endswith(":conflict")
    decided = say("training-office", "POST", OWN + "/objection/decision", RULING)
    assert (decided["status"], decided["closed_by"]) == ("dismissed", "Kepala BKPSDM")
    assert decided["explanation"] == "read and weighed"
    assert not hidden(say)
    assert raised["objection_id"] not in str(say("training-office", "GET", "/v1/objections"))
    say("training-office", "POST", OWN + "/objection/decision", RULING, 404)


def test_an_upheld_objection_stands_until_it_is_withdrawn(say: Voices) -> None:
    say("employee", "POST", OWN + "/objection", status=201)  # nobody has to give a reason, or a body
    say("training-office", "POST", OWN + "/objection/decision", RULING | {"outcome": "upheld"})
    assert hidden(say)
    say("training-office", "POST", OWN + "/objection/decision", RULING, 409)
    assert say("employee", "GET", OWN + "/objection")["status"] == "upheld"
    assert say("employee", "DELETE", OWN + "/objection")["status"] == "withdrawn"
    assert not hidden(say)
    say("employee", "DELETE", OWN + "/objection", status=404)


@pytest.mark.parametrize("missing", ["decided_by", "reason", "outcome"])
def test_nobody_decides_an_objection_namelessly(say: Voices, missing: str) -> None:
    ruling = {name: value for name, value in RULING.items() if name != missing}
    said = say("training-office", "POST", OWN + "/objection/decision", ruling, 422)
    assert [fault["pointer"] for fault in said["errors"]] == [f"/{missing}"]


def test_decisions_are_kept_with_who_made_them(say: Voices) -> None:
    path = f"/v1/employees/{COLLEAGUE}/decisions"
    accepted = {"program_id": "P002", "verdict": "accept", "decided_by": "Kepala Bidang"}
    declined = {**accepted, "verdict": "decline", "reason": "in December there is no time", "plan_year": 2027}
    first, second = (say("manager", "POST", path, one, 201) for one in (accepted, declined))
    said = say("training-office", "GET", path + "?limit=1")
    assert said["items"] == [first]
    assert say("training-office", "GET", f"{path}?cursor={said['next']}")["items"] == [second]
    assert (second["reason"], second["plan_year"]) == ("in December there is no time", 2027)
    assert first["plan_year"] is None


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"verdict": "decline"}, "/reason"),
        ({"verdict": "decline", "reason": "  "}, "/reason"),
        ({"program_id": "NONE"}, "/program_id"),
        ({"verdict": "perhaps"}, "/verdict"),
        ({"decided_by": ""}, "/decided_by"),
        ({"decided_by": "a\0b"}, "/decided_by"),
        ({"decided_by": 7}, "/decided_by"),
        ({"plan_year": 1899}, "/plan_year"),
        ({"plan_year": 2201}, "/plan_year"),
        ({"plan_year": "2027"}, "/plan_year"),
    ],
)
def test_decisions_that_cannot_be_kept(say: Voices, change: dict[str, Any], pointer: str) -> None:
    body = {"program_id": "P002", "verdict": "accept", "decided_by": "Kepala", **change}
    said = say("manager", "POST", f"/v1/employees/{COLLEAGUE}/decisions", body, 422)
    assert [fault["pointer"] for fault in said["errors"]] == [pointer]


def test_a_correction_is_asked_for_and_closed(say: Voices) -> None:
    asked = say(
        "employee", "POST", OWN + "/corrections", {"field": "employees.grade", "wanted": "III/d"}, 201
    )
    path = f"/v1/corrections/{asked['correction_id']}/closing"
    said = say("training-office", "POST", path, {"outcome": "refused", "closed_by": "Kepala"}, 422)
    assert [fault["pointer"] for fault in said["errors"]] == ["/explanation"]
    closed = say("training-office", "POST", path, {"outcome": "done", "closed_by": "Kepala"})
    assert (closed["status"], closed["closed_by"]) == ("done", "Kepala")
    say("training-office", "POST", path, {"outcome": "done", "closed_by": "Kepala"}, 409)
    assert say("employee", "GET", OWN + "/corrections")["items"] == [closed]
    said = say("employee", "POST", OWN + "/corrections", {"field": "api_keys.hash", "wanted": "x"}, 422)
    assert [fault["pointer"] for fault in said["errors"]] == ["/field"]


def test_own_data_and_the_ledger_show_what_was_done(say: Voices) -> None:
    say("manager", "GET", OWN + "/recommendations")
    said = say("employee", "GET", OWN + "/own-data")
    assert said["employees"][0]["employee_id"] == SELF
    assert "manager" in {line["role"] for line in said["ledger"]}
    lines = say("employee", "GET", OWN + "/ledger?limit=1")
    assert len(lines["items"]) == 1
    following = say("employee", "GET", f"{OWN}/ledger?limit=1&cursor={lines['next']}")["items"]
    assert following[0]["sequence"] > lines["items"][0]["sequence"]


def test_erasure_leaves_the_proof_and_nobody_to_see(say: Voices) -> None:
    path = f"/v1/employees/{STRANGER}"
    line = say("training-office", "GET", path + "/ledger")["items"]
    say("training-office", "GET", path + "/recommendations")
    line = say("training-office", "GET", path + "/ledger")["items"][-1]["ledger_id"]
    say("training-office", "DELETE", path, status=204)
    for part in ("", "/recommendations", "/profile", "/decisions", "/ledger", "/own-data", "/corrections"):
        say("training-office", "GET", path + part, status=404)
    say("training-office", "DELETE", path, status=404)
    assert say("training-office", "GET", f"/v1/ledger/{line}")["event"] == "answer"
