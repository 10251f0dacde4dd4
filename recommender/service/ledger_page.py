"""A search in the ledger, for those who look after the model: people stand in it by pseudonym."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, dataclass, replace
from datetime import date

from recommender.errors import DataError, Fault
from recommender.store.database import Database
from recommender.store.ledger import Line
from recommender.store.ledger_search import Sought, search

_MOST = 200  # lines of a page
_PSEUDONYM = re.compile(r"[0-9a-f]{32}")
_LEDGER_ID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_EVENT = re.compile(r"[a-z][a-z-]{0,39}")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_LAST_NUMBER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class LinesWanted:
    """Which lines of the ledger are looked for; "" = all. Texts are stripped, case does not count.

    Attributes
    ----------
    pseudonym : 32 hexadecimal digits. ledger_id : as the header Ledger-Id gives it.
    event : "answer", "profile", "decision" ...
    day : ISO day (UTC) on which the line was written.
    before : only lines before this number; 0 = from the newest on.
    """

    pseudonym: str = ""
    ledger_id: str = ""
    event: str = ""
    day: str = ""
    before: int = 0
    size: int = 50


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of the ledger.

    Attributes
    ----------
    detail : (name, value) of what the line tells besides; values are plain texts or JSON.
    """

    sequence: int
    ledger_id: str
    written_at: str
    event: str
    asker: str
    role: str
    pseudonym: str
    model: str
    policy: str
    city: str
    inputs: str
    result: str
    detail: tuple[tuple[str, str], ...]
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class LinePage:
    """Lines found, the newest first.

    Attributes
    ----------
    wanted : the search as it was understood.
    older : `before` of the next page; None where there is none.
    """

    wanted: LinesWanted
    lines: tuple[LineRow, ...]
    older: int | None


def find_lines(database: Database, wanted: LinesWanted) -> LinePage:
    """Return a page of the lines that are looked for.

    Raises
    ------
    DataError
        Something of what is looked for cannot be; its faults name each field ("pseudonym", "day" ...).
    """
    clean = replace(
        wanted,
        **{
            name: getattr(wanted, name).strip().casefold()
            for name in ("pseudonym", "ledger_id", "event", "day")
        },
        size=min(max(wanted.size, 1), _MOST),
    )
    sought = _sought(clean)
    with database.reading() as connection:
        found = search(connection, sought, clean.size + 1)
    lines = found[: clean.size]
    older = lines[-1].sequence if len(found) > clean.size else None
    return LinePage(clean, tuple(_row(line) for line in lines), older)


def _sought(wanted: LinesWanted) -> Sought:
    day, faults = None, []
    for name, pattern, remedy in (
        ("pseudonym", _PSEUDONYM, "A pseudonym is 32 digits 0-9 and a-f."),
        (
            "ledger_id",
            _LEDGER_ID,
            "It looks like 01890a5d-ac96-7b2e-8f3b-0242ac120002; the header Ledger-Id names it.",
        ),
        ("event", _EVENT, "Write the name of an event, such as answer."),
    ):
        value = getattr(wanted, name)
        if value and not pattern.fullmatch(value):
            faults.append(_fault(name, value, remedy))
    if wanted.day:
        day = _day_of(wanted.day)
        if day is None:
            faults.append(_fault("day", wanted.day, "Write a day as 2026-01-31."))
    if not 0 <= wanted.before <= _LAST_NUMBER:
        faults.append(_fault("before", str(wanted.before), "Write the number of a line."))
    if faults:
        raise DataError(faults)
    return Sought(wanted.pseudonym, wanted.ledger_id, wanted.event, day, wanted.before)


def _day_of(text: str) -> date | None:
    try:
        day = date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None
    return None if day == date.max else day


def _fault(name: str, value: str, remedy: str) -> Fault:
    return Fault("ledger", None, name, value, "is none.", remedy)


def _row(line: Line) -> LineRow:
    told = asdict(line)
    detail = json.loads(line.detail)
    pairs = detail.items() if isinstance(detail, dict) else [("", detail)]
    return LineRow(**told | {"detail": tuple((str(name), _plain(value)) for name, value in pairs)})


def _plain(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
