"""What is kept of answers: all that was decided, nobody's id, and nothing that was damaged is believed."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from recommender.engine import Engine, Ledger, LedgerLine, PeopleKey, fit_engine, read_ledger
from recommender.errors import RecommenderError
from recommender.rankers.popularity import PopularityRanker
from tests.cities import load, town
from tests.engine.test_exploration import exploring

KEY = PeopleKey(b"a key of tests")


@pytest.fixture(scope="module")
def engine() -> Engine:
    fitted = fit_engine(load(town()), "popularity", PopularityRanker())
    return replace(fitted, dataset=exploring(fitted.dataset, 0.2), digest="abc")


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "kept" / "ledger.ndjson", KEY)


def kept(engine: Engine, ledger: Ledger, *ids: str, n: int = 3) -> list[LedgerLine]:
    lines = ledger.lines(engine.decide(ids or engine.dataset.employees.ids.ids, KEY, n), engine)
    ledger.append(lines)
    return lines


def test_lines_come_back_as_they_were_written(engine: Engine, ledger: Ledger) -> None:
    first, second = kept(engine, ledger), kept(engine, ledger, "E1", n=2)
    assert read_ledger(ledger.path) == [*first, *second]
    assert any(len(line.candidates) > 1 and line.propensities[-1] < 0.2 for line in first)
    assert all(line.share == 0.2 and line.model == "abc" for line in first)
    assert first[1].employee == KEY.pseudonym("E1")
    assert first[1].inputs == engine.dataset.digest


def test_a_ledger_holds_no_id_and_is_its_owners(engine: Engine, ledger: Ledger) -> None:
    kept(engine, ledger)
    text = ledger.path.read_text("utf-8")
    assert not any(f'"{id_}"' in text for id_ in engine.dataset.employees.ids)
    assert stat.S_IMODE(ledger.path.stat().st_mode) == 0o600


def test_the_same_question_asked_twice_is_one_decision(engine: Engine, ledger: Ledger) -> None:
    kept(engine, ledger, "E1", "E2")
    kept(engine, ledger, "E2", "E3")
    assert len(ledger.path.read_text("utf-8").splitlines()) == 4, "lines are only added"
    assert [line.employee for line in read_ledger(ledger.path)] == [KEY.pseudonym(f"E{k}") for k in (1, 2, 3)]


def test_probabilities_of_all_candidates_add_up_to_one(engine: Engine, ledger: Ledger) -> None:
    lines = [line for line in kept(engine, ledger) if line.candidates]
    assert lines
    for line in lines:
        assert sum(line.probability(one) for one in range(len(line.candidates))) == pytest.approx(1)
        shown = line.candidates.index(line.programs[-1])
        assert line.propensities[-1] == pytest.approx(line.probability(shown))


def test_fields_of_later_versions_are_passed_over(engine: Engine, ledger: Ledger) -> None:
    (line,) = kept(engine, ledger, "E1")
    row = {**json.loads(ledger.path.read_text("utf-8")), "asked_by": "hr-system"}
    ledger.path.write_text(json.dumps(row) + "\n", "utf-8")
    assert read_ledger(ledger.path) == [line]


def edited(**cells: Any) -> str:
    row: dict[str, Any] = {
        "format": 1,
        "written_at": "2024-12-31T08:00:00+00:00",
        "employee": "e" * 32,
        "as_of": "2024-12-31",
        "model": "abc",
        "ranker": "gap",
        "inputs": "def",
        "policy": "ASN 1",
        "asked": 3,
        "programs": ["A", "B"],
        "share": 0.1,
        "propensities": [1.0, 0.95],
        "candidates": ["B", "C"],
    }
    row.update(cells)
    return json.dumps({key: value for key, value in row.items() if value is not None})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "is not JSON"),
        ("[1]", "is no line of a ledger"),
        ("{}", "has no format"),
        (edited(format=2), "has format 2, this version reads up to 1"),
        (edited(format=True), "format Input should be a valid integer"),
        (edited(employee=None), "employee Field required"),
        (edited(employee=""), "employee or model is empty"),
        (edited(programs="AB"), "programs Input should be a valid"),
        (edited(programs=["A", "A"]), "a program stands twice"),
        (edited(asked=1), "2 programs where 1 were asked for"),
        (edited(as_of="31.12.2024"), "as_of '31.12.2024' is not a date"),
        (edited(as_of="2024-12"), "as_of '2024-12' is not a date"),
        (edited(share=1.5), "share 1.5 is not between 0 and 1"),
        (edited(propensities=[1.0]), "1 propensities for 2 programs"),
        (edited(propensities=[1.0, 0.0]), "a propensity is not above 0"),
        (edited(propensities=[0.9, 0.95]), "only the last place"),
        (edited(propensities=[1.0, 0.05]), "does not follow from share and candidates"),
        (edited(candidates=["C", "D"]), "does not follow from share and candidates"),
        (edited(candidates=[]), "does not follow from share and candidates"),
        (edited(share=float("nan")), "share nan is not between 0 and 1"),
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, line: str, said: str) -> None:
    path = tmp_path / "ledger.ndjson"
    path.write_text(f"{edited()}\n{line}\n{edited(as_of='2024-12-30')}\n", "utf-8")
    with pytest.raises(RecommenderError, match="line 2: ") as caught:
        read_ledger(path)
    assert said in str(caught.value)


def test_all_damaged_lines_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "ledger.ndjson"
    path.write_text("x\n" * 7, "utf-8")
    with pytest.raises(RecommenderError, match="and 2 more"):
        read_ledger(path)


def test_a_line_cut_short_is_said_and_not_written_over(engine: Engine, ledger: Ledger) -> None:
    kept(engine, ledger, "E1", "E2")
    whole = ledger.path.read_bytes()
    ledger.path.write_bytes(whole[:-20])
    with pytest.raises(RecommenderError, match=r"line 2: is not JSON .* cut short: take it out"):
        read_ledger(ledger.path)
    with pytest.raises(RecommenderError, match="was cut short; take it out before lines are added"):
        kept(engine, ledger, "E3")
    assert ledger.path.read_bytes() == whole[:-20]


def test_an_absent_and_an_empty_ledger(tmp_path: Path) -> None:
    with pytest.raises(RecommenderError, match="there is no ledger at"):
        read_ledger(tmp_path / "none")
    (tmp_path / "empty").touch()
    with pytest.raises(RecommenderError, match="is empty"):
        read_ledger(tmp_path / "empty")
    with pytest.raises(RecommenderError, match="is a folder"):
        Ledger(tmp_path, KEY).append([])


def test_people_without_a_list_are_kept_too(engine: Engine, ledger: Ledger) -> None:
    """An answer that nothing is recommended is a decision as well."""
    line = replace(kept(engine, ledger, "E1")[0], programs=(), propensities=(), candidates=())
    ledger.append([line])
    assert read_ledger(ledger.path)[1] == line
