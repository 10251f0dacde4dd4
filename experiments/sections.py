"""Sections of a TOML file: their shape, and what is wrong with one in words that name the key."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

# Parameters that count something need some of it; all other numbers may be 0, and none may be negative.
_LEAST = {
    **{"trees": 1, "leaves": 2, "least_leaf": 1, "windows": 1, "window_months": 1},
    **{"most_people": 1, "candidates": 1, "n_jobs": 1, "rounds": 1, "sample": 1},
}


# Shares and decays; above 1 they would grow where they are meant to fade.
_MOST = {"reach": 1, "recency": 1}


class Section(BaseModel):
    """A table of a TOML file; a key that it does not know is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


def kinds(cls: type) -> dict[str, Any]:
    """Return the hyper-parameters of a ranker or of the estimator, with their annotations."""
    hints = get_type_hints(cls)
    # What ends in _ is learnt, not chosen.
    return {field.name: hints[field.name] for field in dataclasses.fields(cls) if field.name[-1] != "_"}


def section_of(cls: type, **more: Any) -> type[BaseModel]:
    """Return a section with the hyper-parameters of a ranker or of the estimator, by their annotations."""
    fields: dict[str, Any] = {}
    for name, kind in kinds(cls).items():
        counted = kind in (int, float)
        bounds = Field(ge=_LEAST.get(name, 0), le=_MOST.get(name))
        fields[name] = (Annotated[kind, bounds] if counted else kind, None)
    return create_model(cls.__name__, __base__=Section, **fields, **more)


def faults_in(model: type[BaseModel], values: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """Yield everything that is wrong with a section, each after its key and a colon."""
    try:
        model.model_validate(values)
    except ValidationError as error:
        for one in error.errors():
            key = (prefix + ".".join(str(part) for part in one["loc"])).rstrip(".")
            if one["type"] == "extra_forbidden":
                *way, last = one["loc"]
                yield f"{key}: there is no such key; {nearest(str(last), _keys(model, way))}"
            elif one["type"] == "missing":
                yield f"{key}: is missing."
            else:
                why = one["msg"].lower().removeprefix("value error, ")
                yield f"{key}: {one['input']!r} will not do: {why}."


def nearest(key: str, known: Sequence[str]) -> str:
    """Return which known key was probably meant, or all of them."""
    close = get_close_matches(key, known, n=1)
    return f"did you mean {close[0]!r}?" if close else f"known keys: {', '.join(sorted(known))}."


def _keys(model: Any, way: Sequence[int | str]) -> list[str]:
    for part in way:
        model = model.model_fields[part].annotation
    return [field.alias or name for name, field in model.model_fields.items()]
