"""Kinds of values, and how strictly they are taken."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

LONGEST_ID, LONGEST_TEXT = 200, 10_000


def _keepable(text: str) -> str:
    # JSON may name half a character ("\ud800"), which nothing further on could write down, and the character
    # zero, which PostgreSQL cannot keep.
    if "\0" in text:
        raise ValueError("a text should not hold the character zero")
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise ValueError("a text should consist of whole characters") from error
    return text


Id = Annotated[str, Field(max_length=LONGEST_ID), AfterValidator(_keepable)]
Words = Annotated[str, Field(max_length=LONGEST_TEXT), AfterValidator(_keepable)]
FilledId = Annotated[Id, Field(min_length=1)]
FilledWords = Annotated[Words, Field(min_length=1)]


def _whole(value: object) -> object:
    # 3.0 is an integer to JSON Schema, and some clients write no other.
    return int(value) if isinstance(value, float) and value.is_integer() else value


Whole = Annotated[int, BeforeValidator(_whole)]


class Asked(BaseModel):
    """What comes in. A misspelt field would else be ignored, and the default would answer in its place."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)


class Told(BaseModel):
    """What goes out."""

    model_config = ConfigDict(from_attributes=True)
