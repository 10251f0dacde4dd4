"""The people: told by HR systems, looked up, erased."""

from __future__ import annotations

from typing import Annotated

from fastapi import Body, Request, Response

from api.access import Reach
from api.dependencies import OfficeDep, SightDep
from api.guard import guarded_router
from api.openapi import problems
from api.paging import NUMBER, PSEUDONYM, PageDep, next_page, place
from api.problems import NO_PERSON, Refused, field_fault
from api.schemas.records import EmployeeIn, EmployeeOut, EmployeesOut
from api.schemas.values import FilledId
from recommender.service import intake
from recommender.store.directory import employee_row, people_page, pseudonyms_page
from recommender.store.erasure import erase, wipe_pages

router = guarded_router("employees")
PATH = "/v1/employees/{employee_id}"


@router.get("/v1/employees", response_model=EmployeesOut)
def list_employees(
    page: PageDep, request: Request, response: Response, office: OfficeDep, sight: SightDep
) -> object:
    """List people page by page; to a data scientist pseudonyms and nothing else."""
    with office.database.reading() as connection:
        if sight.reach is Reach.PSEUDONYMS:
            names, last = pseudonyms_page(connection, place(page, PSEUDONYM), page.limit)
            return {
                "items": [{"employee_id": name} for name in names],
                "next": next_page(request, response, page, last),
            }
        after = int(place(page, NUMBER) or 0)
        people, end = people_page(connection, after, page.limit, sight.own_unit)
    return {"items": people, "next": next_page(request, response, page, end)}


@router.put(PATH, response_model=EmployeeOut, responses={201: {"description": "New.", "model": EmployeeOut}})
def put_employee(
    employee_id: FilledId, row: Annotated[EmployeeIn, Body()], response: Response, office: OfficeDep
) -> object:
    """Keep a person, new (201) or instead of what was kept (200); what is left out becomes empty."""
    if row.pop("employee_id", employee_id) != employee_id:
        raise field_fault(["employee_id"], "This is not the id in the path.", "mismatch")
    if intake.put_employee(office, employee_id, row):
        response.status_code = 201
    return _kept(office, employee_id)


@router.get(PATH, response_model=EmployeeOut, responses=problems(404))
def get_employee(employee_id: str, office: OfficeDep, sight: SightDep) -> object:
    """Show what is kept of a person in the table of employees."""
    return _kept(office, sight.person(employee_id))


@router.delete(PATH, status_code=204, responses=problems(404))
def erase_employee(employee_id: str, office: OfficeDep, sight: SightDep) -> None:
    """Erase a person with all records; the ledger keeps its proof under a pseudonym that leads nowhere."""
    person = sight.person(employee_id)
    with office.database.writing() as connection:
        erase(connection, person, sight.asker)
    wipe_pages(office.database)


def _kept(office: OfficeDep, employee_id: str) -> dict[str, object]:
    with office.database.reading() as connection:
        row = employee_row(connection, employee_id)
    if row is None:
        raise Refused(404, NO_PERSON, "unknown-employee")
    return row
