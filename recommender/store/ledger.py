"""The ledger: what was answered, decided, objected to and erased, as a chain in which nothing changes unseen.

The hash of a line covers all its columns and the hash of the line before, so that whoever changes, takes out
or puts in a line must change all lines after it. `verify` finds the first that does not fit. What a chain
cannot show is that its last lines were cut off: for that the hash of the last line, which `verify` tells, is
noted elsewhere now and then.

When lines are past their period (`retention.py`), the lines before some line go. The line of that event names
the last line that went and its hash: the *anchor* from which the chain is verified then.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from sqlalchemy import Connection, Row, insert, select, text

from recommender.store.askers import Asker
from recommender.store.stamps import new_id, stamp
from recommender.store.tables import ledger

_LOCK = 0x6C6564676572  # "ledger": who holds it in PostgreSQL may add lines
_AT_ONCE = 1000  # rows read at a time
RETENTION = "retention"  # the event that names an anchor


@dataclass(frozen=True, slots=True)
class Line:
    """One line: the columns of the table (`tables.ledger`); number, time and hashes come when it is added."""

    event: str
    asker: str
    role: str
    pseudonym: str = ""
    model: str = ""
    policy: str = ""
    city: str = ""
    inputs: str = ""
    result: str = ""
    detail: str = "{}"
    ledger_id: str = field(default_factory=new_id)
    written_at: str = ""
    sequence: int = 0
    previous: str = ""
    hash: str = ""

    def row(self) -> dict[str, Any]:
        """Return its columns by name."""
        return {name: getattr(self, name) for name in self.__slots__}

    def computed_hash(self) -> str:
        """Return SHA-256 over all other columns as JSON with sorted names and no blanks, hexadecimal."""
        columns = self.row()
        del columns["hash"]
        plain = json.dumps(columns, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return sha256(plain.encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of the chain.

    Attributes
    ----------
    lines : how many lines fit, up to the first that does not.
    sequence, hash : of the last of them, or of the anchor; 0 and "" where there is neither.
    problem : what is wrong with the line after it; "" if the chain is whole.
    """

    lines: int
    sequence: int
    hash: str
    problem: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether every line fits."""
        return not self.problem


def event_line(event: str, asker: Asker, pseudonym: str, detail: Mapping[str, object]) -> Line:
    """Return a line about something that was done; `detail` holds no name and no id of a person."""
    return Line(event, asker.id, asker.role, pseudonym, detail=json.dumps(detail, sort_keys=True))


def append(connection: Connection, lines: Sequence[Line]) -> list[Line]:
    """Add lines to the end of the chain and return them as they stand there.

    Until the transaction ends nobody else can add any. On SQLite the connection must be one that writes,
    which is alone from its beginning.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    end = connection.execute(
        select(ledger.c.sequence, ledger.c.hash).order_by(ledger.c.sequence.desc()).limit(1)
    ).one_or_none()
    sequence, previous = (0, "") if end is None else end
    now, added = stamp(), []
    for number, line in enumerate(lines, start=sequence + 1):
        unsealed = Line(**(line.row() | {"sequence": number, "written_at": now, "previous": previous}))
        placed = Line(**(unsealed.row() | {"hash": unsealed.computed_hash()}))
        added.append(placed)
        previous = placed.hash
    if added:
        connection.execute(insert(ledger), [line.row() for line in added])
    return added


def find(connection: Connection, ledger_id: str) -> Line | None:
    """Return the line of an id; None if there is none."""
    row = connection.execute(select(ledger).where(ledger.c.ledger_id == ledger_id)).one_or_none()
    return None if row is None else _line(row)


def lines_about(connection: Connection, pseudonym: str, after: int = 0, limit: int = 100) -> list[Line]:
    """Return the lines about a person in their order, those after a sequence number."""
    wanted = select(ledger).where(ledger.c.pseudonym == pseudonym, ledger.c.sequence > after)
    return [_line(row) for row in connection.execute(wanted.order_by(ledger.c.sequence).limit(limit))]


def all_lines(connection: Connection) -> Generator[Line, None, None]:
    """Yield every line in its order, without holding all of them; close it if the end is not waited for."""
    wanted = select(ledger).order_by(ledger.c.sequence)
    with connection.execute(wanted, execution_options={"yield_per": _AT_ONCE}) as rows:
        yield from map(_line, rows)


def verify(connection: Connection, noted: tuple[int, str] | None = None) -> Verdict:
    """Walk the chain and say whether it is whole, or which line is the first that does not fit.

    Parameters
    ----------
    noted : sequence and hash of a line as an earlier verdict told them: shows that no end was cut off.
    """
    anchors = _anchors(connection)
    lines, last, expected = 0, 0, ""
    with closing(all_lines(connection)) as found:
        for line in found:
            if not lines and (line.sequence - 1, line.previous) in anchors:
                last, expected = line.sequence - 1, line.previous
            problem = _problem(line, last, expected)
            if not problem and line.sequence == (noted or (0,))[0] and (line.sequence, line.hash) != noted:
                problem = f"line {line.sequence} is not the one that was noted"
            if problem:
                return Verdict(lines, last, expected, problem)
            lines, last, expected = lines + 1, line.sequence, line.hash
    if noted is not None and last < noted[0]:
        return Verdict(
            lines, last, expected, f"line {noted[0]} was noted, but the ledger ends with line {last}"
        )
    return Verdict(lines, last, expected)


def _problem(line: Line, last: int, expected: str) -> str:
    """Return what is wrong with a line after the line `last` with the hash `expected`; "" if nothing."""
    name = f"line {line.sequence} ({line.ledger_id})"
    if line.sequence != last + 1:
        missing = (
            f"lines {last + 1} to {line.sequence - 1} are" if line.sequence > last + 2 else "one line is"
        )
        return f"before {name} {missing} missing"
    if line.previous != expected:
        return f"{name} does not follow the line before it"
    if line.computed_hash() != line.hash:
        return f"{name} was changed after it was written"
    return ""


def _anchors(connection: Connection) -> set[tuple[int, str]]:
    """Return number and hash of the last lines that went because they were past their period."""
    details = connection.scalars(select(ledger.c.detail).where(ledger.c.event == RETENTION))
    found = (json.loads(detail) for detail in details)
    return {(int(one["through"]), str(one["anchor"])) for one in found if "through" in one}


def _line(row: Row[tuple[object, ...]]) -> Line:
    return Line(**row._mapping)
