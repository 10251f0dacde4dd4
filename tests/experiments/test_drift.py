"""Whether data have moved: nothing is found where nothing moved, and each planted drift in its own line."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from experiments.__main__ import app
from experiments.drift.command import Report, report_on
from experiments.drift.comparison import compare, pair_of
from experiments.drift.foretelling import TOO_SHORT
from experiments.drift.measures import (
    LIMITS,
    MOVED,
    STEADY,
    TOO_FEW,
    Line,
    Sample,
    fall,
    judged,
    mean,
    mix,
    per_person,
    spread,
    unknown,
)
from recommender.bundle import make_current, save_bundle
from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.dataset.subset import take
from recommender.domain import BoolArray, Vocabulary
from recommender.engine import Engine, fit_engine
from recommender.evaluation.bootstrap import Interval
from recommender.rankers.popularity import PopularityRanker
from tests.cities import Tables, bare, load, town
from tests.experiments.test_backtest import backtest, recipe

SAMPLE = Path(__file__).resolve().parents[2] / "data" / "sample"
TRAINED = np.datetime64("2024-12-31")
NAN = float("nan")


def draw(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def verdict(line: Line) -> str:
    return judged([line])[0].verdict


# --- measures ---


def labels(**counts: int) -> Sample:
    return per_person(np.repeat(list(counts), list(counts.values())))


def test_a_mix_is_measured_by_the_population_stability_index() -> None:
    line = mix("", "", labels(a=50_000, b=50_000), labels(a=70_000, b=30_000))
    assert line.effect == pytest.approx(0.2 * np.log(0.7 / 0.5) + 0.2 * np.log(0.5 / 0.3), rel=0.02)
    assert (line.then, line.now) == ("a 50.0%", "a 70.0%")
    assert verdict(line) == MOVED
    assert verdict(mix("", "", labels(a=500, b=500), labels(a=560, b=440))) == STEADY


def test_many_labels_drawn_from_one_mix_have_no_effect() -> None:
    def effect(seed: int) -> float:
        drawn = draw(seed).integers(60, size=(2, 500))
        return mix("", "", per_person(drawn[0]), per_person(drawn[1])).effect

    by_chance = 60 * (1 / 500 + 1 / 500)  # what the index itself is, on average
    assert np.mean([effect(seed) for seed in range(20)]) < 0.2 * by_chance


def test_rare_labels_are_weighed_together() -> None:
    sides = [labels(a=500, **{f"{side}{rare}": 1 for rare in range(40)}) for side in "bc"]
    assert mix("", "", *sides).effect == 0


def test_values_of_one_person_hang_together() -> None:
    sides = labels(a=60, b=40), labels(a=40, b=60)
    one = mix("", "", *sides)
    many = mix("", "", *(Sample(np.repeat(side.values, 10), np.repeat(side.who, 10)) for side in sides))
    assert many.p == pytest.approx(one.p, rel=0.05)
    assert many.people == (100, 100)
    level = draw().normal(size=(2, 50))
    repeated = [Sample(np.repeat(side, 10), np.repeat(np.arange(50), 10)) for side in level]
    assert mean("", "", *repeated).p == pytest.approx(mean("", "", *map(per_person, level)).p)


def test_means_and_spreads_have_known_effects() -> None:
    normal = draw().normal(size=(2, 20_000))
    line = mean("", "", per_person(normal[0]), per_person(normal[1] * 1.0 + 0.5))
    assert line.effect == pytest.approx(0.5, abs=0.03)
    # Both limits ask for as much: a shift between them moves either line or none.
    for shift, found in ((0.29, STEADY), (0.36, MOVED)):
        sides = normal[0], normal[1] + shift
        assert verdict(mean("", "", *map(per_person, sides))) == found
        assert verdict(spread("", "", *sides)) == found
    assert verdict(mix("", "", *(per_person(np.digitize(s, np.linspace(-2, 2, 20))) for s in sides))) == MOVED


def test_constants_that_differ_have_moved_and_equal_ones_have_not() -> None:
    ones = per_person(np.ones(40))
    line = mean("", "", ones, per_person(np.zeros(40)))
    assert line.effect == -np.inf
    assert verdict(line) == MOVED
    assert verdict(mean("", "", ones, ones)) == STEADY


def test_what_is_new_has_moved_when_it_is_surely_more_than_a_tenth() -> None:
    shares = {(15, 100): STEADY, (30, 100): MOVED, (150, 1000): MOVED, (90, 1000): STEADY, (29, 29): TOO_FEW}
    found = {(new, of): verdict(unknown("", "", np.arange(of) < new)) for new, of in shares}
    assert found == shares


def test_a_loss_counts_and_a_gain_does_not() -> None:
    then, low = Interval(0.5, 0.48, 0.52, 200), Interval(0.4, 0.38, 0.42, 200)
    assert fall("", "", then, low).effect == pytest.approx(0.2)
    assert verdict(fall("", "", then, low)) == MOVED
    assert verdict(fall("", "", low, then)) == STEADY
    assert verdict(fall("", "", then, Interval(0.47, 0.45, 0.49, 200))) == STEADY, "a loss below the limit"
    assert verdict(fall("", "", then, Interval(0.4, 0.2, 0.6, 200))) == STEADY, "a loss that may be chance"


def test_few_people_tell_nothing_however_far_they_lie_apart() -> None:
    (line,) = judged([mean("", "", per_person(np.arange(29.0)), per_person(np.arange(29.0) + 1e6))])
    assert (line.verdict, line.then, line.now) == (TOO_FEW, "–", "–")
    assert np.isnan([line.effect, line.p]).all()


def test_chance_is_corrected_for_the_number_of_lines_tested() -> None:
    def line(p: float, many: int = 100, said: str = "") -> Line:
        return Line("", "", "", "", "mean", 9.0, p, (many, many), said)

    tested = [line(0.01), line(0.04), line(0.03), line(0.001, many=2), line(0.001, said="said")]
    p = [one.p for one in judged(tested)]
    assert p[:3] == pytest.approx([0.03, 0.06, 0.06]), "Holm"
    assert [one.verdict for one in judged(tested)] == [STEADY, STEADY, STEADY, TOO_FEW, "said"]
    assert judged([line(0.001), line(0.9)])[0].verdict == MOVED
    assert judged([]) == []


# --- which records are compared ---


@pytest.fixture(scope="module")
def city() -> Dataset:
    return Dataset.load(SAMPLE)


def until(data: Dataset, last: str | np.datetime64) -> Dataset:
    day = np.datetime64(last)
    return replace(data.before(day + 1), as_of=day)


@pytest.mark.parametrize(
    ("trained", "lately", "earlier"),
    [
        ("2025-06-30", ("2025-07-01", "2025-12-31"), ("2024-07-01", "2024-12-31")),
        ("2024-12-31", ("2025-01-01", "2025-12-31"), ("2024-01-02", "2024-12-31")),
        ("2023-03-31", ("2025-01-01", "2025-12-31"), ("2022-04-01", "2023-03-31")),
    ],
)
def test_a_season_is_set_against_the_same_season_and_a_year_against_a_year(
    city: Dataset, trained: str, lately: tuple[str, str], earlier: tuple[str, str]
) -> None:
    pair = pair_of(until(city, trained), city)
    for side, (first, last) in ((pair.now, lately), (pair.then, earlier)):
        for days in (side.lately.history.moment, side.lately.assessments.assessed_on):
            assert len(days)
            assert days.min() >= np.datetime64(first)
            assert days.max() <= np.datetime64(last)
        assert (side.day.astype("datetime64[M]") - pair.now.day.astype("datetime64[M]")).astype(int) % 12 in (
            0,
            1,
        )
    assert pair.periods == f"records of {' to '.join(lately)} against those of {' to '.join(earlier)}"


def test_without_dates_or_news_everything_is_set_against_everything(city: Dataset) -> None:
    undated = load({**bare(), "training_records": [{"employee_id": "E0", "program_id": "P0"}]})
    for then, now in ((until(city, "2025-12-30"), city), (city, until(city, TRAINED)), (undated, undated)):
        pair = pair_of(then, now)
        assert pair.then.lately is then
        assert pair.now.lately is now


# --- nothing moved ---


def moved(then: Dataset, now: Dataset) -> list[str]:
    return [line.name for line in judged(compare(pair_of(then, now))) if line.verdict == MOVED]


def half(data: Dataset, chosen: BoolArray) -> Dataset:
    def own(records: Any) -> Any:
        return take(records, chosen[records.employee])

    return replace(
        data,
        employees=replace(data.employees, active=data.employees.active & chosen),
        history=own(data.history),
        assessments=own(data.assessments),
        feedback=own(data.feedback),
    )


def test_halves_of_one_city_are_hardly_ever_told_apart(city: Dataset) -> None:
    """With p < 0.01 for a whole report, 40 of them hold 0.4 false alarms; the chance of 3 is below 0.01."""
    alarms = 0
    for seed in range(40):
        chosen = draw(seed).random(len(city.employees.ids)) < 0.5
        alarms += bool(set(moved(half(city, chosen), half(city, ~chosen))) - {"left"})
    assert alarms <= 2


@pytest.mark.parametrize("trained", ["2025-09-30", "2025-06-30", "2024-12-31"])
def test_a_city_that_lives_on_as_before_has_not_moved(city: Dataset, trained: str) -> None:
    assert moved(until(city, trained), city) == []


def test_what_nobody_has_is_left_out() -> None:
    nothing = load(bare(40, 40))
    lines = judged(compare(pair_of(nothing, nothing)))
    assert {line.name for line in lines} == {
        "joined",
        "left",
        "programs unknown to the model",
        "programs withdrawn",
    }
    assert {line.verdict for line in lines} == {STEADY}


# --- planted drifts ---


def other_tiers(data: Dataset) -> Dataset:
    people, tier = data.employees, data.positions.tier
    swap = draw().random(len(people.ids)) < 0.5
    high, low = (int(np.flatnonzero(tier == name)[0]) for name in ("administrator", "pelaksana"))
    new = np.where(people.position == high, low, high)
    return replace(data, employees=replace(people, position=np.where(swap, new, people.position)))


def other_levels(data: Dataset) -> Dataset:
    records = data.assessments
    level = records.level + (records.source == "self")
    return replace(data, assessments=replace(records, level=level))


def other_source(data: Dataset) -> Dataset:
    source = data.assessments.source.copy()
    source[(source == "self") & (draw().random(len(source)) < 0.8)] = "panel"
    return replace(data, assessments=replace(data.assessments, source=source))


def fewer_assessments(data: Dataset) -> Dataset:
    records = data.assessments
    return replace(data, assessments=take(records, draw().random(len(records)) < 0.25))


def other_catalogue(data: Dataset) -> Dataset:
    ids = Vocabulary(f"N{id_}" if place % 2 else id_ for place, id_ in enumerate(data.programs.ids))
    return replace(data, programs=replace(data.programs, ids=ids))


def other_hours(data: Dataset) -> Dataset:
    return replace(data, programs=replace(data.programs, hours=data.programs.hours * 3))


def other_tastes(data: Dataset, since: str = "1900-01-01") -> Dataset:
    records = data.history
    permuted = draw().permutation(len(data.programs.ids))[records.program]
    return with_history(
        data, program=np.where(records.moment >= np.datetime64(since), permuted, records.program)
    )


def with_history(data: Dataset, **columns: Any) -> Dataset:
    return replace(data, history=replace(data.history, **columns))


def fewer_completed(data: Dataset) -> Dataset:
    status = data.history.status.copy()
    status[draw().random(len(status)) < 0.5] = "dropped"
    return with_history(data, status=status)


def worse_ratings(data: Dataset) -> Dataset:
    said = data.feedback
    return replace(data, feedback=replace(said, rating=said.rating - (said.phase == "reaction")))


def new_people(data: Dataset) -> Dataset:
    ids = Vocabulary(f"N{id_}" if place % 3 == 0 else id_ for place, id_ in enumerate(data.employees.ids))
    return replace(data, employees=replace(data.employees, ids=ids))


def retired(data: Dataset) -> Dataset:
    still = data.employees.active & (np.arange(len(data.employees.ids)) % 5 > 0)
    return replace(data, employees=replace(data.employees, active=still))


PLANTED: dict[Callable[[Dataset], Dataset], set[str]] = {
    other_tiers: {"tiers"},
    other_levels: {"level by self"},
    other_source: {"sources", "by sources unknown to the model"},
    fewer_assessments: {"assessments per person"},
    other_catalogue: {
        "programs unknown to the model",
        "programs withdrawn",
        "trainings unknown to the model",
    },
    other_hours: {"hours of a program"},
    other_tastes: {"what people take"},
    fewer_completed: {"share completed"},
    worse_ratings: {"rating, reaction"},
    new_people: {"joined", "left"},
    retired: {"left", "people in a unit"},
}


@pytest.mark.parametrize("since", [False, True])
@pytest.mark.parametrize("plant", PLANTED)
def test_each_planted_drift_moves_its_own_line(
    city: Dataset, plant: Callable[[Dataset], Dataset], since: bool
) -> None:
    then = until(city, TRAINED) if since else city
    now = plant(city)
    assert set(moved(then, now)) == PLANTED[plant]


# --- the model's own figure ---


QUICK = CompetencyEstimator(rounds=1, sample=100)  # popularity does not look at levels
ABOUT = {"cut": "2024-01-01", "recipe": {"metrics": {"at": [5, 10]}}}


@pytest.fixture(scope="module")
def engine(city: Dataset) -> Engine:
    before = replace(until(city, TRAINED), digest="before")
    return fit_engine(before, "popularity", PopularityRanker(), QUICK)


def told(about: float) -> dict[str, Any]:
    bounds = {"": about, "_lower": about - 0.04, "_upper": about + 0.04}
    figures = {f"{name}_10{end}": value for name in ("ndcg", "recall") for end, value in bounds.items()}
    return {**ABOUT, "metrics": {**figures, "people": 224}}


def of_model(report: Report) -> dict[str, Line]:
    return {line.name: line for line in report.lines if line.topic == "model"}


def test_the_model_is_judged_on_what_people_took_since_as_a_backtest_would(
    city: Dataset, engine: Engine
) -> None:
    found = of_model(report_on(engine, told(0.45), city))
    asked = recipe("popularity", at=(10,), day=(TRAINED + 1).item())
    result = backtest(city, asked.model_copy(update={"estimator": QUICK.get_params()}))
    for name, metric in (("NDCG@10", "ndcg_10"), ("recall@10", "recall_10")):
        known = result.interval(metric)
        assert found[name].now.startswith(f"{known.mean:.3f} ")
        assert found[name].people == (224, known.people)
    assert found["NDCG@10"].verdict == STEADY


def test_a_model_that_foretells_worse_than_it_did_is_a_reason_to_retrain(
    city: Dataset, engine: Engine
) -> None:
    assert [line.name for line in report_on(engine, told(0.9), city).moved] == ["NDCG@10", "recall@10"]
    wrong = report_on(engine, told(0.45), other_tastes(city, since="2025-01-01")).moved
    assert {line.name for line in wrong} == {"what people take", "NDCG@10", "recall@10"}


def test_ndcg_of_a_shorter_time_is_shown_and_not_judged(city: Dataset, engine: Engine) -> None:
    found = of_model(report_on(engine, told(0.9), until(city, "2025-06-30")))
    assert found["NDCG@10"].verdict == TOO_SHORT
    assert found["recall@10"].verdict == MOVED


@pytest.mark.parametrize(
    ("about", "reason"),
    [
        ({}, "holds no figure"),
        ({**told(0.5), "cut": "before each person's last record"}, "holds no figure"),
        (told(0.5), "nobody took a new program"),
    ],
)
def test_why_the_model_is_not_judged_is_said(
    city: Dataset, engine: Engine, about: dict[str, Any], reason: str
) -> None:
    now = until(city, TRAINED) if "nobody" in reason else city
    report = report_on(engine, about, now)
    assert of_model(report) == {}
    assert reason in report.notes[0]


# --- the command ---


def write(folder: Path, tables: Tables) -> Path:
    folder.mkdir()
    for name, rows in tables.items():
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            columns = list(dict.fromkeys(column for row in rows for column in row))
            writer = csv.DictWriter(file, columns)
            writer.writeheader()
            writer.writerows(rows)
    return folder


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a town, the same town of other ratings, and a bundle trained on the town."""
    folder = tmp_path_factory.mktemp("home")
    write(folder / "town", town())
    write(folder / "other", {**town(), "assessments": list(raised(town()["assessments"]))})
    write(folder / "poor", {name: rows for name, rows in town().items() if name != "assessments"})
    write(folder / "elsewhere", {name: [dict(row) for row in rows] for name, rows in bare(3, 2).items()})
    (folder / "elsewhere" / "programs.csv").write_text("program_id\nQ1\n")
    (folder / "broken").mkdir()
    trained = fit_engine(Dataset.load(folder / "town"), "popularity", PopularityRanker(), QUICK)
    make_current(save_bundle(trained, folder / "models", {}))
    return folder


