"""Recipes: TOML files that say how a model is made and judged. Every wrong key or value is named at once."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, create_model, model_validator

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.errors import RecommenderError
from recommender.rankers import RANKERS, Ranker

FOLDER = Path(__file__).resolve().parent / "recipes"

# Parameters that count something need some of it; all other numbers may be 0, and none may be negative.
_LEAST = {
    **{"trees": 1, "leaves": 2, "least_leaf": 1, "windows": 1, "window_months": 1},
    **{"most_people": 1, "n_jobs": 1, "rounds": 1, "sample": 1},
}


class RecipeError(RecommenderError):
    """A recipe has an unknown key or an impossible value, or is not there."""


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class SplitChoice(_Section):
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


class MetricChoice(_Section):
    """At which list lengths to measure, and how the intervals are drawn."""

    at: tuple[PositiveInt, ...] = Field(default=(5, 10), min_length=1)
    draws: int = Field(default=1000, ge=100)
    seed: int = Field(default=0, ge=0)


class Recipe(_Section):
    """One way to make a model and to judge it.

    Attributes
    ----------
    name : the file's name without its ending.
    text : the file as it was read.
    ranker : a name in `RANKERS`; `parameters` and `estimator` hold only what the file sets.
    """

    name: str
    text: str
    ranker: str
    parameters: dict[str, Any]
    estimator: dict[str, Any]
    split: SplitChoice
    metrics: MetricChoice

    def new_ranker(self) -> Ranker:
        """Return the ranker, not fitted."""
        return RANKERS[self.ranker](**self.parameters)

    def new_estimator(self) -> CompetencyEstimator:
        """Return the competency estimator, not fitted."""
        return CompetencyEstimator(**self.estimator)


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
    problems = [*_problems(_file_model(name), values), *_base_problems(values["ranker"].get("bases", ()))]
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
    )
    _try_out(recipe, path)
    return recipe


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
        __base__=_Section,
        ranker=(_parameters(RANKERS[ranker], name=(str, ...)), ...),
        estimator=(_parameters(CompetencyEstimator), None),
        split=(SplitChoice, None),
        metrics=(MetricChoice, None),
    )


def _parameters(cls: type, **more: Any) -> type[BaseModel]:
    """Return a section with the hyper-parameters of a ranker or of the estimator, by their annotations."""
    hints = get_type_hints(cls)
    fields: dict[str, Any] = {}
    for field in dataclasses.fields(cls):
        if field.name.endswith("_"):  # learnt, not chosen
            continue
        kind = hints[field.name]
        if kind in (int, float):
            kind = Annotated[kind, Field(ge=_LEAST.get(field.name, 0))]
        fields[field.name] = (kind, None)
    return create_model(cls.__name__, __base__=_Section, **fields, **more)


def _base_problems(bases: Any) -> Iterator[str]:
    for place, spec in enumerate(bases if isinstance(bases, tuple) else ()):
        name = spec.get("ranker") if isinstance(spec, Mapping) else spec
        singles = [known for known in RANKERS if known != "learned"]
        if name not in singles:
            allowed = ", ".join(singles)
            yield f"ranker.bases.{place}.ranker: {name!r} is no single ranker; use one of {allowed}."
        else:
            model = _parameters(RANKERS[name], ranker=(str, ...))
            yield from _problems(model, spec, f"ranker.bases.{place}.")


def _problems(model: type[BaseModel], values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    try:
        model.model_validate(values)
    except ValidationError as error:
        for one in error.errors():
            key = prefix + ".".join(str(part) for part in one["loc"])
            if one["type"] == "extra_forbidden":
                *way, last = one["loc"]
                yield f"{key}: there is no such key; {_hint(str(last), _keys(model, way))}"
            elif one["type"] == "missing":
                yield f"{key}: is missing."
            else:
                yield f"{key}: {one['input']!r} will not do: {one['msg'].lower()}."


def _keys(model: Any, way: Sequence[int | str]) -> list[str]:
    for part in way:
        model = model.model_fields[part].annotation
    return list(model.model_fields)


def _hint(key: str, known: list[str]) -> str:
    nearest = get_close_matches(key, known, n=1)
    return f"did you mean {nearest[0]!r}?" if nearest else f"known keys: {', '.join(sorted(known))}."


def _try_out(recipe: Recipe, path: Path) -> None:
    """Fit to a city of one person: which words a ranker understands only the ranker itself knows."""
    city = Dataset.from_tables({"employees": [{"employee_id": "E"}], "programs": [{"program_id": "P"}]})
    try:
        recipe.new_ranker().fit(city, recipe.new_estimator().fit(city))
    except ValueError as error:
        raise RecipeError(f"{path}, section [ranker]: {error}") from error
