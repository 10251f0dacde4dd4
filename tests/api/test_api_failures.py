"""An engine that fails or takes long harms nobody but its own caller."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, cast

import pytest
from fastapi.testclient import TestClient

from api.main import create_app
from api.settings import Settings
from recommender import Engine
from recommender.domain import Answer
from recommender.errors import BundleError, DataError, RecommenderError

ID = "198001012005011001"
PATH = f"/v1/employees/{ID}/recommendations"


@dataclass(frozen=True)
class StubEngine:
    recommend: Callable[..., Answer]
    rankers: tuple[tuple[str, None], ...] = (("stub", None),)
    digest: str = ""


def served(recommend: Callable[..., Answer]) -> TestClient:
    app = create_app(Settings(), cast(Engine, StubEngine(recommend)))
    return TestClient(app, base_url="http://localhost")


def failing(error: Exception) -> TestClient:
    def recommend(*_: object) -> Answer:
        raise error

    return served(recommend)


@pytest.mark.parametrize("error", [KeyError(ID), RecommenderError(f"no position for {ID}"), DataError([])])
def test_unexpected_error_gives_nothing_away(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    answer = failing(error).get(PATH)
    said = answer.json()
    assert (answer.status_code, said["status"], said["type"]) == (500, 500, "about:blank")
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert ID not in said["detail"] + caplog.text
    reference = said["detail"].split()[-1].rstrip(".")
    assert f"unexpected {type(error).__name__}, reference {reference}" in caplog.text
    assert "test_api_failures.py" in caplog.text, "the operator learns where it arose"


def test_error_while_answering_in_the_wrong_shape_is_a_problem_too() -> None:
    answer = served(lambda *_: cast(Answer, "not an answer")).get(PATH)
    assert (answer.status_code, answer.headers["Content-Type"]) == (500, "application/problem+json")


def test_model_that_cannot_be_used() -> None:
    answer = failing(BundleError("the bundle was taken away.")).get(PATH)
    assert answer.status_code == 503
    assert answer.json()["detail"] == "the bundle was taken away."


def test_slow_answer_keeps_nobody_waiting() -> None:
    begun, may_end = threading.Event(), threading.Event()
    answer = Answer(ID, (), "stub", (), {}, "", "")

    def recommend(*_: object) -> Answer:
        begun.set()
        assert may_end.wait(20), "the other caller was not answered meanwhile"
        return answer

    with served(recommend) as client, ThreadPoolExecutor(1) as pool:
        slow: Any = pool.submit(client.get, PATH)
        assert begun.wait(20)
        assert client.get("/livez").status_code == 200
        may_end.set()
        assert slow.result().status_code == 200
