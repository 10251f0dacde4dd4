"""What people object to and want corrected, for the training office to decide."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, cast

from fastapi import Query, Request, Response
from pydantic import BaseModel

from api.dependencies import OfficeDep, SightDep
from api.pages.cookies import language_of
from api.pages.door import page_router
from api.pages.forms import FormDep, to
from api.pages.rendering import name_of, refused, render
from api.pages.words import word
from api.paging import entry_id
from api.schemas.values import Id
from recommender.errors import EntryConflict
from recommender.service.office import Office
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
    """Which cases are shown; `done` says what became of the form that led here."""

    show: Literal["open", "closed"] = "open"
    done: Id = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """A decision that lacks something, to be filled in again; `case` is its objection or request."""

    case: str = ""
    outcome: str = ""
    reason: str = ""
    needs_reason: bool = False


@router.get("/cases")
def cases_page(request: Request, office: OfficeDep, options: Annotated[CasesOptions, Query()]) -> Response:
    """Show objections and requests for corrections: those that wait, or those that were closed."""
    return _page(request, office, options)


def _page(request: Request, office: Office, options: CasesOptions, typed: Typed | None = None) -> Response:
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
    told: dict[str, Any] = {"names": names, "found": (objections, corrections), "most": full and _MOST}
    if typed is None:
        return render(request, "cases.html", options=options, typed=Typed(), **told)
    return render(request, "cases.html", 422, options=options, typed=typed, here="/cases", **told)


@router.post("/cases/objections/{objection_id}")
def decide_objection_on_page(
    objection_id: str, request: Request, form: FormDep, office: OfficeDep, sight: SightDep
) -> Response:
    """Keep what a named human decided about an objection, and why."""
    typed = Typed(entry_id(objection_id), form.text("outcome"), form.text("reason"), not form.text("reason"))
    if typed.needs_reason or not typed.outcome:
        return _page(request, office, CasesOptions(), typed)
    outcome = cast(Outcome, typed.outcome)  # another word is refused by the store
    try:
        with office.database.writing() as connection:
            ruling = Ruling(outcome, name_of(request), typed.reason)
            rule_on_objection(connection, typed.case, ruling, sight.asker)
    except EntryConflict:
        return _closed_before(request)
    return to("/cases", done="ruled")


@router.post("/cases/corrections/{correction_id}")
def close_correction_on_page(
    correction_id: str, request: Request, form: FormDep, office: OfficeDep, sight: SightDep
) -> Response:
    """Keep how a named human closed a request for a correction; a refusal says why."""
    outcome, reason = form.text("outcome"), form.text("reason")
    typed = Typed(entry_id(correction_id), outcome, reason, outcome == "refused" and not reason)
    if typed.needs_reason or not outcome:
        return _page(request, office, CasesOptions(), typed)
    closing = Closing(cast(CorrectionOutcome, outcome), name_of(request), reason or None)
    try:
        with office.database.writing() as connection:
            close_correction(connection, typed.case, closing, sight.asker)
    except EntryConflict:
        return _closed_before(request)
    return to("/cases", done="closed")


def _closed_before(request: Request) -> Response:
    """Return what is told where somebody else closed a case first, or who raised it took it back."""
    text = word("cases.closed_before", language_of(request))
    return refused(request, 409, text, "/cases?show=closed")
