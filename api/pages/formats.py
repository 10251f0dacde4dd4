"""Numbers, days and money as people of a language write them."""

from __future__ import annotations

from datetime import date

from recommender.explain import Language

_DASH = "–"
_MONTHS: dict[Language, tuple[str, ...]] = {
    "id": ("Jan", "Feb", "Mar", "Apr", "Mei", "Jun", "Jul", "Agu", "Sep", "Okt", "Nov", "Des"),
    "en": ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"),
}
# Indonesian has point and comma the other way round.
_SWAPPED = str.maketrans(".,", ",.")


def number(value: float | None, digits: int, language: Language) -> str:
    """Return a number with so many digits behind the decimal sign; a dash where there is none."""
    if value is None:
        return _DASH
    # What rounds to zero has no sign.
    text = f"{round(value, digits) + 0.0:,.{digits}f}"
    return text.translate(_SWAPPED) if language == "id" else text


def signed(value: float, digits: int, language: Language) -> str:
    """Return a number with its sign, a real minus for one below zero."""
    text = number(abs(value), digits, language)
    return f"{'−' if round(value, digits) < 0 else '+'}{text}"


def short(value: float | None, language: Language) -> str:
    """Return a number with one digit behind the decimal sign, none where it is whole: hours, levels asked."""
    if value is None:
        return _DASH
    return number(value, 0 if float(value).is_integer() else 1, language)


def percent(share: float | None, language: Language) -> str:
    """Return a share of 1 in whole percent."""
    return _DASH if share is None else f"{number(100 * share, 0, language)} %"


def day(text: object, language: Language) -> str:
    """Return a day, given in ISO form (a time behind it is left out), as "5 Mar 2026"; a dash for none."""
    if not text:
        return _DASH
    found = date.fromisoformat(str(text)[:10])
    return f"{found.day} {_MONTHS[language][found.month - 1]} {found.year}"


def days(first: object, last: object, language: Language) -> str:
    """Return a span of days."""
    begins, ends = day(first, language), day(last, language)
    return begins if not last or begins == ends else f"{begins} – {ends}"


def money(value: float | None, language: Language) -> str:
    """Return an amount of rupiah."""
    if value is None:
        return _DASH
    return f"{'Rp' if language == 'id' else 'IDR'} {number(value, 0, language)}"
