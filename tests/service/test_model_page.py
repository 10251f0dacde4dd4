"""The model's page: facts of the bundle in use, the bundles beside it, and a search in the ledger."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from recommender import Engine
from recommender.bundle import bundle_folder, make_current, save_bundle
from recommender.errors import DataError
from recommender.service.asked import Asked
from recommender.service.ledger_page import LinePage, LinesWanted
from recommender.service.model_page import LEADING
from recommender.service.office import Office
from recommender.store.askers import Asker
from recommender.store.ledger import Line, all_lines, append
from tests.service.tiny import Opened

ABOUT = {
    "cases": "the same cases",
    "commit": "abc123",
    "cut": "2024-12-31",
    "data": {"name": "sample", "employees": 300, "days": ["2020-01-01", "2025-12-31"]},
    "recipe": {"ranker": "gap", "parameters": {"at": 5}},
    "metrics": {
        "ndcg_10": 0.25,
        "ndcg_10_lower": 0.2,
        "ndcg_10_upper": 0.3,
        "popularity_ndcg_10": 0.5,
        "calibration_error": float("nan"),
        "brier": 0.02,
    },
}


@pytest.fixture
def models(engine: Engine, current: Path, tmp_path: Path) -> Path:
    """Return a folder with a current bundle, a better one, one of other cases and three that will not do."""
    models = tmp_path / "models"
    models.mkdir()
    shutil.copy(current.parent / ".bundle-key", models)
    served = saved(engine, models, "served", {})
    saved(engine, models, "better", {"metrics": {"ndcg_10": 0.75}})
    saved(engine, models, "elsewhere", {"cases": "other cases", "metrics": {"ndcg_10": 0.9}})
    edited = saved(engine, models, "edited", {})
    text = (edited / "manifest.json").read_text("utf-8")
    (edited / "manifest.json").write_text(text.replace("0.25", "0.99"), "utf-8")
    (saved(engine, models, "broken", {}) / "manifest.json").write_text("{", "utf-8")
    (saved(engine, models, "unopened", {"metrics": {}}) / "engine.joblib").write_bytes(b"not to be opened")
    make_current(served)
    return models


def saved(engine: Engine, models: Path, name: str, about: Mapping[str, object]) -> Path:
    """Save a bundle under a name of the test's own; `unopened` and the like differ in the manifest only."""
    folder = save_bundle(engine, models, {**ABOUT, **about}, {"card.md": f"# {name}\n"})
    return folder.rename(models / name)


@pytest.fixture
def served(models: Path, city: tuple[Path, Any], tmp_path: Path) -> Iterator[Office]:
    file = shutil.copy(city[0], tmp_path)
    office = Office.open(f"sqlite:///{file}", models / "current", refresh_seconds=0.0)
    yield office
    office.close()


def test_facts_are_what_training_noted_down(served: Office) -> None:
    facts = served.model_facts()
    assert (facts.bundle, facts.ranker, facts.digest) == ("served", "gap", served.models.current.digest)
    assert (facts.commit, facts.cut, facts.card, facts.fault) == ("abc123", "2024-12-31", "# served\n", "")
    assert dict(facts.data) == {
        "name": "sample",
        "employees": "300",
        "days": "2020-01-01, 2025-12-31",
    }
    assert ("parameters.at", "5") in facts.recipe
    assert dict(facts.versions)["numpy"]
    assert [asdict(one) for one in facts.metrics] == [
        {"name": "ndcg_10", "value": 0.25, "lower": 0.2, "upper": 0.3},
        {"name": "calibration_error", "value": None, "lower": None, "upper": None},
        {"name": "brier", "value": 0.02, "lower": None, "upper": None},
    ]
    json.dumps(asdict(facts), allow_nan=False)


def test_bundles_that_compare_come_first_and_the_best_leads(served: Office) -> None:
    board = served.leaderboard()
    assert board.columns == LEADING
    rows = {row.bundle: row for row in board.rows}
    assert [row.bundle for row in board.rows] == [
        *("better", "served", "unopened", "elsewhere"),
        *("broken", "edited"),
    ]
    assert {row.bundle: row.is_comparable for row in board.rows if not row.problem} == {
        "better": True,
        "served": True,
        "unopened": True,
        "elsewhere": False,
    }
    assert (rows["edited"].problem, rows["broken"].problem) == ("foreign", "unreadable")
    assert {value for one in rows["edited"].metrics for value in (one.value, one.upper)} == {None}
    assert asdict(rows["served"].metrics[0]) == {
        "name": "ndcg_10",
        "value": 0.25,
        "lower": 0.2,
        "upper": 0.3,
    }
    assert (rows["served"].data, rows["served"].cut, rows["served"].ranker) == (
        *("sample", "2024-12-31"),
        "gap",
    )
    assert all(len(row.metrics) == len(board.columns) for row in board.rows)


