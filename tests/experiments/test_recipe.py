from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest

from experiments.recipe import FOLDER, RecipeError, load_recipe
from recommender.rankers import RANKERS

POPULARITY = '[ranker]\nname = "popularity"\n'
LEARNED = '[ranker]\nname = "learned"\n'
VALUE = '[ranker]\nname = "value"\n'
BLEND = '[ranker]\nname = "blend"\n'


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "mine.toml"


@pytest.mark.parametrize("name", RANKERS)
def test_each_ranker_has_a_recipe_of_its_name(name: str) -> None:
    recipe = load_recipe(FOLDER / f"{name}.toml")
    assert (recipe.name, recipe.ranker) == (name, name)
    assert recipe.metrics.at == (5, 10)


def test_every_ranker_has_a_recipe_of_its_name_and_every_recipe_loads() -> None:
    recipes = {file.stem: load_recipe(file) for file in FOLDER.glob("*.toml")}
    assert {name: recipes[name].ranker for name in RANKERS} == {name: name for name in RANKERS}


def test_what_the_file_says_is_what_is_made(path: Path) -> None:
    path.write_text(
        '[ranker]\nname = "learned"\ntrees = 7\n[[ranker.bases]]\nranker = "sequence"\nreach = 1\n'
        "[estimator]\nrounds = 2\n[split]\nday = 2014-10-01\n[metrics]\nat = [3]\n"
    )
    recipe = load_recipe(path)
    parameters = recipe.new_ranker().get_params()
    assert (parameters["trees"], parameters["leaves"]) == (7, RANKERS["learned"]().get_params()["leaves"])
    assert parameters["bases"] == ({"ranker": "sequence", "reach": 1},)
    assert recipe.new_estimator().rounds == 2
    assert (recipe.split.kind, recipe.split.day, recipe.metrics.at) == ("auto", date(2014, 10, 1), (3,))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (POPULARITY + "leening = 3", r"ranker.leening: there is no such key; did you mean 'leaning'\?"),
        (POPULARITY + "[splt]", r"key splt: there is no such key; did you mean 'split'\?"),
        (POPULARITY + "[split]\nmonth = 3", r"split.month: there is no such key; did you mean 'months'\?"),
        (POPULARITY + "[estimator]\nround = 3", r"estimator.round: .*did you mean 'rounds'\?"),
        (POPULARITY + "[estimator]\nsources_ = ['a']", "estimator.sources_: there is no such key"),
        (POPULARITY + "trees = 3", "ranker.trees: there is no such key; known keys: leaning, months, name"),
        (POPULARITY + "months = 'all'", "ranker.months: 'all' will not do: .*integer"),
        (
            '[ranker]\nname = "sequence"\nrecency = 6.0',
            "ranker.recency: 6.0 will not do: .*less than or equal to 1",
        ),
        (POPULARITY + "leaning = -1", "ranker.leaning: -1 will not do: .*greater than or equal to 0"),
        (
            POPULARITY + "[split]\nkind = 'random'",
            "split.kind: 'random' will not do: .*'auto', 'time', 'last' or 'one'",
        ),
        (POPULARITY + "[split]\nmonths = 0", "split.months: 0 will not do: .*greater than or equal to 1"),
        (POPULARITY + "[metrics]\nat = []", r"metrics.at: \(\) will not do: .*at least 1 item"),
        (POPULARITY + "[metrics]\nat = [0]", "metrics.at.0: 0 will not do"),
        ('[ranker]\nname = "popular"', "ranker.name: 'popular' is no ranker; use one of popularity, gap"),
        ("", "ranker.name: None is no ranker"),
        ("ranker = 3", "ranker.name: None is no ranker"),
        ("[ranker", "is not TOML"),
        (LEARNED + "leaves = 1", "ranker.leaves: 1 will not do: .*greater than or equal to 2"),
        (VALUE + "rank_by = 'clicks'", "rank_by 'clicks' is not known; use one of value, uptake, benefit"),
        (VALUE + "trees = 0", "ranker.trees: 0 will not do: .*greater than or equal to 1"),
        (LEARNED + "bases = 3", "ranker.bases: 3 will not do"),
        (
            LEARNED + "[[ranker.bases]]\nranker = 'learned'",
            "ranker.bases.0.ranker: 'learned' is no single ranker",
        ),
        (
            LEARNED + "[[ranker.bases]]\nranker = 'gap'\nper_our = 1",
            r"ranker.bases.0.per_our: .*'per_hour'\?",
        ),
        (
            BLEND + "[[ranker.parts]]\nranker = 'blend'",
            "ranker.parts.0.ranker: 'blend' is no single ranker; use one of popularity, gap",
        ),
        (
            BLEND + "[[ranker.parts]]\nranker = 'gap'\nwieght = 1",
            r"ranker.parts.0.wieght: .*'weight'\?",
        ),
        (BLEND + "[[ranker.parts]]\nranker = 'gap'\nweight = -1.0", "weight -1.0 of 'gap' will not do"),
        (
            LEARNED + "[[ranker.bases]]\nranker = 'gap'\nweight = 1",
            "ranker.bases.0.weight: there is no such key",
        ),
        (
            '[ranker]\nname = "sequence"\nmeasure = "odds"',
            "measure 'odds' is not known; use",
        ),
    ],
)
def test_what_is_wrong_is_named(path: Path, text: str, message: str) -> None:
    path.write_text(text)
    with pytest.raises(RecipeError, match=message) as caught:
        load_recipe(path)
    assert str(path) in str(caught.value)


def test_all_that_is_wrong_is_said_at_once(path: Path) -> None:
    path.write_text(
        LEARNED + "tres = 1\nleaves = 'many'\n[[ranker.bases]]\nranker = 'x'\n[split]\nkind = 'x'"
    )
    with pytest.raises(RecipeError) as caught:
        load_recipe(path)
    assert re.findall(r"key ([\w.]+):", str(caught.value)) == [
        *("ranker.leaves", "ranker.tres", "split.kind", "ranker.bases.0.ranker")
    ]


def test_an_absent_recipe_is_told_from_those_there_are(path: Path) -> None:
    with pytest.raises(RecipeError, match=r"cannot be read.*learned.toml"):
        load_recipe(path)