def raised(rows: Iterable[Any]) -> Iterable[dict[str, object]]:
    for row in rows:
        yield {**row, "level": 5 if row["source"] == "supervisor" else row["level"]}


def invoke(home: Path, data: str, *words: str, bundle: str = "models/current") -> tuple[int, str, str]:
    words = ("drift", "--data", str(home / data), "--bundle", str(home / bundle), *words)
    result = CliRunner().invoke(app, words)
    return result.exit_code, result.stdout, result.stderr


def test_the_data_of_the_model_have_not_changed(home: Path) -> None:
    code, said, _ = invoke(home, "town")
    assert code == 0
    assert said == "Nothing has changed: these are the data the model was trained on.\nRetrain: no.\n"
    code, said, _ = invoke(home, "town", "--json")
    assert code == 0
    assert json.loads(said)["unchanged"] is True


def test_a_drift_is_a_reason_and_an_exit_code(home: Path) -> None:
    code, said, _ = invoke(home, "other")
    assert code == 3
    assert "Retrain: yes. 1 of " in said
    assert said.splitlines()[-1].startswith("  evidence: level by supervisor: 2.")
    assert said.endswith("then, 5.00 now\n")


def test_machines_read_the_lines_and_nobody_reads_an_id(home: Path) -> None:
    code, said, _ = invoke(home, "other", "--json")
    found = json.loads(said)
    assert code == 3
    assert found["retrain"] is True
    assert found["reasons"] == ["evidence: level by supervisor"]
    line = next(line for line in found["lines"] if line["verdict"] == MOVED)
    assert line["limit"] == LIMITS["mean"]
    assert line["people"] == [60, 60]
    joined = next(line for line in found["lines"] if line["name"] == "joined")
    assert joined["effect"] == 0, "people are known again by their pseudonyms"
    assert not [f"E{number}" for number in range(60) if f'"E{number}"' in said or f" E{number} " in said]


def test_a_table_that_is_gone_is_said_and_seen(home: Path) -> None:
    code, said, _ = invoke(home, "poor")
    assert code == 3
    assert "Absent now only: assessments." in said
    assert "evidence: assessments per person: 3.00 then, 0.00 now" in said


@pytest.mark.parametrize(
    ("data", "bundle", "message"),
    [
        ("town", "nowhere/current", "there is no bundle at"),
        ("nowhere", "models/current", "nowhere"),
        ("broken", "models/current", "Add employees.csv"),
        ("elsewhere", "models/current", "no program of elsewhere is known"),
    ],
)
def test_what_will_not_do_is_said_in_words(home: Path, data: str, bundle: str, message: str) -> None:
    code, _, error = invoke(home, data, bundle=bundle)
    assert code == 1
    assert message in error
    assert "Traceback" not in error