def test_the_bundle_in_use_is_marked(served: Office, models: Path) -> None:
    assert [row.bundle for row in served.leaderboard().rows if row.is_current] == ["served"]
    assert bundle_folder(models / "current").name == "served"


def searched(office: Office, **wanted: Any) -> LinePage:
    return office.ledger_lines(LinesWanted(**wanted))


def asked_about(office: Office, people: Sequence[str], asker: Asker) -> list[Line]:
    """Return the lines of a profile and an answer for each of some people."""
    for one in people:
        office.profile(one, Asked(), asker)
        office.recommend(one, Asked(), asker)
    with office.database.reading() as connection:
        return list(all_lines(connection))


def test_lines_are_found_by_what_is_known_of_them(opened_city: Opened, hr: Asker) -> None:
    office = opened_city()
    lines = asked_about(office, ["E0", "E1", "E2"], hr)
    newest_first = [line.sequence for line in reversed(lines)]
    assert [line.sequence for line in searched(office).lines] == newest_first
    one = lines[3]
    by_person = searched(office, pseudonym=f" {one.pseudonym.upper()} ")
    assert [line.sequence for line in by_person.lines] == [4, 3]
    assert by_person.wanted.pseudonym == one.pseudonym
    (found,) = searched(office, ledger_id=one.ledger_id).lines
    assert (found.hash, found.previous, found.result) == (one.hash, one.previous, one.result)
    assert dict(found.detail)["limit"] == "5"
    assert [line.event for line in searched(office, event="Profile").lines] == ["profile"] * 3
    assert [line.sequence for line in searched(office, event="answer", pseudonym=one.pseudonym).lines] == [4]
    assert searched(office, event="no-such-event").lines == ()


def test_lines_come_page_by_page(opened_city: Opened, hr: Asker) -> None:
    office = opened_city()
    asked_about(office, ["E0", "E1", "E2"], hr)
    seen, before = [], 0
    for _ in range(3):
        page = searched(office, size=2, before=before)
        seen += [line.sequence for line in page.lines]
        before = page.older or 0
    assert (seen, page.older) == ([6, 5, 4, 3, 2, 1], None)
    assert len(searched(office, size=0).lines) == 1


def test_lines_are_found_by_their_day(opened_city: Opened) -> None:
    office = opened_city()
    with office.database.writing() as connection:
        append(connection, [Line("answer", "key-1", "manager")])
    today = searched(office).lines[0].written_at[:10]
    assert len(searched(office, day=today).lines) == 1
    assert searched(office, day="2020-02-29").lines == ()


def test_nobody_is_named_in_what_is_found(office: Office, hr: Asker, ids: Sequence[str]) -> None:
    asked_about(office, ids[:3], hr)
    found = searched(office)
    assert len(found.lines) == 6
    assert not [one for one in ids if one in repr(found)]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("pseudonym", "E00001"),
        ("pseudonym", "0" * 31 + "%"),
        ("ledger_id", "1"),
        ("event", "answer; drop"),
        ("event", "x" * 41),
        ("day", "2023-02-29"),
        ("day", "yesterday"),
        ("day", "2024-01-01T00:00"),
        ("day", "9999-12-31"),
        ("before", -1),
        ("before", 2**63),
    ],
)
def test_what_cannot_be_is_refused_by_its_field(opened_city: Opened, field: str, value: Any) -> None:
    with pytest.raises(DataError) as error:
        searched(opened_city(), **{field: value})
    assert [fault.column for fault in error.value.faults] == [field]


def test_all_that_cannot_be_is_named_at_once(opened_city: Opened) -> None:
    with pytest.raises(DataError) as error:
        searched(opened_city(), pseudonym="x", ledger_id="y", day="z")
    assert [fault.column for fault in error.value.faults] == ["pseudonym", "ledger_id", "day"]
