"""A recipe's text with other values, its comments kept."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping
from typing import Any

from experiments.recipe import RecipeError
from experiments.tuning.space import ESTIMATOR

_SCALAR = r"""("[^"]*"|'[^']*'|[^\s#]+)"""


def rewritten(text: str, values: Mapping[str, Any]) -> str:
    """Return the text of a recipe with these parameters, which the section may or may not have had.

    Parameters
    ----------
    text : TOML.
    values : numbers and words; those of the estimator are called `estimator.rounds`.

    Raises
    ------
    RecipeError
        The parameters are written in a way that this cannot change, such as a table on one line.
    """
    lines, wanted = text.splitlines(), tomllib.loads(text)
    for key, value in values.items():
        section = ESTIMATOR if key.startswith(f"{ESTIMATOR}.") else "ranker"
        name = key.removeprefix(f"{ESTIMATOR}.")
        wanted.setdefault(section, {})[name] = value
        lines = _with_value(lines, section, name, json.dumps(value, ensure_ascii=False))
    new = "\n".join(lines) + "\n"
    if _parsed(new) != wanted:
        raise RecipeError(
            f"{', '.join(values)} cannot be written into the recipe: give [ranker] and [estimator] a line of "
            "their own, and each of their keys one line below it."
        )
    return new


def _with_value(lines: list[str], section: str, name: str, value: str) -> list[str]:
    begins = [place for place, line in enumerate(lines) if _is_header(line, section)]
    if not begins:
        return [*lines, "", f"[{section}]", f"{name} = {value}"]
    first = begins[0] + 1
    pattern = re.compile(rf"^(\s*{re.escape(name)}\s*=\s*){_SCALAR}(\s*(?:#.*)?)$")
    for place in range(first, len(lines)):
        if lines[place].lstrip().startswith("["):
            break
        found = pattern.match(lines[place])
        if found:
            return [*lines[:place], found[1] + value + found[3], *lines[place + 1 :]]
    return [*lines[:first], f"{name} = {value}", *lines[first:]]


def _is_header(line: str, section: str) -> bool:
    return re.match(rf"^\s*\[\s*{section}\s*\]\s*(#.*)?$", line) is not None


def _parsed(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
