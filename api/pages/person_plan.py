"""The plan of one person for a year, and its approval."""

from __future__ import annotations

from fastapi import Request, Response

from api.dependencies import OfficeDep, SightDep
from api.pages.cookies import language_of
from api.pages.door import page_router
from api.pages.forms import FormDep, to
from api.pages.person import PATH, person_in_path
from api.pages.plan import PlanQuery, approve, year_of
from api.pages.rendering import render
from api.pages.sheets import sheet
from recommender.service.plan_approved import Scope

router = page_router()


@router.get(PATH + "/plan")
def person_plan_page(
    employee_id: str, request: Request, office: OfficeDep, sight: SightDep, options: PlanQuery
) -> Response:
    """Show the plan of one person."""
    person, year = sight.known_person(employee_id), options.year or office.plan_year()
    plan = office.person_plan(person, year, language_of(request), sight.asker)
    approved = office.approved_plans_of(person, year)
    return render(request, "person_plan.html", plan=plan, year=year, approved=approved, options=options)


@router.get(PATH + "/plan.xlsx")
def person_plan_sheet(
    employee_id: str, request: Request, office: OfficeDep, sight: SightDep, options: PlanQuery
) -> Response:
    """Return the plan of one person as a workbook."""
    person, year = sight.known_person(employee_id), options.year or office.plan_year()
    return sheet(request, [office.person_plan(person, year, language_of(request), sight.asker)], year)


@router.post(PATH + "/plan/approval")
def approve_person_plan(
    employee_id: str, request: Request, form: FormDep, office: OfficeDep, sight: SightDep
) -> Response:
    """Approve what was accepted for one person: a copy that does not change is kept."""
    person = sight.known_person(employee_id)
    here = f"/people/{person_in_path(person)}/plan"
    if not form.text("sure"):
        return to(here, missing="sure")
    year = year_of(form) or office.plan_year()
    return approve(request, form, office, sight, Scope(year, employee_id=person), f"{here}?year={year}")
