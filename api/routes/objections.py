"""Objections to being ranked by a machine (UU 27/2022 art. 10)."""

from __future__ import annotations

from fastapi import Request, Response

from api.dependencies import OfficeDep, SightDep
from api.guard import guarded_router
from api.openapi import problems
from api.paging import UUID, PageDep, next_page, place
from api.schemas.accountability import ObjectionIn, ObjectionOut, ObjectionsOut, RulingIn
from recommender.errors import UnknownEntry
from recommender.store import objections as store
from recommender.store.cases import Page

router = guarded_router("objections")
PATH = "/v1/employees/{employee_id}/objection"


@router.post(PATH, status_code=201, response_model=ObjectionOut, responses=problems(404, 409))
def object_to_ranking(
    employee_id: str, office: OfficeDep, sight: SightDep, objection: ObjectionIn | None = None
) -> object:
    """Object to the automated ranking of a person: it is hidden at once, until a named human decides."""
    person, reason = sight.person(employee_id), objection.reason if objection else None
    with office.database.writing() as connection:
        return store.raise_objection(connection, person, reason, sight.asker)


@router.delete(PATH, response_model=ObjectionOut, responses=problems(404))
def withdraw_objection(employee_id: str, office: OfficeDep, sight: SightDep) -> object:
    """Withdraw the objection that stands: the ranking is shown again."""
    person = sight.person(employee_id)
    with office.database.writing() as connection:
        return store.withdraw_objection(connection, person, sight.asker)


@router.get(PATH, response_model=ObjectionOut, responses=problems(404))
def get_objection(employee_id: str, office: OfficeDep, sight: SightDep) -> object:
    """Show the objection of a person that is open or upheld; 404 if none is."""
    person = sight.person(employee_id)
    with office.database.reading() as connection:
        found = store.standing_objection(connection, person)
    if found is None:
        raise UnknownEntry("objection", "")
    return found


@router.post(PATH + "/decision", response_model=ObjectionOut, responses=problems(404, 409))
def decide_objection(employee_id: str, ruling: RulingIn, office: OfficeDep, sight: SightDep) -> object:
    """Keep what a named human decided about the open objection of a person."""
    person = sight.person(employee_id)
    with office.database.writing() as connection:
        standing = store.standing_objection(connection, person)
        if standing is None:
            raise UnknownEntry("objection", "")
        decided = store.Ruling(ruling.outcome, ruling.decided_by, ruling.reason)
        return store.rule_on_objection(connection, standing.objection_id, decided, sight.asker)


@router.get("/v1/objections", response_model=ObjectionsOut)
def list_objections(page: PageDep, request: Request, response: Response, office: OfficeDep) -> object:
    """List the objections that wait for a human, the earliest first."""
    wanted = Page(None, place(page, UUID), page.limit + 1)
    with office.database.reading() as connection:
        found = store.list_objections(connection, wanted, "open")
    last = found[page.limit - 1].objection_id if len(found) > page.limit else None
    return {"items": found[: page.limit], "next": next_page(request, response, page, last)}
