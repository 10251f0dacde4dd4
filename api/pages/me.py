"""Me: an employee's own profile and reasons, objection, requests for corrections, and all that is kept.

The rights of UU 27/2022: to know (art. 5), to have corrected (art. 6), to get one's data (art. 7, 13), and to
object to a decision by a machine alone (art. 10).
"""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import Query, Request, Response

from api.dependencies import OfficeDep, SightDep
from api.pages.cookies import language_of
from api.pages.door import page_router
from api.pages.forms import Form, FormDep, as_id, to
from api.pages.person import PersonOptions, drawn
from api.pages.rendering import render
from api.sight import Sight
from recommender.errors import EntryConflict, UnknownEntry
from recommender.service.office import Office
from recommender.store.cases import Page
from recommender.store.corrections import Wish, raise_correction
from recommender.store.objections import list_objections, raise_objection, withdraw_objection
from recommender.store.own_data import own_data

router = page_router()
# What people may ask to have corrected; each has a name in the catalogue ("fields.<table>_<column>").
FIELDS = (
    *("employees.name", "employees.position_id", "employees.unit_id", "employees.employment_type"),
    *("employees.grade", "employees.hired_on", "employees.target_position_id", "employees.status"),
    *("employee_audit.sex", "employee_audit.birth_year"),
    *("training_records.program_id", "training_records.status", "training_records.completed_on"),
    *("training_records.hours", "training_records.score"),
    *("assessments.level", "assessments.assessed_on", "performance_reviews.predicate"),
    *("performance_reviews.period_end", "feedback.comment"),
)


@router.get("/me")
def me_page(
    request: Request, office: OfficeDep, sight: SightDep, options: Annotated[PersonOptions, Query()]
) -> Response:
    """Show what is known of and suggested to who is signed in."""
    return _page(request, office, sight, options)


def _page(
    request: Request,
    office: Office,
    sight: Sight,
    options: PersonOptions,
    typed: Form | None = None,
) -> Response:
    """Return the page; `typed` is a request for a correction that lacks something, to be filled in again."""
    person, language = _myself(sight), language_of(request)
    story = office.story(person, options.horizon, language, sight.asker)
    told: dict[str, Any] = {"choices": office.choices_of(person), **drawn(office, story, language)}
    with office.database.reading() as connection:
        objections = list_objections(connection, Page([person]))
    titles = office.program_titles(one.program_id for one in story.decisions)
    told |= {"options": options, "fields": FIELDS, "titles": titles, "objections": objections}
    typed_in = {name: typed.text(name) if typed else "" for name in ("field", "wanted", "reason")}
    told |= {"story": story, "typed": typed_in, "lacks": typed is not None}
    if typed is None:
        return render(request, "me.html", **told)
    return render(request, "me.html", 422, here="/me", **told)


@router.post("/me/objection")
def object_on_page(form: FormDep, office: OfficeDep, sight: SightDep) -> Response:
    """Keep an objection; a reason is not asked for."""
    try:
        with office.database.writing() as connection:
            raise_objection(connection, _myself(sight), form.text("reason") or None, sight.asker)
    except EntryConflict:  # it stands already: sent twice, or from another window
        pass
    return to("/me", done="objected")


@router.post("/me/objection/withdrawal")
def withdraw_on_page(office: OfficeDep, sight: SightDep) -> Response:
    """End the objection that stands."""
    try:
        with office.database.writing() as connection:
            withdraw_objection(connection, _myself(sight), sight.asker)
    except UnknownEntry:  # none stands any more, which is what was wanted
        pass
    return to("/me", done="withdrawn")


@router.post("/me/corrections")
def ask_for_correction_on_page(
    request: Request, form: FormDep, office: OfficeDep, sight: SightDep
) -> Response:
    """Keep a request for a correction; one that lacks something comes back as it was typed."""
    if not form.text("wanted"):
        return _page(request, office, sight, PersonOptions(), form)
    wish = Wish(as_id(form.text("field")), form.text("wanted"), form.text("reason") or None)
    with office.database.writing() as connection:
        raise_correction(connection, _myself(sight), wish, sight.asker)
    return to("/me", done="asked")


@router.get("/me/data.json")
def my_data(office: OfficeDep, sight: SightDep) -> Response:
    """Return everything that is kept of who is signed in, to be kept by him."""
    with office.database.reading() as connection:
        found = own_data(connection, _myself(sight))
    body = json.dumps(found, ensure_ascii=False, indent=2, default=str).encode()
    headers = {"Content-Disposition": 'attachment; filename="data.json"'}
    return Response(body, headers=headers, media_type="application/json")


def _myself(sight: Sight) -> str:
    """Return the employee_id of who is signed in; 404 for somebody who is no employee."""
    return sight.known_person(sight.asker.employee_id)
