"""Numbers, days and money as people of each language write them."""

from __future__ import annotations

from datetime import timedelta

import pytest

from api.pages import formats
from recommender.explain import Language

WIB = timedelta(hours=7)


@pytest.mark.parametrize(
    ("value", "digits", "indonesian", "english"),
    [
        (1234.56, 1, "1.234,6", "1,234.6"),
        (-0.04, 1, "0,0", "0.0"),
        (0.5, 2, "0,50", "0.50"),
        (None, 1, "–", "–"),
        (1e6, 0, "1.000.000", "1,000,000"),
    ],
)
def test_numbers(value: float | None, digits: int, indonesian: str, english: str) -> None:
    assert (formats.number(value, digits, "id"), formats.number(value, digits, "en")) == (indonesian, english)


@pytest.mark.parametrize(("value", "said"), [(20.0, "20"), (7.5, "7,5"), (None, "–"), (0.0, "0")])
def test_whole_numbers_have_no_decimals(value: float | None, said: str) -> None:
    assert formats.short(value, "id") == said


@pytest.mark.parametrize(
    ("value", "said"), [(0.5, "+0,50"), (-0.5, "−0,50"), (0.001, "+0,00"), (-0.001, "+0,00")]
)
def test_signs_are_real_ones_and_nothing_has_none_below(value: float, said: str) -> None:
    assert formats.signed(value, 2, "id") == said


@pytest.mark.parametrize(
    ("told", "language", "said"),
    [
        ("2026-08-05", "id", "5 Agu 2026"),
        ("2026-08-05", "en", "5 Aug 2026"),
        ("", "id", "–"),
        (None, "en", "–"),
        ("2025-12-31T16:59:59.000+00:00", "id", "31 Des 2025"),
        ("2025-12-31T17:00:00.000+00:00", "id", "1 Jan 2026"),
    ],
)
def test_days_are_those_of_clocks_here(told: str | None, language: Language, said: str) -> None:
    assert formats.day(told, language, WIB) == said


def test_times_are_those_of_clocks_here() -> None:
    assert formats.clock("2025-12-31T17:05:59.000+00:00", WIB) == "00:05"


def test_spans_of_days() -> None:
    assert formats.days("2026-01-14", "2026-01-18", "id") == "14 Jan 2026 – 18 Jan 2026"
    assert (
        formats.days("2026-01-14", None, "id")
        == formats.days("2026-01-14", "2026-01-14", "id")
        == "14 Jan 2026"
    )
    assert formats.days(None, None, "id") == "–"


def test_money_and_shares() -> None:
    assert (formats.money(1_500_000, "id"), formats.money(1_500_000, "en")) == (
        "Rp 1.500.000",
        "IDR 1,500,000",
    )
    assert (formats.percent(0.785, "id"), formats.percent(None, "id")) == ("78 %", "–")
