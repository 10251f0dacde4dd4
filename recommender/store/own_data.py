"""All that is kept of one person, for that person (UU 27/2022 art. 7 and 13).

Left out is what is no information about the person but a secret (salts, digests, hashes), and who judged:
that is a fact about somebody else.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from sqlalchemy import Connection, Table, select

from recommender.errors import UnknownEmployee
from recommender.store.contents import body_of
from recommender.store.ledger import lines_about
from recommender.store.tables import (
    OF_PEOPLE,
    accounts,
    api_keys,
    contents,
    contract,
    corrections,
    decisions,
    objections,
    plan_people,
    plan_rows,
    plans,
    sessions,
    subjects,
)

_KEPT_BACK = frozenset({"row", "assessor_id", "hash", "salt", "digest"})
_PLANNED = (plans, plan_rows, plan_people)
_KEPT = (decisions, objections, corrections, *_PLANNED, api_keys, accounts, sessions, subjects)
_PAGE = 1000


def own_data(connection: Connection, employee_id: str) -> dict[str, Any]:
    """Return every row about a person by table, the ledger's lines and the answers kept, as JSON has them.

    Raises
    ------
    UnknownEmployee
        Nothing is kept of such a person.
    """
    tables = {name: contract[name] for name in OF_PEOPLE}
    tables |= {table.name: table for table in _KEPT}
    found: dict[str, Any] = {name: _rows(connection, table, employee_id) for name, table in tables.items()}
    if not any(found.values()):
        raise UnknownEmployee([employee_id], [0], 0)
    pseudonyms = [str(row["pseudonym"]) for row in found["subjects"]]
    found["ledger"] = [line for one in pseudonyms for line in _lines(connection, one)]
    found["answers"] = [answer for one in pseudonyms for answer in _answers(connection, one)]
    return found


def _rows(connection: Connection, table: Table, employee_id: str) -> list[dict[str, object]]:
    columns = [column for column in table.c if column.name not in _KEPT_BACK]
    key = next(iter(table.primary_key.columns))
    wanted = select(*columns).where(table.c.employee_id == employee_id).order_by(key)
    return [_plain(dict(row)) for row in connection.execute(wanted).mappings()]


def _plain(row: Mapping[Any, object]) -> dict[str, object]:
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in row.items()}


def _lines(connection: Connection, pseudonym: str) -> list[dict[str, object]]:
    lines: list[dict[str, object]] = []
    after = 0
    while page := lines_about(connection, pseudonym, after, _PAGE):
        lines += [line.row() for line in page]
        after = page[-1].sequence
    return lines


def _answers(connection: Connection, pseudonym: str) -> list[dict[str, object]]:
    wanted = select(contents.c.digest, contents.c.created_at).where(
        contents.c.pseudonym == pseudonym, contents.c.kind == "result"
    )
    rows = connection.execute(wanted.order_by(contents.c.created_at, contents.c.digest)).all()
    return [
        {"digest": row.digest, "created_at": row.created_at, "body": _read(body_of(connection, row.digest))}
        for row in rows
    ]


def _read(body: bytes | None) -> object:
    """Return a body as the JSON that it is; in base64 should it be anything else."""
    try:
        return json.loads(body or b"null")
    except ValueError:
        return base64.b64encode(body or b"").decode()
