"""Numbers, days and money as people of a language write them."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from recommender.explain import Language

_DASH = "–"
_DAY = len("2026-03-05")
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


def day(text: object, language: Language, ahead: timedelta = timedelta()) -> str:
    """Return a day or the day of a moment, given in ISO form, as "5 Mar 2026"; a dash for none.

    Parameters
    ----------
    ahead : how far clocks here are ahead of UTC, in which moments are kept.
    """
    if not text:
        return _DASH
    told = str(text)
    found = (datetime.fromisoformat(told) + ahead).date() if len(told) > _DAY else date.fromisoformat(told)
    return f"{found.day} {_MONTHS[language][found.month - 1]} {found.year}"


def clock(moment: str, ahead: timedelta = timedelta()) -> str:
    """Return the time of a moment, given in ISO form, by clocks here: "18:05"."""
    return f"{datetime.fromisoformat(moment) + ahead:%H:%M}"


def days(first: object, last: object, language: Language) -> str:
    """Return a span of days."""
    begins, ends = day(first, language), day(last, language)
    return begins if not last or begins == ends else f"{begins} – {ends}"


def money(value: float | None, language: Language) -> str:
    """Return an amount of rupiah."""
    if value is None:
        return _DASH
    return f"{'Rp' if language == 'id' else 'IDR'} {number(value, 0, language)}"
