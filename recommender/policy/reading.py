"""Reading the policy from TOML, with a source beside each value.

`policies/asn.toml` is the default; a `policy.toml` inside the data folder overrides it key by key, at every
depth: a table such as `[retirement.age_by_tier]` changes and adds the keys that it names, and no others.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from importlib import resources
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from recommender.errors import Fault, PolicyError
from recommender.policy.sections import Policy, whole_steps

FILE_NAME = "policy.toml"

# Tables whose keys the rule-maker may add to; in all others an unknown key is an error.
_OPEN = frozenset(
    {
        *("tiers", "hours_by_form", "hours.yearly_floor", "hours.yearly_ceiling", "performance.ratings"),
        *("performance.predicates", "grades.ranks", "retirement.age_by_tier"),
    }
)

# What is wrong and what is allowed, by pydantic's name of the error; braces are filled from its context.
_WORDS = {
    "float_type": ("is not a number.", "Write a number, without quotes."),
    "int_type": ("is not a whole number.", "Write a whole number, without quotes or decimals."),
    "string_type": ("is not a text.", "Write a text in quotes."),
    "tuple_type": ("is not a list.", 'Write a list of texts, such as ["one", "two"].'),
    "dict_type": ("is not a table.", "Write a table of keys and values."),
    "model_type": ("is not a section.", "Write a section of keys and values."),
    "finite_number": ("is not a finite number.", "Write a finite number."),
    "greater_than": ("is too small.", "Write a number above {gt:g}."),
    "greater_than_equal": ("is too small.", "Write a number of at least {ge:g}."),
    "less_than_equal": ("is too large.", "Write a number of at most {le:g}."),
}


def load_policy(folder: Path | None = None) -> Policy:
    """Return the default policy, overridden key by key by `folder/policy.toml` where there is one.

    Raises
    ------
    PolicyError
        The file is not TOML, or has unknown keys (the nearest known one is named) or impossible values; it
        carries every fault found.
    """
    path = None if folder is None else folder / FILE_NAME
    return _overridden(_read(path) if path is not None and path.is_file() else None)


def policy_of(text: str) -> Policy:
    """Return the default policy, overridden by the text of a `policy.toml`; "" overrides nothing.

    Raises
    ------
    PolicyError
        As `load_policy`.
    """
    return _overridden(_parsed(text) if text else None)


def _overridden(override: dict[str, Any] | None) -> Policy:
    default = tomllib.loads(resources.files("recommender.policies").joinpath("asn.toml").read_text("utf-8"))
    values, sources = _unwrap(default)
    faults: list[Fault] = []
    if override is not None:
        override, override_sources = _unwrap(override)
        faults += _merge(values, override)
        _drop_names(values["levels"], override.get("levels"))
        sources.update(dict.fromkeys(_dotted(override), f"{FILE_NAME} of the data") | override_sources)
    try:
        policy = Policy(**values, sources=sources)
    except ValidationError as error:
        raise PolicyError([*faults, *map(_fault, error.errors())]) from error
    if faults:
        raise PolicyError(faults)
    return policy


def _read(path: Path) -> dict[str, Any]:
    return _parsed(path.read_bytes())


def _parsed(text: str | bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(text if isinstance(text, str) else text.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        problem = f"is not a TOML file in UTF-8: {error}."
        raise PolicyError(
            [Fault(FILE_NAME, None, None, None, problem, "Correct it at that place.")]
        ) from error


def _unwrap(raw: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """Split `{value = ..., source = ...}` cells into plain values and sources by dotted key."""
    values: dict[str, Any] = {}
    sources: dict[str, str] = {}
    for key, cell in raw.items():
        if not isinstance(cell, dict):
            values[key] = _plain(cell)
        elif "value" in cell:
            values[key] = _plain(cell["value"])
            sources[key] = str(cell.get("source", ""))
        else:
            values[key], inner = _unwrap(cell)
            sources.update({f"{key}.{name}": text for name, text in inner.items()})
    return values, sources


def _plain(value: Any) -> Any:
    """Return a list as a tuple: where types are strict, the one is not taken for the other."""
    return tuple(value) if isinstance(value, list) else value


def _dotted(values: Mapping[str, Any]) -> Iterator[str]:
    """Yield the dotted key of every single value."""
    for key, value in values.items():
        if isinstance(value, dict):
            yield from (f"{key}.{inner}" for inner in _dotted(value))
        else:
            yield key


def _merge(values: dict[str, Any], override: Mapping[str, Any], above: str = "") -> list[Fault]:
    """Write the override's values over `values`; an unknown key is left out and becomes a fault."""
    faults: list[Fault] = []
    for key, value in override.items():
        dotted = f"{above}.{key}" if above else key
        if key not in values and above not in _OPEN:
            faults.append(_unknown(dotted, key, values))
        elif isinstance(value, dict) and isinstance(values.get(key), dict):
            faults += _merge(values[key], value, dotted)
        else:
            values[key] = value
    return faults


def _drop_names(levels: Any, override: Any) -> None:
    """Drop the default's names of steps that an override neither names nor keeps the number of."""
    if not (isinstance(levels, dict) and isinstance(override, dict)):
        return
    ends = levels["minimum"], levels["maximum"]
    if not all(isinstance(end, int | float) and math.isfinite(end) for end in ends):
        return  # it is a fault of its own
    for key in ("names_id", "names_en"):
        if key not in override and len(levels[key]) != whole_steps(*ends):
            levels[key] = ()


def _unknown(dotted: str, key: str, known: Mapping[str, Any]) -> Fault:
    nearest = get_close_matches(key, known, n=1)
    remedy = f"Did you mean {nearest[0]!r}?" if nearest else f"Known keys: {', '.join(sorted(known))}."
    return Fault(FILE_NAME, None, None, None, f"key {dotted}: there is no such key.", remedy)


def _fault(error: Any) -> Fault:
    """Return in plain words what pydantic found."""
    key = ".".join(str(part) for part in error["loc"])
    context = error.get("ctx", {})
    if error["type"] == "value_error":  # of a whole section: the text says which values and what is allowed
        return Fault(FILE_NAME, None, None, None, f"key {key}: {context['error']}", "Correct one of them.")
    problem, remedy = _WORDS.get(error["type"], (f"{error['msg']}.", "Correct this value."))
    value = _shown(error["input"])
    return Fault(FILE_NAME, None, None, None, f"key {key}: {value} {problem}", remedy.format(**context))


def _shown(value: object) -> str:
    """Return a value as TOML writes it, as far as that matters to recognise it."""
    if isinstance(value, bool):
        return str(value).lower()
    return repr(list(value)) if isinstance(value, tuple) else repr(value)
