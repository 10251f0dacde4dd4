from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments.benchmarks import crossed
from experiments.benchmarks.crossed import crossed_effects
from experiments.benchmarks.raters import held_out_later, plain_forecasts, raters
from recommender.dataset import Dataset
from tests.cities import assessed, bare, load


def ratings() -> Dataset:
    """Two lecturers, and two students of whom the second is a point more severe."""
    rows = [
        assessed("C", level, employee_id=lecturer, assessor_id=student, source="student", assessed_on="")
        for lecturer, student, level in [("E0", "A", 5), ("E0", "B", 4), ("E1", "A", 3), ("E1", "B", 2)]
    ]
    return load({**bare(2), "assessments": rows})


def test_means_are_of_the_known_rows_alone() -> None:
    found = plain_forecasts(ratings(), np.array([True, True, True, False]))
    assert found["mean of all"].mean.tolist() == [4] * 4
    assert found["mean of the lecturer"].mean.tolist() == [4.5, 4.5, 3, 3]
    both = found["rater's mean plus lecturer's mean less the mean"]
    assert both.mean.tolist() == [4.5, 4.5, 3, 3]
    assert both.sd[0] == pytest.approx(np.sqrt((0.25 + 0.25) / 3))


def test_rows_held_out_come_after_all_others() -> None:
    later = held_out_later(ratings(), np.array([False, True, False, True])).assessments
    assert np.isnat(later.assessed_on).tolist() == [True, False, True, False]
    assert later.assessed_on[1] == later.assessed_on[3]


def test_without_the_library_the_page_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crossed, "find_spec", lambda _: None)
    random, lines = np.random.default_rng(0), ["rownames,s,d,dept,y"]
    for lecturer in range(5):
        lines += [f"0,{s},{lecturer},{lecturer % 2},{random.integers(1, 6)}" for s in range(12)]
    (tmp_path / "InstEval.csv").write_text("\n".join(lines) + "\n", "utf-8")
    page = raters(tmp_path, lambda _: None)
    names = [line.split("|")[1].strip() for line in page.parts[0].splitlines()[2:]]
    assert names[0] == "estimator"
    assert len(names) == 4
    assert "pip install -e '.[benchmark]'" in page.parts[1]
    assert "60 ratings of 5 lecturers by 12 students" in page.parts[1]


def test_crossed_effects_find_rater_and_ratee() -> None:
    pytest.importorskip("gpboost")
    random = np.random.default_rng(0)
    ratee, rater = (place.ravel() for place in np.indices((30, 40)))
    level = 3 + random.normal(0, 1, 30)[ratee] - random.normal(0, 1, 40)[rater]
    level = level + random.normal(0, 0.3, level.shape)
    known = random.random(len(level)) < 0.7
    groups = np.stack([ratee, rater], axis=1).astype(str)
    found = crossed_effects(groups, level, known)
    assert found is not None
    error = found.mean - level[~known]
    assert np.sqrt(np.mean(error**2)) == pytest.approx(0.32, abs=0.04)
    assert found.sd.mean() == pytest.approx(0.32, abs=0.04)
