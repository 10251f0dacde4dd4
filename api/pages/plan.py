"""The plan of a unit for a year: accepted and suggested programs, decided many at a time, then approved."""

from __future__ import annotations

from typing import Annotated, Literal
from urllib.parse import unquote, urlencode

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from api.dependencies import OfficeDep, SightDep
from api.pages.cookies import language_of
from api.pages.deciding import keep
from api.pages.door import page_router
from api.pages.forms import Form, FormDep, as_id, to
from api.pages.rendering import name_of, refused, render
from api.pages.sheets import sheet
from api.pages.team import unit_in_sight
from api.pages.words import word
from api.paging import entry_id
from api.problems import NO_ENTRY, Refused
from api.schemas.values import Id
from api.sight import Sight
from recommender.errors import PlanChanged
from recommender.service.office import Office
from recommender.service.plan_approved import Scope
from recommender.store.decisions import PLAN_YEARS, Choice
from recommender.store.plans import Plan

router = page_router()


class PlanOptions(BaseModel):
    """Which plan is shown; `done` and `missing` say what became of the form that led here."""

    unit: Id = ""
    year: int | None = Field(None, ge=1900, le=2200)
    page: int = Field(1, ge=1, le=1_000_000)
    all: Literal["", "1"] = ""  # everybody on one page, to be printed
    done: Id = ""
    missing: Id = ""


PlanQuery = Annotated[PlanOptions, Query()]


@router.get("/team/plan")
def team_plan_page(request: Request, office: OfficeDep, sight: SightDep, options: PlanQuery) -> Response:
    """Show the plan of a unit, a page of people or all; who sees the whole city chooses a unit first."""
    unit_id = unit_in_sight(sight, options.unit)
    if unit_id is None and (units := office.units()):
        return render(request, "units.html", units=units, path="/team/plan")
    year = options.year or office.plan_year()
    if options.all:
        plan = office.whole_team_plan(unit_id, year, language_of(request), sight.asker)
    else:
        plan = office.team_plan(unit_id, year, options.page, language_of(request), sight.asker)
    return render(request, "team_plan.html", plan=plan, options=options)


@router.get("/team/plan.xlsx")
def team_plan_sheet(request: Request, office: OfficeDep, sight: SightDep, options: PlanQuery) -> Response:
    """Return the plan of a unit as a workbook: everybody in it, accepted and suggested programs."""
    unit_id = unit_in_sight(sight, options.unit)
    year = options.year or office.plan_year()
    plan = office.whole_team_plan(unit_id, year, language_of(request), sight.asker)
    return sheet(request, plan.people, year)


@router.post("/team/plan/decisions")
def decide_on_many(request: Request, form: FormDep, office: OfficeDep, sight: SightDep) -> Response:
    """Accept all suggestions that were ticked, all of them or none."""
    if not form.all("chosen"):
        return to(_back(form), missing="chosen")
    year, name = year_of(form) or office.plan_year(), name_of(request)
    chosen = [_chosen(one, name, year) for one in form.all("chosen")]
    for person in dict.fromkeys(person for person, _ in chosen):
        sight.person(person)  # 404 for the whole form if one of them is out of sight
    return keep(request, office, sight, chosen, _back(form)) or to(_back(form), done="accepted")


@router.post("/team/plan/approval")
def approve_team_plan(request: Request, form: FormDep, office: OfficeDep, sight: SightDep) -> Response:
    """Approve what was accepted in a unit: a copy that does not change is kept."""
    if not form.text("sure"):
        return to(_back(form), missing="sure")
    unit_id = unit_in_sight(sight, as_id(form.text("unit")))
    year = year_of(form) or office.plan_year()
    return approve(request, form, office, sight, Scope(year, unit_id=unit_id or ""), _back(form))


@router.get("/plans/{plan_id}")
def approved_plan_page(
    plan_id: str, request: Request, office: OfficeDep, sight: SightDep, done: Id = ""
) -> Response:
    """Show an approved plan as it was approved."""
    plan = approved(office, sight, plan_id)
    found = office.approved_plan(plan, sight.asker)
    return render(request, "approved_plan.html", plan=found, done=done)


@router.get("/plans/{plan_id}/sheet.xlsx")
def approved_plan_sheet(plan_id: str, request: Request, office: OfficeDep, sight: SightDep) -> Response:
    """Return an approved plan as a workbook."""
    plan = approved(office, sight, plan_id)
    found = office.approved_plan(plan, sight.asker)
    return sheet(request, found.people, plan.year)


def approve(request: Request, form: Form, office: Office, sight: Sight, scope: Scope, back: str) -> Response:
    """Approve a plan and go to the copy; where it is not what was seen, say so and lead back to it."""
    try:
        plan = office.approve_plan(scope, form.text("seen"), name_of(request), sight.asker)
    except PlanChanged:
        return refused(request, 409, word("refused.plan_changed", language_of(request)), back)
    return to(f"/plans/{plan.plan_id}", done="approved")


def approved(office: Office, sight: Sight, plan_id: str) -> Plan:
    """Return an approved plan in sight.

    Raises
    ------
    Refused, UnknownEntry
        404: out of sight, or not there.
    """
    plan = office.find_plan(entry_id(plan_id))
    if plan.employee_id:
        sight.person(plan.employee_id)
    elif not (sight.sees_all or (plan.unit_id and sight.sees_unit(plan.unit_id))):
        raise Refused(404, NO_ENTRY, "unknown-entry")
    return plan


def year_of(form: Form) -> int | None:
    """Return the year that a form names, None where it names none that could be one."""
    text = form.text("year")
    is_one = len(text) == 4 and text.isascii() and text.isdigit() and int(text) in PLAN_YEARS
    return int(text) if is_one else None


def _chosen(told: str, decided_by: str, year: int) -> tuple[str, Choice]:
    """Return whom a box that was ticked is about, and the choice: person, program and answer, each quoted."""
    person, program, answer = [as_id(unquote(one)) for one in [*told.split("/"), "", ""][:3]]
    return person, Choice(program, "accept", decided_by, None, answer or None, plan_year=year)


def _back(form: Form) -> str:
    unit, year = as_id(form.text("unit")), year_of(form)
    page = as_id(form.text("page"))
    asked = {"unit": unit, "year": str(year or ""), "page": page if page != "1" else ""}
    query = urlencode({name: value for name, value in asked.items() if value})
    return "/team/plan" + (f"?{query}" if query else "")
