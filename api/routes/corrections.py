"""What people want corrected in their own data (UU 27/2022 art. 6)."""

from __future__ import annotations

from fastapi import Request, Response

from api.dependencies import OfficeDep, SightDep
from api.guard import guarded_router
from api.openapi import problems
from api.paging import UUID, PageDep, entry_id, next_page, place
from api.schemas.accountability import ClosingIn, CorrectionIn, CorrectionOut, CorrectionsOut
from recommender.store import corrections as store
from recommender.store.cases import Page

router = guarded_router("corrections")
PATH = "/v1/employees/{employee_id}/corrections"


@router.post(PATH, status_code=201, response_model=CorrectionOut, responses=problems(404))
def ask_for_correction(
    employee_id: str, correction: CorrectionIn, office: OfficeDep, sight: SightDep
) -> object:
    """Ask for a correction of what is kept of a person."""
    person = sight.person(employee_id)
    with office.database.writing() as connection:
        return store.raise_correction(connection, person, store.Wish(**correction.model_dump()), sight.asker)


@router.get(PATH, response_model=CorrectionsOut, responses=problems(404))
def list_corrections(
    employee_id: str, page: PageDep, request: Request, response: Response, office: OfficeDep, sight: SightDep
) -> object:
    """List the corrections that were asked for, the earliest first."""
    person = sight.known_person(employee_id)
    wanted = Page([person], place(page, UUID), page.limit + 1)
    with office.database.reading() as connection:
        found = store.list_corrections(connection, wanted)
    last = found[page.limit - 1].correction_id if len(found) > page.limit else None
    return {"items": found[: page.limit], "next": next_page(request, response, page, last)}


@router.post(
    "/v1/corrections/{correction_id}/closing", response_model=CorrectionOut, responses=problems(404, 409)
)
def close_correction(correction_id: str, closing: ClosingIn, office: OfficeDep, sight: SightDep) -> object:
    """Keep how a named human closed a request for a correction: done, or refused for a reason."""
    with office.database.writing() as connection:
        return store.close_correction(
            connection, entry_id(correction_id), store.Closing(**closing.model_dump()), sight.asker
        )
