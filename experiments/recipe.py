"""Recipes: TOML files that say how a model is made and judged. Every wrong key or value is named at once."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal, Self, get_args

from pydantic import BaseModel, Field, PositiveInt, ValidationError, create_model, model_validator

from experiments.sections import Section, faults_in, nearest, section_of
from experiments.tuning.space import ESTIMATOR, TuneChoice, own_values, space_faults, words
from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.errors import RecommenderError
from recommender.evaluation.metrics import METRICS
from recommender.rankers import BASES, RANKERS, Ranker

# By which people are compared, and in what, see `judging.fairness`.
Attribute = Literal["sex", "age_band", "employment_type"]
ATTRIBUTES: tuple[Attribute, ...] = get_args(Attribute)
Measure = Literal["quality", "benefit", "exposure"]
MEASURES: tuple[Measure, ...] = get_args(Measure)

FOLDER = Path(__file__).resolve().parent / "recipes"


class RecipeError(RecommenderError):
    """A recipe has an unknown key or an impossible value, or is not there."""


class SplitChoice(Section):
    """Where the past ends.

    Attributes
    ----------
    kind : "time" cuts at a day; "last" before everybody's last record; "one" leaves out one record of
        everybody, drawn at random, for histories without any order; "auto" is "time" where there are dates.
    months : how long before the data's own date, and how far one cut lies before the next.
    day : cut here instead.
    cuts : how many cuts in time, or how many draws.
    seed : of the first draw.
    """

    kind: Literal["auto", "time", "last", "one"] = "auto"
    months: int = Field(default=12, ge=1, le=600)
    day: date | None = None
    cuts: int = Field(default=1, ge=1, le=50)
    seed: int = Field(default=0, ge=0)

    @model_validator(mode="after")
    def _one_day_is_one_cut(self) -> Self:
        if self.cuts > 1 and (self.day is not None or self.kind == "last"):
            raise ValueError("a day, or everybody's last record, is one cut: set cuts to 1")
        return self


class MetricChoice(Section):
    """At which list lengths to measure, and how the intervals are drawn.

    Attributes
    ----------
    learning_curve : whether to fit also to 10, 25 and 50 % of the people; it nearly doubles the time.
    """

    at: tuple[PositiveInt, ...] = Field(default=(5, 10), min_length=1)
    draws: int = Field(default=1000, ge=100)
    seed: int = Field(default=0, ge=0)
    learning_curve: bool = False


class GateChoice(Section):
    """What a model must show before `promote` lets it be served; what is left out is not asked.

    Attributes
    ----------
    metric : a mean over cases where more is better; `minimum` and `maximum_loss` are about it.
    minimum : it must be at least this.
    maximum_loss : how much worse than the champion it may be: the lower bound of the 95 % interval of the
        paired difference must not lie below -maximum_loss. (The margin of a non-inferiority trial: thin
        evidence counts against the challenger.)
    maximum_gap_loss : the same for the gap closed per place of the list, in levels (an empty place closes
        none): a model can win on what people are used to and lose what they need.
    minimum_gain_share : least share of the best possible gain that the lists must bring: of the true gain
        where the data hold it (simulated cities), else of the gap closed as estimated. It asks something of
        the first model too, and of one whose champion brings little.
    maximum_gain_loss : the same as maximum_gap_loss for the true gain of five programs together, where the
        data hold it; else nothing is asked by it.
    fairness : least ratio of the least to the most favoured group, for every one of `fairness_measures` of
        every one of `fairness_attributes`; what cannot be compared does not pass. 0.8 is the four-fifths rule
        (US Uniform Guidelines on Employee Selection Procedures, 29 CFR 1607.4 D).
    latency_ms : most milliseconds that one person may wait, at the median.
    calibration_error : most distance between the chances stated and what came to pass; they must also tell
        more than the base rate does (Brier skill above 0), which alone would be calibrated.
    """

    metric: str = "ndcg_10"
    minimum: float | None = Field(default=None, ge=0)
    maximum_loss: float | None = Field(default=None, ge=0)
    maximum_gap_loss: float | None = Field(default=None, ge=0)
    minimum_gain_share: float | None = Field(default=None, gt=0, le=1)
    maximum_gain_loss: float | None = Field(default=None, ge=0)
    fairness: float | None = Field(default=None, gt=0, le=1)
    fairness_attributes: tuple[Attribute, ...] = Field(default=ATTRIBUTES, min_length=1)
    fairness_measures: tuple[Measure, ...] = Field(default=MEASURES, min_length=1)
    latency_ms: float | None = Field(default=None, gt=0)
    calibration_error: float | None = Field(default=None, gt=0)


class Recipe(Section):
    """One way to make a model and to judge it.

    Attributes
    ----------
    name : the file's name without its ending.
    text : the file as it was read.
    ranker : a name in `RANKERS`; `parameters` and `estimator` hold only what the file sets.
    gate : what `python -m experiments promote` asks of the model.
    tune : which other parameters `python -m experiments tune` tries.
    """

    name: str
    text: str
    ranker: str
    parameters: dict[str, Any]
    estimator: dict[str, Any]
    split: SplitChoice
    metrics: MetricChoice
    gate: GateChoice = GateChoice()
    tune: TuneChoice = TuneChoice()

    def new_ranker(self) -> Ranker:
        """Return the ranker, not fitted."""
        return RANKERS[self.ranker](**self.parameters)

    def new_estimator(self) -> CompetencyEstimator:
        """Return the competency estimator, not fitted."""
        return CompetencyEstimator(**self.estimator)

    def with_values(self, values: Mapping[str, Any]) -> Recipe:
        """Return the recipe with other parameters; those of the estimator are called `estimator.rounds`."""
        estimator, ranker = dict(self.estimator), dict(self.parameters)
        for key, value in values.items():
            section = estimator if key.startswith(f"{ESTIMATOR}.") else ranker
            section[key.removeprefix(f"{ESTIMATOR}.")] = value
        return self.model_copy(update={"parameters": ranker, "estimator": estimator})


def load_recipe(path: Path) -> Recipe:
    """Read a recipe.

    Raises
    ------
    RecipeError
        The file is absent, not TOML, or holds unknown keys or impossible values; all are listed.
    """
    text, raw = _read(path)
    section = raw.get("ranker")
    name = section.get("name") if isinstance(section, dict) else None
    if name not in RANKERS:
        raise RecipeError(f"{path}, key ranker.name: {name!r} is no ranker; use one of {', '.join(RANKERS)}.")
    values = _with_tuples(raw)
    problems = [
        *faults_in(_file_model(name), values),
        *_base_problems(values["ranker"], "bases"),
        *_base_problems(values["ranker"], "parts", weight=(float, None)),
        *_space_problems(values, name),
        *_gate_problems(values),
    ]
    if problems:
        raise RecipeError("\n".join(f"{path}, key {problem}" for problem in problems))
    parameters = {key: value for key, value in values["ranker"].items() if key != "name"}
    recipe = Recipe(
        name=path.stem,
        text=text,
        ranker=name,
        parameters=parameters,
        estimator=values.get("estimator", {}),
        split=SplitChoice(**values.get("split", {})),
        metrics=MetricChoice(**values.get("metrics", {})),
        gate=GateChoice(**values.get("gate", {})),
        tune=TuneChoice(**values.get("tune", {})),
    )
    _try_out(recipe, f"{path}, section [ranker]")
    for key, word in words(recipe.tune, name):
        _try_out(recipe.with_values({key: word}), f"{path}, key tune.space.{key}")
    return recipe


def kept_recipe(values: Mapping[str, Any]) -> Recipe:
    """Return the recipe that a bundle's manifest keeps.

    Raises
    ------
    RecipeError
        It was kept by a version with other keys.
    """
    names = ("name", "ranker", "parameters", "estimator", "split", "metrics", "gate")
    known = {name: _with_tuples(values[name]) for name in names if name in values}
    try:
        # From JSON and not from Python, since days are text there.
        recipe = Recipe.model_validate_json(json.dumps({**known, "text": ""}))
        return recipe.model_copy(update={name: known[name] for name in ("parameters", "estimator")})
    except (ValidationError, KeyError) as error:
        raise RecipeError(f"the recipe that the bundle keeps is of another version: {error}") from error


def _read(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text("utf-8")
        return text, tomllib.loads(text)
    except OSError as error:
        known = ", ".join(sorted(file.name for file in FOLDER.glob("*.toml")))
        message = f"{path} cannot be read ({error.strerror}). In experiments/recipes there are: {known}."
        raise RecipeError(message) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{path} is not TOML in UTF-8: {error}; correct it at that place.") from error


def _with_tuples(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_tuples(inner) for key, inner in value.items()}
    return tuple(_with_tuples(inner) for inner in value) if isinstance(value, list) else value


def _file_model(ranker: str) -> type[BaseModel]:
    """Return the shape of a recipe file for one ranker."""
    return create_model(
        "RecipeFile",
        __base__=Section,
        ranker=(section_of(RANKERS[ranker], name=(str, ...)), ...),
        estimator=(section_of(CompetencyEstimator), None),
        split=(SplitChoice, None),
        metrics=(MetricChoice, None),
        gate=(GateChoice, None),
        tune=(TuneChoice, None),
    )


def _base_problems(section: Mapping[str, Any], key: str, **more: Any) -> Iterator[str]:
    """Yield what is wrong with the rankers that a ranker is made of; `more` are keys that only these have."""
    specs = section.get(key)
    for place, spec in enumerate(specs if isinstance(specs, tuple) else ()):
        name = spec.get("ranker") if isinstance(spec, Mapping) else spec
        if name not in BASES:
            allowed = ", ".join(BASES)
            yield f"ranker.{key}.{place}.ranker: {name!r} is no single ranker; use one of {allowed}."
        else:
            model = section_of(BASES[name], ranker=(str, ...), **more)
            yield from faults_in(model, spec, f"ranker.{key}.{place}.")


def _space_problems(values: Mapping[str, Any], ranker: str) -> Iterator[str]:
    tune, estimator = values.get("tune"), values.get("estimator")
    if isinstance(tune, Mapping):
        own = own_values(values["ranker"], estimator if isinstance(estimator, Mapping) else {}, ranker)
        yield from space_faults(tune.get("space"), ranker, own)


def _gate_problems(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield a metric that more is not better of, or that this recipe does not measure."""
    gate, metrics = values.get("gate"), values.get("metrics", {})
    lengths = metrics.get("at", MetricChoice().at) if isinstance(metrics, Mapping) else None
    if isinstance(gate, Mapping) and isinstance(lengths, tuple):
        known = [f"{name}_{k}" for k in lengths for name in (*METRICS, "gap_closed")]
        metric = gate.get("metric", GateChoice().metric)
        if metric not in known:
            yield f"gate.metric: {metric!r} is not measured here; {nearest(str(metric), known)}"


def _try_out(recipe: Recipe, where: str) -> None:
    """Fit to a city of one person: which words a ranker understands only the ranker itself knows."""
    city = Dataset.from_tables({"employees": [{"employee_id": "E"}], "programs": [{"program_id": "P"}]})
    try:
        recipe.new_ranker().fit(city, recipe.new_estimator().fit(city))
    except ValueError as error:
        raise RecipeError(f"{where}: {error}") from error
