"""What people decided about what was recommended."""

from __future__ import annotations

from fastapi import Request, Response

from api.dependencies import OfficeDep, SightDep
from api.guard import guarded_router
from api.openapi import problems
from api.paging import UUID, PageDep, next_page, place
from api.schemas.accountability import DecisionIn, DecisionOut, DecisionsOut
from recommender.store import decisions as store
from recommender.store.cases import Page

router = guarded_router("decisions")
PATH = "/v1/employees/{employee_id}/decisions"


@router.post(PATH, status_code=201, response_model=DecisionOut, responses=problems(404))
def add_decision(employee_id: str, decision: DecisionIn, office: OfficeDep, sight: SightDep) -> object:
    """Keep what a named human decided about a program for a person: accepted, declined for a reason, done."""
    person = sight.person(employee_id)
    with office.database.writing() as connection:
        return store.decide(connection, person, store.Choice(**decision.model_dump()), sight.asker)


@router.get(PATH, response_model=DecisionsOut, responses=problems(404))
def list_decisions(
    employee_id: str, page: PageDep, request: Request, response: Response, office: OfficeDep, sight: SightDep
) -> object:
    """List the decisions about a person, the earliest first."""
    person = sight.known_person(employee_id)
    wanted = Page([person], place(page, UUID), page.limit + 1)
    with office.database.reading() as connection:
        found = store.list_decisions(connection, wanted)
    last = found[page.limit - 1].decision_id if len(found) > page.limit else None
    return {"items": found[: page.limit], "next": next_page(request, response, page, last)}
