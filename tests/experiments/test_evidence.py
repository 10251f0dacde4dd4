from __future__ import annotations

from pathlib import Path

import pytest

from experiments.benchmarks import evidence
from recommender.dataset import Dataset
from recommender.errors import RecommenderError


def test_what_is_made_up_keeps_the_contract_and_is_the_same_again(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        evidence.write_tables(tmp_path / name, rows=500, people=30, competencies=4)
    first, second = (Dataset.load(tmp_path / name) for name in ("one", "two"))
    assert first.digest == second.digest
    judged = first.assessments
    assert (len(judged), len(first.employees.ids), len(first.competencies.ids)) == (500, 30, 4)
    assert set(judged.source) == {"supervisor", "self", "peer", "test"}
    by_test = judged.source == "test"
    assert (judged.assessor[by_test] == "").all()
    assert (judged.assessor[~by_test] != "").all()


def test_each_step_is_timed_in_another_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"_ROWS": 300, "_PEOPLE": 30, "_COMPETENCIES": 4}.items():
        monkeypatch.setattr(evidence, name, value)
    page = evidence.evidence(Path("nowhere"), lambda _: None)
    steps = [line.split("|")[1].strip() for line in page.parts[0].splitlines()[2:]]
    assert steps[:4] == ["read and check the tables", "fit", "estimate all", "estimate one person"]
    assert steps[4:] == ["take in one new record of a person who is followed"]
    assert page.headline.startswith("300 assessments of 30 people become beliefs in ")


def test_a_process_that_fails_says_why(tmp_path: Path) -> None:
    with pytest.raises(RecommenderError, match="employees"):
        evidence._in_another_process(tmp_path)
