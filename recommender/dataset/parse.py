"""From text to values, one function per kind of column, each over the distinct texts of that column."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from datetime import date

import numpy as np
from numpy.typing import NDArray

from recommender.domain import TextArray
from recommender.policy import Policy
from recommender.schema import Column, Kind
from recommender.sources.cells import AS_TEXT, did_you_mean, plain_nip

# For each bad word, by its place: what is wrong and what to do.
Problems = dict[int, tuple[str, str]]
# The words in their one spelling, what they mean, and the problems.
Outcome = tuple[TextArray, NDArray, Problems]  # type: ignore[type-arg]
Parser = Callable[[TextArray, Column, Policy], Outcome]

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_DECIMAL_COMMA = re.compile(r"[+-]?[0-9]+,[0-9]+")
# Without decimals the plus must be there: 5E10 may well be the code of a room.
_SCIENTIFIC = re.compile(r"[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{2,}|[0-9][.,][0-9]+[eE][0-9]{2,}")
_APART = re.compile(r"[ \t\n\f\r\xa0\u202f']")  # how people set the digits of an NIP apart
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]+)?)?)?")
_FLAGS = {"true": 1.0, "yes": 1.0, "ya": 1.0, "1": 1.0, "false": 0.0, "no": 0.0, "tidak": 0.0, "0": 0.0}


def parse_words(words: TextArray, column: Column, policy: Policy) -> Outcome:
    """Read the distinct texts of one column."""
    return _PARSERS[column.kind](words, column, policy)


def empty_value(kind: Kind) -> object:
    """Return what an empty cell of this kind means."""
    if kind is Kind.DATE:
        return np.datetime64("NaT", "D")
    return "" if kind in (Kind.ID, Kind.TEXT, Kind.LIST) else math.nan


def _id(words: TextArray, column: Column, policy: Policy) -> Outcome:
    del column, policy
    scientific = "is a number in scientific notation; the id's digits are lost."
    problems: Problems = {}
    ids = []
    for place, word in enumerate(words):
        ids.append((plain_nip(word) if _APART.search(word) else "") or word)
        if _SCIENTIFIC.fullmatch(word):
            problems[place] = (scientific, AS_TEXT)
        elif hidden := "" if ids[-1].isprintable() else _hidden(ids[-1]):
            problem = f"has an invisible character, {hidden}."
            problems[place] = (problem, "Delete the cell and type the id anew.")
    spelled = _texts(ids)
    return spelled, spelled, problems


def _hidden(word: str) -> str:
    """Return code point and name of the first character that takes no place, "" where all can be seen."""
    for character in word:
        if unicodedata.category(character) in ("Cc", "Cf"):
            return f"U+{ord(character):04X} {unicodedata.name(character, '')}".strip()
    return ""


def _text(words: TextArray, column: Column, policy: Policy) -> Outcome:
    del policy
    if not column.choices:
        return words, words, _with_nul(words)
    spelled = {choice.casefold(): choice for choice in column.choices}
    problems = {
        place: _no_choice(word, column.choices)
        for place, word in enumerate(words)
        if word.casefold() not in spelled
    }
    words = _texts([spelled.get(word.casefold(), word) for word in words])
    return words, words, problems


def _no_choice(word: str, choices: Sequence[str]) -> tuple[str, str]:
    return "is not allowed here.", f"Write one of {', '.join(choices)}.{did_you_mean(word, choices)}"


def _list(words: TextArray, column: Column, policy: Policy) -> Outcome:
    del column, policy
    return words, words, _with_nul(words)


def _with_nul(words: TextArray) -> Problems:
    """Return the texts with a character that ends a text in most programs and that PostgreSQL cannot keep."""
    problem = ("has an invisible character, U+0000.", "Delete the cell and type the text anew.")
    return {place: problem for place, word in enumerate(words) if "\0" in word}


def _number(words: TextArray, column: Column, policy: Policy) -> Outcome:
    minimum, maximum = _bounds(column, policy)
    values = np.full(len(words), np.nan)
    written = np.array([_NUMBER.fullmatch(word) is not None for word in words], dtype=np.bool_)
    values[written] = words[written].astype(float)
    finite = written & np.isfinite(values)
    problems: Problems = {int(place): _no_number(words[place]) for place in np.flatnonzero(~finite)}
    outside = finite & ((values < minimum) | (values > maximum))
    for place in np.flatnonzero(outside).tolist():
        problems[place] = (_outside(column.kind), f"Write a number {_range(minimum, maximum)}.")
    return words, values, problems


def _bounds(column: Column, policy: Policy) -> tuple[float, float]:
    if column.kind is Kind.LEVEL:
        return policy.levels.minimum, policy.levels.maximum
    if column.kind is Kind.RATING:
        return policy.feedback.rating_minimum, policy.feedback.rating_maximum
    minimum = -math.inf if column.minimum is None else column.minimum
    return minimum, math.inf if column.maximum is None else column.maximum


def _no_number(word: str) -> tuple[str, str]:
    if _DECIMAL_COMMA.fullmatch(word):
        return "is not a number.", f"Write the decimals after a point: {word.replace(',', '.')}."
    if word.casefold().lstrip("+-") in ("nan", "inf", "infinity"):
        return "is not a finite number.", "Write the number, or leave the cell empty where it is unknown."
    return "is not a number.", "Write digits only, with a point before decimals."


def _outside(kind: Kind) -> str:
    scales = {
        Kind.LEVEL: "is outside the policy's scale of levels.",
        Kind.RATING: "is outside the policy's scale of ratings.",
    }
    return scales.get(kind, "is out of range.")


def _range(minimum: float, maximum: float) -> str:
    if math.isinf(maximum):
        return f"of at least {minimum:g}"
    return f"of at most {maximum:g}" if math.isinf(minimum) else f"from {minimum:g} to {maximum:g}"


def _date(words: TextArray, column: Column, policy: Policy) -> Outcome:
    del column, policy
    values = np.full(len(words), "NaT", dtype="datetime64[D]")
    problems: Problems = {}
    for place, word in enumerate(words):
        written = _DAY.fullmatch(word)
        if written is None:
            problems[place] = ("is not a date in ISO form.", "Write it as YYYY-MM-DD, for one 2024-03-31.")
            continue
        try:
            values[place] = np.datetime64(date.fromisoformat(written[1]))
        except ValueError:
            problems[place] = ("is a day that no calendar has.", "Correct the day.")
    return words, values, problems


def _flag(words: TextArray, column: Column, policy: Policy) -> Outcome:
    del column, policy
    values = np.array([_FLAGS.get(word.casefold(), math.nan) for word in words], dtype=float)
    problem = ("is neither true nor false.", f"Write one of {', '.join(_FLAGS)}.")
    return words, values, dict.fromkeys(np.flatnonzero(np.isnan(values)).tolist(), problem)


def _texts(words: Sequence[str]) -> TextArray:
    texts = np.empty(len(words), dtype=object)
    texts[:] = words
    return texts


_PARSERS: Mapping[Kind, Parser] = {
    Kind.ID: _id,
    Kind.TEXT: _text,
    Kind.NUMBER: _number,
    Kind.LEVEL: _number,
    Kind.RATING: _number,
    Kind.DATE: _date,
    Kind.FLAG: _flag,
    Kind.LIST: _list,
}
