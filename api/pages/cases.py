"""What people object to and want corrected, for the training office to decide."""

from __future__ import annotations

from typing import Annotated, Literal, cast

from fastapi import Query, Request, Response
from pydantic import BaseModel

from api.dependencies import OfficeDep, SightDep
from api.pages.door import page_router
from api.pages.forms import FormDep, to
from api.pages.rendering import name_of, render
from api.paging import entry_id
from api.schemas.values import Id
from recommender.store.cases import Page
from recommender.store.corrections import Closing, close_correction, closed_corrections, list_corrections
from recommender.store.corrections import Outcome as CorrectionOutcome
from recommender.store.directory import names_of
from recommender.store.objections import (
    Outcome,
    Ruling,
    closed_objections,
    list_objections,
    rule_on_objection,
)

router = page_router()
_MOST = 100  # of each kind on one page


class CasesOptions(BaseModel):
    """Which cases are shown; `done` and `missing` say what became of the form that led here."""

    show: Literal["open", "closed"] = "open"
    done: Id = ""
    missing: Id = ""


@router.get("/cases")
def cases_page(request: Request, office: OfficeDep, options: Annotated[CasesOptions, Query()]) -> Response:
    """Show objections and requests for corrections: those that wait, or those that were closed."""
    waiting = options.show == "open"
    with office.database.reading() as connection:
        if waiting:
            objections = list_objections(connection, Page(limit=_MOST), "open")
            corrections = list_corrections(connection, Page(limit=_MOST), "open")
        else:
            objections = closed_objections(connection, _MOST)
            corrections = closed_corrections(connection, _MOST)
        people = [one.employee_id for one in objections] + [one.employee_id for one in corrections]
        names = names_of(connection, people)
    full = waiting and _MOST in (len(objections), len(corrections))
    found = (objections, corrections)
    return render(request, "cases.html", options=options, names=names, found=found, most=full and _MOST)


@router.post("/cases/objections/{objection_id}")
def decide_objection_on_page(
    objection_id: str, request: Request, form: FormDep, office: OfficeDep, sight: SightDep
) -> Response:
    """Keep what a named human decided about an objection, and why."""
    if not form.text("reason"):
        return to("/cases", missing=entry_id(objection_id))
    outcome = cast(Outcome, form.text("outcome"))  # another word is refused by the store
    with office.database.writing() as connection:
        ruling = Ruling(outcome, name_of(request), form.text("reason"))
        rule_on_objection(connection, entry_id(objection_id), ruling, sight.asker)
    return to("/cases", done="ruled")


@router.post("/cases/corrections/{correction_id}")
def close_correction_on_page(
    correction_id: str, request: Request, form: FormDep, office: OfficeDep, sight: SightDep
) -> Response:
    """Keep how a named human closed a request for a correction; a refusal says why."""
    if form.text("outcome") == "refused" and not form.text("reason"):
        return to("/cases", missing=entry_id(correction_id))
    outcome = cast(CorrectionOutcome, form.text("outcome"))
    with office.database.writing() as connection:
        closing = Closing(outcome, name_of(request), form.text("reason") or None)
        close_correction(connection, entry_id(correction_id), closing, sight.asker)
    return to("/cases", done="closed")
