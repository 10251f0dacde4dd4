"""Section [tune] of a recipe: which parameters to try, between which values, and what to look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Generic, Self, TypeVar

from pydantic import Field, field_validator, model_validator

from experiments.sections import Section, faults_in, kinds, nearest, section_of
from recommender.competency import CompetencyEstimator
from recommender.evaluation.metrics import METRICS
from recommender.rankers import RANKERS

ESTIMATOR = "estimator"

_Number = TypeVar("_Number", int, float)
_METRICS = (*METRICS, "gap_closed")  # of all that is measured, what is the better the higher
_ON_GRID = 1e-8
# Luck of the draw and time, not the model: to choose the best of several seeds is to fool oneself.
_NEVER = ("random_state", "n_jobs")


class TuneChoice(Section):
    """What to tune.

    Attributes
    ----------
    metric : what is made as high as possible, as in `ndcg_10`: its name, and how long the list is.
    seed : of the optimiser.
    space : parameters of the ranker to the values to try, as the file has them: a list, or `from` and `to`,
        with `step` or `log`. Those of the estimator stand in a table `estimator` inside.
    """

    metric: str = "ndcg_10"
    seed: int = Field(default=0, ge=0)
    space: dict[str, Any] = Field(default_factory=dict)

    @field_validator("metric")
    @classmethod
    def _is_measured(cls, value: str) -> str:
        name, _, length = value.rpartition("_")
        if name not in _METRICS or not length.isdecimal() or int(length) < 1:
            known = ", ".join(_METRICS)
            raise ValueError(f"give a metric and the length of the list, as in ndcg_10; metrics: {known}")
        return value

    @property
    def at(self) -> int:
        """The length of the list that the metric looks at."""
        return int(self.metric.rpartition("_")[2])


class Range(Section, Generic[_Number]):
    """Numbers from one to another, both included.

    Attributes
    ----------
    step : only `from`, `from + step` ...; by default every number, and every whole one where the parameter
        counts something.
    log : try as many between 0.01 and 0.1 as between 0.1 and 1.
    """

    low: _Number = Field(alias="from")
    high: _Number = Field(alias="to")
    step: _Number | None = Field(default=None, gt=0)
    log: bool = False

    @model_validator(mode="after")
    def _is_a_range(self) -> Self:
        if self.low >= self.high:
            raise ValueError("`from` must lie below `to`")
        if self.log and self.low <= 0:
            raise ValueError("a logarithmic range cannot begin at 0: set `from` higher")
        if self.log and self.step is not None:
            raise ValueError("a logarithmic range has no steps: leave out `step` or `log`")
        return self

    def __contains__(self, value: float) -> bool:
        steps = (value - self.low) / self.step if self.step else 0.0
        return self.low <= value <= self.high and abs(steps - round(steps)) < _ON_GRID


Choice = Range[int] | Range[float] | tuple[Any, ...]


def choices(tune: TuneChoice, ranker: str) -> dict[str, Choice]:
    """Return what to choose from for each parameter; those of the estimator are called `estimator.rounds`.

    Parameters
    ----------
    tune : a section in which `space_faults` found nothing.
    """
    found: dict[str, Choice] = {}
    for prefix, cls, space in _levels(tune.space, RANKERS[ranker]):
        for key, spec in space.items():
            found[prefix + key] = spec if isinstance(spec, tuple) else _range(cls, key).model_validate(spec)
    return found


def words(tune: TuneChoice, ranker: str) -> Iterator[tuple[str, str]]:
    """Yield parameter and word for each choice that is a word."""
    for key, choice in choices(tune, ranker).items():
        if isinstance(choice, tuple):
            yield from ((key, one) for one in choice if isinstance(one, str))


def own_values(parameters: Mapping[str, Any], estimator: Mapping[str, Any], ranker: str) -> dict[str, Any]:
    """Return all that could be tuned, as the recipe has it or leaves it, named as in `choices`."""
    found: dict[str, Any] = {}
    of_estimator = (f"{ESTIMATOR}.", CompetencyEstimator, estimator)
    for prefix, cls, said in (("", RANKERS[ranker], parameters), of_estimator):
        values = {**cls().get_params(), **said}
        found |= {prefix + key: values[key] for key in _tunable(cls)}
    return found


def space_faults(space: Any, ranker: str, own: Mapping[str, Any]) -> Iterator[str]:
    """Yield everything that is wrong with a [tune.space], each after its key and a colon.

    Parameters
    ----------
    own : the recipe's own values, which must be among the choices: the first trial is the recipe as it is.
    """
    for prefix, cls, part in _levels(space, RANKERS[ranker]):
        for key, spec in part.items():
            at = f"tune.space.{prefix}{key}"
            faults = list(_faults(cls, key, spec, at))
            yield from faults
            value = own.get(prefix + key)
            if not faults and not _holds(cls, key, spec, value):
                yield f"{at}: the recipe's own value, {value!r}, is not among these; widen them to hold it."


def example(ranker: str) -> str:
    """Return a [tune.space] that fits the ranker, to be changed."""
    lines = ["[tune.space]"]
    for key, kind in _tunable(RANKERS[ranker]).items():
        value = RANKERS[ranker]().get_params()[key]
        if kind is float:
            lines.append(f"{key} = {{from = {value / 2}, to = {value * 2 or 1.0}}}")
        elif kind is int:
            lines.append(f"{key} = {{from = {value // 2}, to = {value * 2 or 10}}}")
    if len(lines) == 1:  # a ranker without numbers of its own still looks through the estimator
        lines.append(f"{ESTIMATOR}.rounds = [2, 3, 4]")
    return "\n".join(lines[:4])


def _levels(space: Any, ranker: type) -> Iterator[tuple[str, type, Mapping[str, Any]]]:
    """Yield prefix, class and space of the ranker, then of the estimator."""
    part = dict(space) if isinstance(space, Mapping) else {}
    inner = part.pop(ESTIMATOR) if isinstance(part.get(ESTIMATOR), Mapping) else {}
    yield "", ranker, part
    yield f"{ESTIMATOR}.", CompetencyEstimator, inner


def _tunable(cls: type) -> dict[str, Any]:
    return {key: kind for key, kind in kinds(cls).items() if kind in (int, float, str) and key not in _NEVER}


def _range(cls: type, key: str) -> type[Range[int]] | type[Range[float]]:
    return Range[int] if kinds(cls)[key] is int else Range[float]


def _faults(cls: type, key: str, spec: Any, at: str) -> Iterator[str]:
    tunable = _tunable(cls)
    if key in _NEVER and key in kinds(cls):
        yield f"{at}: is luck or time, not a better model, and is never tuned; leave it out."
    elif key in kinds(cls) and key not in tunable:
        yield f"{at}: is neither a number nor a word and cannot be tuned; leave it out."
    elif key not in tunable:
        yield f"{at}: there is no such key; {nearest(key, list(tunable))}"
    elif isinstance(spec, Mapping) and tunable[key] is str:
        yield f"{at}: is a word and has no range; give a list of words."
    elif isinstance(spec, Mapping):
        wrong = list(faults_in(_range(cls, key), spec, f"{at}."))
        yield from wrong or _impossible(cls, key, [spec["from"]], at)
    elif not isinstance(spec, tuple) or len(spec) < 2:
        yield f"{at}: {spec!r} will not do: give two or more values in a list, or {{from = ..., to = ...}}."
    else:
        yield from _impossible(cls, key, spec, at)


def _impossible(cls: type, key: str, values: Any, at: str) -> Iterator[str]:
    """Yield what the parameter itself cannot be."""
    for value in values:
        for fault in faults_in(section_of(cls), {key: value}):
            yield at + fault.removeprefix(key)


def _holds(cls: type, key: str, spec: Any, value: Any) -> bool:
    """Return whether the recipe's own value is among the choices; a wrong one is named elsewhere."""
    if any(faults_in(section_of(cls), {key: value})):
        return True
    return value in (spec if isinstance(spec, tuple) else _range(cls, key).model_validate(spec))
