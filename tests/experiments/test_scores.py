from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments.benchmarks.learners import (
    Additive,
    Marks,
    fit_additive,
    foresee,
    learner_means,
    paper_means,
    with_drift,
)
from experiments.benchmarks.scores import scores
from experiments.converters.oulad import presentations
from tests.cities import assessed, bare, load
from tests.experiments.test_converters import FILES

PRESENTATIONS = ("2013B", "2013J", "2014B", "2014J")


def marks(*rows: tuple[int, int, int, float]) -> Marks:
    """Return marks of (learner, day, paper, score); papers from 10 on are of another kind."""
    learner, day, paper, score = (np.array(column) for column in zip(*rows, strict=True))
    return Marks(learner, day, paper, (paper >= 10).astype(int), score.astype(float))


def test_earlier_scores_are_strictly_earlier() -> None:
    rows = [
        assessed("C", 2, assessed_on="2024-03-01"),
        assessed("C", 4, assessed_on="2024-01-01"),
        assessed("C", 1, assessed_on="2024-02-01"),
        assessed("C", 3, assessed_on="2024-02-01"),  # the same day does not count
        assessed("C", 5, employee_id="E1", assessed_on="2024-02-01"),
    ]
    city = load({**bare(), "assessments": rows})
    mean, has_earlier = learner_means(Marks.of(city), np.full(5, 9.0))
    assert mean.tolist() == [pytest.approx(8 / 3), 9, 4, 4, 9]
    assert has_earlier.tolist() == [True, False, True, True, False]


def test_unknown_papers_take_the_mean_of_their_kind() -> None:
    found = marks((0, 1, 0, 10), (0, 2, 1, 30), (0, 3, 10, 7), (1, 9, 2, 99), (1, 9, 11, 99))
    means = paper_means(found, np.array([True, True, True, False, False]))
    assert means[[0, 1, 2, 10, 11]].tolist() == [10, 30, 20, 7, 7]


def test_the_filter_shrinks_what_few_scores_say() -> None:
    found = marks((0, 1, 0, 60), (0, 1, 0, 70), (0, 5, 0, 50), (1, 5, 0, 50))
    model = Additive(np.array([50.0]), np.array([100.0]), variance=50.0)
    mean, sd = foresee(found, model)
    assert mean.tolist() == [50, 50, pytest.approx(50 + 30 / (2 + 100 / 50)), 50]
    assert sd[0] == sd[1] == sd[3] == pytest.approx(np.sqrt(150))
    assert sd[2] == pytest.approx(np.sqrt(100 + 1 / (1 / 50 + 2 / 100)))
    drifting = Additive(model.paper, model.noise, 50.0, drift=10.0)
    assert foresee(found, drifting)[1][2] == pytest.approx(np.sqrt(100 + 25 + 4 * 10))
    assert foresee(found, drifting)[1][0] == sd[0], "nothing drifts before the first score"


def test_means_and_variances_are_found_again() -> None:
    random = np.random.default_rng(1)
    learners, each = 400, 10
    learner, paper = np.repeat(np.arange(learners), each), np.tile(np.arange(each), learners)
    effect = random.normal(0, 8, learners)[learner]
    score = 40 + 3 * paper + effect + random.normal(0, 12, learners * each)
    whole = Marks(learner, np.tile(np.arange(each), learners), paper, np.zeros_like(paper), score)
    model = fit_additive(whole, np.ones(len(score), dtype=bool))
    np.testing.assert_allclose(model.paper, 40 + 3 * np.arange(each), atol=2.5)
    assert (model.variance**0.5, model.noise[0] ** 0.5) == (
        pytest.approx(8, abs=1),
        pytest.approx(12, abs=0.5),
    )
    late = whole.day >= 5
    assert with_drift(whole, model, late, (0.0, 50.0)).drift == 0, "these learners do not change"


def test_learners_that_change_are_found_to_drift() -> None:
    random = np.random.default_rng(1)
    learners, each = 200, 20
    walk = random.normal(0, 5, (learners, each)).cumsum(axis=1)
    score = (50 + walk + random.normal(0, 5, walk.shape)).ravel()
    learner, day = np.repeat(np.arange(learners), each), np.tile(np.arange(each), learners)
    nothing = np.zeros_like(day)
    whole = Marks(learner, day, nothing, nothing, score)
    model = Additive(np.array([50.0]), np.array([25.0]), 25.0)
    assert with_drift(whole, model, day > 5, (0.0, 1.0, 25.0, 500.0)).drift == 25


def write(folder: Path) -> Path:
    """Write two papers of one module in four presentations, each taken by six learners."""
    info, set_, sat = [], [], []
    for run, presentation in enumerate(PRESENTATIONS):
        set_ += [f"AAA,{presentation},{run}{paper},TMA,{19 + 30 * paper},50" for paper in (1, 2)]
        for learner in range(6):
            name = f"{run}{learner}" if learner else "99"  # one comes back every time
            info.append(f"AAA,{presentation},{name},M,Pass")
            sat += [f"{run}{paper},{name},{18 + 30 * paper},0,{50 + 5 * learner + paper}" for paper in (1, 2)]
    heads = {name: text.splitlines()[0] for name, text in FILES["oulad"].items()}
    rows = {
        "courses.csv": [f"AAA,{presentation},200" for presentation in PRESENTATIONS],
        "assessments.csv": set_,
        "studentInfo.csv": info,
        "studentAssessment.csv": sat,
    }
    for name, lines in rows.items():
        (folder / name).write_text("\n".join([heads[name], *lines]) + "\n", "utf-8")
    return folder


def test_a_later_presentation_is_foreseen(tmp_path: Path) -> None:
    source = write(tmp_path)
    assert presentations(source).tolist() == [name for name in PRESENTATIONS for _ in range(12)]
    page = scores(source, lambda _: None)
    assert "12 scores of 6 learners in presentation 2014J" in page.parts[-1]
    first = [line.split("|")[1].strip() for line in page.parts[0].splitlines()[2:]]
    assert first[0] == "estimator"
    assert len(first) == 5
    assert page.parts[2].splitlines()[2].startswith("| tma | 12 |")
