"""Lines of the ledger: what was answered and done, by whom, from what. People stand in them by pseudonym."""

from __future__ import annotations

import json
from dataclasses import asdict

from fastapi import Request, Response

from api.dependencies import OfficeDep, SightDep
from api.guard import guarded_router
from api.openapi import problems
from api.paging import NUMBER, PageDep, entry_id, next_page, place
from api.schemas.accountability import LedgerLineOut, LedgerLinesOut
from recommender.errors import UnknownEntry
from recommender.store.ledger import Line, find, lines_about
from recommender.store.subjects import employee_of, pseudonyms_of

router = guarded_router("ledger")


@router.get("/v1/ledger/{ledger_id}", response_model=LedgerLineOut, responses=problems(404))
def get_ledger_line(ledger_id: str, office: OfficeDep, sight: SightDep) -> object:
    """Show one line: who asked, which model answered, from what, and the digest of what was answered."""
    with office.database.reading() as connection:
        line = find(connection, entry_id(ledger_id))
        about = employee_of(connection, line.pseudonym) if line else None
    if line is None or not sight.may_read_line_about(about):
        raise UnknownEntry("line", "")
    return _told(line)


@router.get("/v1/employees/{employee_id}/ledger", response_model=LedgerLinesOut, responses=problems(404))
def employee_ledger(
    employee_id: str, page: PageDep, request: Request, response: Response, office: OfficeDep, sight: SightDep
) -> object:
    """List the lines about a person, the earliest first."""
    person = sight.known_person(employee_id)
    after = int(place(page, NUMBER) or 0)
    with office.database.reading() as connection:
        pseudonym = pseudonyms_of(connection, [person]).get(person)
        found = lines_about(connection, pseudonym, after, page.limit + 1) if pseudonym else []
    last = found[page.limit - 1].sequence if len(found) > page.limit else None
    items = [_told(line) for line in found[: page.limit]]
    return {"items": items, "next": next_page(request, response, page, last)}


def _told(line: Line) -> dict[str, object]:
    return asdict(line) | {"detail": json.loads(line.detail)}
