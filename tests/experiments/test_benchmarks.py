from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments.benchmarks.city import gains_and_hours, limits, read_gains
from experiments.benchmarks.clusters import pooled_mean
from experiments.benchmarks.oulad import learner_means
from experiments.benchmarks.roles import ukgdad_coursera
from experiments.pages import Page, table, write_page
from recommender.engine import fit_engine
from recommender.rankers.gap import GapRanker
from tests.cities import assessed, bare, load, office
from tests.experiments.test_converters import FILES


def test_pooled_means_draw_whole_persons() -> None:
    values, person = np.array([0.0, 0.0, 0.0, 6.0]), np.array([7, 7, 7, 9])
    found = pooled_mean(values, person)
    assert (found.mean, found.people) == (1.5, 2)
    assert (found.lower, found.upper) == (0, 6), "a draw may hold either person twice"


def test_earlier_scores_are_strictly_earlier() -> None:
    rows = [
        assessed("C", 2, assessed_on="2024-03-01"),
        assessed("C", 4, assessed_on="2024-01-01"),
        assessed("C", 1, assessed_on="2024-02-01"),
        assessed("C", 3, assessed_on="2024-02-01"),  # the same day does not count
        assessed("C", 5, employee_id="E1", assessed_on="2024-02-01"),
    ]
    city = load({**bare(), "assessments": rows})
    mean, has_earlier = learner_means(city, np.ones(5, dtype=bool))
    assert mean.tolist() == [pytest.approx(8 / 3), 3, 4, 4, 3]
    assert has_earlier.tolist() == [True, False, True, True, False]


def test_the_best_and_the_random_choice_keep_to_what_is_open() -> None:
    gains = np.array([[9.0, 1, 2, 3, 4, 5, 6], [9.0, 1, 2, 3, 4, 5, 6]])
    open_ = np.array([[False, True, True, True, True, True, True], [False] * 5 + [True, False]])
    best, chance = limits(gains, open_)
    assert best.tolist() == [20, 5]
    assert chance.tolist() == [pytest.approx(21 * 5 / 6), 5]


def test_true_gains_are_summed_over_what_the_engine_recommends(tmp_path: Path) -> None:
    city = load(office())
    (tmp_path / "gains.csv").write_text("employee_id,program_id,gain\nE3,basics,1.5\nE4,cooking,2\n")
    gains = read_gains(tmp_path / "gains.csv", city)
    assert gains.sum() == 3.5
    gained, hours = gains_and_hours(fit_engine(city, "gap", GapRanker()), gains)
    assert gained.tolist() == [0, 0, 0, 1.5, 0, 0, 0, 0, 0, 0], "basics is recommended, cooking is not"
    assert hours.tolist() == [20] * 10


def test_pages_say_how_they_were_made_and_stand_in_the_index(tmp_path: Path) -> None:
    body = table(["ranker", "NDCG"], [["gap", "0.5"]])
    assert body.splitlines()[1] == "| --- | ---: |"
    for name in ("two", "one"):
        write_page(tmp_path, name, Page(f"Set {name}", f"It is {name}.", [body]), 3.0)
    page = (tmp_path / "one.md").read_text("utf-8")
    assert "python -m experiments benchmark DATA --only one\n" in page
    assert "lightgbm " in page
    index = (tmp_path / "README.md").read_text("utf-8")
    assert index.index("- [Set one](one.md): It is one.") < index.index("- [Set two](two.md): It is two.")


def test_roles_are_matched_with_courses_that_teach_what_they_ask_for(tmp_path: Path) -> None:
    for name, text in FILES["ukgdad_coursera"].items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    page = ukgdad_coursera(tmp_path, lambda _: None)
    rows = {line.split("|")[1].strip(): line for line in page.parts[0].splitlines()[2:]}
    assert list(rows) == ["gap", "content", "best possible", "random (expected)"]
    assert "nothing can be backtested" in page.parts[1]
    # Three roles ask for planning, one of them for data management too; a course teaches each.
    assert rows["best possible"].split("|")[2].split()[0] == f"{(1 / 5 + 2 / 5 + 1 / 5) / 3:.3f}"
    assert rows["random (expected)"].split("|")[2].split()[0] == f"{(1 / 3 + 2 / 3 + 1 / 3) / 3:.3f}"
