"""Roles against courses: no ranker sees a tag that it is judged by."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from experiments.benchmarks.roles import chance_ndcg, ukgdad_coursera
from experiments.benchmarks.roles_city import Sets, city_of, read_sets, relevant_courses
from experiments.benchmarks.roles_tags import CLOSE, Tags, closeness
from experiments.benchmarks.roles_words import bm25, documents_of, queries_of
from recommender.competency import CompetencyEstimator
from recommender.errors import DataError
from recommender.evaluation.metrics import ndcg
from recommender.rankers import gather_people
from tests.experiments.test_converters import FILES

CONCEPTS = """\
id,description
u1,bake bread and pastry
u2,plan projects and keep schedules and plans
u3,manage data and store records in databases
u4,write poems in rhyme
"""
COURSES = """\
course_url,course_name,course_provided_by,course_difficulty,skills,description,estimated_time_to_complete
u1,Bread,Universitat de Barcelona,Advanced,"['Baking', 'planning', 'Planning!', 'Schedules']",Bake.,15 hours
u2,Records,IBM,Mixed,"['databases', 'data records']",Missing,4 months
u3,Poetry,IBM,Beginner,"['Rhyme', 'Poems', 'pastry']",Write.,1 hour
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    files = {**FILES["ukgdad_coursera"], "coursera1000/coursera-courses.csv": COURSES}
    for name, text in {**files, "esco_labels/skills.csv": CONCEPTS}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


@pytest.fixture
def sets(source: Path) -> Sets:
    return read_sets(source)


def pairs(tags: Tags, *shown: tuple[int, str]) -> np.ndarray:
    return np.array(
        [(course, tags.names[tag]) in shown for course, tag in zip(tags.course, tags.tag, strict=True)]
    )


def test_texts_without_a_common_word_are_close_by_the_concepts_they_call_up() -> None:
    concepts = ["program computers in python", "code computers", "bake bread", "organise visualisation"]
    close = closeness(["python", "bread", "visualization"], ["code", "visualisation"], concepts)
    assert close.shape == (3, 2)
    np.testing.assert_allclose(close[1], 0.0)
    assert close[2, 1] == pytest.approx(1.0), "spelling is no difference"
    assert closeness(["python computers"], ["code computers"], concepts)[0, 0] > CLOSE
    np.testing.assert_allclose(close[0, 0], 0.0, err_msg="python and code are of different concepts here")


def test_each_tag_of_a_course_counts_once(sets: Sets) -> None:
    tags = sets.tags
    assert [tags.names[tag] for tag in tags.tag[tags.course == 0]] == ["baking", "planning", "schedules"]
    skills = sets.framework.competencies["name"].tolist()
    known = {
        name: [skills[skill] for skill in np.flatnonzero(tags.stands_for[tags.names.index(name)])]
        for name in ("schedules", "databases", "rhyme")
    }
    assert known == {"schedules": ["Planning"], "databases": ["Data management"], "rhyme": []}


def test_halves_share_no_tag_and_differ_by_at_most_one_tag_a_course() -> None:
    course = np.repeat(np.arange(4), [5, 0, 4, 1][:4])
    tags = Tags(4, ("a",) * 10, course, np.arange(10), np.zeros((10, 1), dtype=np.bool_))
    halves = [tags.halved(seed) for seed in range(40)]
    counts = np.array([np.bincount(course[half], minlength=4) for half in halves])
    assert set(counts[:, 0]) == {2, 3}, "an odd number is rounded either way"
    assert set(counts[:, 1]) == {0}
    assert set(counts[:, 2]) == {2}
    assert set(counts[:, 3]) == {0, 1}
    assert (np.mean(halves, axis=0) > 0.2).all(), "every tag is shown at times"
    assert any((one != other).any() for one, other in pairwise(halves))
    np.testing.assert_array_equal(tags.halved(3), halves[3])


def test_a_city_knows_the_shown_tags_and_no_other(sets: Sets) -> None:
    seen = pairs(sets.tags, (0, "schedules"), (2, "pastry"))
    city = city_of(sets, seen)
    assert city.programs.description.tolist() == ["Bake. schedules", "", "Write. pastry"]
    taught = ~np.isnan(city.programs.target)
    assert taught.tolist() == [[True, False], [False, False], [False, False]]
    other = city_of(sets, ~seen)
    assert "schedules" not in " ".join(other.programs.description)
    assert (~np.isnan(other.programs.target))[1, 1]


def test_held_out_tags_alone_make_a_course_relevant(sets: Sets) -> None:
    seen = pairs(sets.tags, (0, "schedules"), (0, "planning"), (1, "databases"))
    city = city_of(sets, seen)
    # `data records` is left to say that the second course teaches data management, which one level asks for.
    assert relevant_courses(sets, ~seen, city).tolist() == [
        [False, True, False],
        [False, False, False],
        [False, False, False],
    ]


def test_the_gap_of_a_newcomer_is_what_the_role_level_asks_for(sets: Sets) -> None:
    city = city_of(sets, pairs(sets.tags, (0, "planning")))
    estimator = CompetencyEstimator().fit(city)
    people = gather_people(city, estimator, np.arange(3))
    assert (people.next_position < 0).all()
    np.testing.assert_allclose(np.nan_to_num(people.beliefs.mean * ~np.isnan(people.required)), 0.0, atol=0.4)
    assert (people.benefit > 0).tolist() == [[True, False, False]] * 3


def test_a_random_order_has_the_ndcg_that_is_expected_of_it() -> None:
    random = np.random.default_rng(0)
    relevant = np.zeros((3, 30), dtype=np.bool_)
    relevant[0, :4], relevant[1, :20] = True, True
    found = [ndcg(np.stack([random.permutation(30) for _ in range(3)]), relevant, 10) for _ in range(4000)]
    chance = chance_ndcg(relevant, 10)
    np.testing.assert_allclose(np.mean(found, axis=0)[:2], chance[:2], atol=0.01)
    assert np.isnan(chance[2])


def test_chance_in_a_catalogue_shorter_than_the_list_is_known() -> None:
    assert chance_ndcg(np.array([[True, True]]), 10).tolist() == [1.0]


def test_bm25_finds_the_words_asked_for(sets: Sets) -> None:
    pytest.importorskip("bm25s")
    city = city_of(sets, pairs(sets.tags, (0, "planning"), (1, "databases")))
    scores = bm25(documents_of(city, linked=True), ["planning", "databases", "", "unheard of"])
    assert scores.shape == (4, 3)
    assert scores[:2].argmax(axis=1).tolist() == [0, 1]
    assert not scores[2:].any()
    assert documents_of(city, linked=True)[0].endswith("Planning")
    assert not documents_of(city, linked=False)[0].endswith("Planning")
    queries = queries_of(city)["names of skills"]
    assert queries == ["Planning Data management", "Planning", "Planning"]


def test_the_page_has_every_ranker_and_how_far_blend_leads(source: Path) -> None:
    page = ukgdad_coursera(source, lambda _: None, draws=(0, 1))
    rows = [line.split("|")[1].strip() for line in page.parts[1].splitlines()[2:]]
    assert rows[0] == "`blend`"
    assert {"`content`", "`gap`", "random (expected)", "courses with most tags"} <= set(rows)
    assert "nothing can be backtested" in page.parts[2]
    assert "`content`" in page.headline


def test_without_the_concepts_the_file_is_named(source: Path) -> None:
    (source / "esco_labels" / "skills.csv").unlink()
    with pytest.raises(DataError, match="esco_labels"):
        read_sets(source)
