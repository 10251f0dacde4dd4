"""A person: what is believed and on what it rests, what is suggested and why, and the decision."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Query, Request, Response
from pydantic import BaseModel

from api.dependencies import OfficeDep, SightDep
from api.pages.cookies import language_of
from api.pages.deciding import keep
from api.pages.door import page_router
from api.pages.forms import Form, FormDep, as_id, to
from api.pages.rendering import name_of, render
from api.schemas.values import Id
from recommender.domain import Horizon
from recommender.explain import Event, Language, timeline_svg
from recommender.service.office import Office
from recommender.service.story import Story
from recommender.store.decisions import Choice

router = page_router()
PATH = "/people/{employee_id}"
_WIDE = 960  # pixels of a picture on a desk
_PHONE = 328  # pixels of a picture on a phone that is 360 wide


class PersonOptions(BaseModel):
    """How a person is shown; `done` and `missing` say what became of the form that led here."""

    horizon: Horizon = "current"
    done: Id = ""
    missing: Id = ""


@router.get(PATH)
def person_page(
    employee_id: str,
    request: Request,
    office: OfficeDep,
    sight: SightDep,
    options: Annotated[PersonOptions, Query()],
) -> Response:
    """Show one person."""
    person, language = sight.known_person(employee_id), language_of(request)
    story = office.story(person, options.horizon, language, sight.asker)
    choices = office.choices_of(person)
    told: dict[str, Any] = {"choices": choices, **drawn(office, story, language)}
    told |= {"titles": office.program_titles(choices), "year": office.plan_year()}
    return render(request, "person.html", story=story, options=options, can_decide=True, **told)


def drawn(office: Office, story: Story, language: Language) -> dict[str, Any]:
    """Return the history as pictures, for a wide screen and a phone, and the ends of the scale of levels."""
    events = [Event(one.day, one.kind, one.title) for one in story.history]
    levels = office.catalogue().policy.levels
    return {
        "timeline": timeline_svg(events, language, _WIDE),
        "timeline_narrow": timeline_svg(events, language, _PHONE),
        "levels": (levels.minimum, levels.maximum),
    }


@router.get(PATH + "/changes")
def changes_page(employee_id: str, request: Request, office: OfficeDep, sight: SightDep) -> Response:
    """Show what would have to be otherwise for another program to stand first; it takes a moment to find."""
    person, language = sight.known_person(employee_id), language_of(request)
    found = office.what_would_change(person, language, sight.asker)
    member = office.members.of([person])[0]
    return render(request, "changes.html", found=found, member=member)


@router.get(PATH + "/choose")
def choose_page(
    employee_id: str, request: Request, office: OfficeDep, sight: SightDep, missing: Id = "", program: Id = ""
) -> Response:
    """Show all programs that no rule keeps from a person, to put another one into the plan."""
    person = sight.known_person(employee_id)
    programs = office.eligible_programs(person, sight.asker)
    member = office.members.of([person])[0]
    return render(request, "choose.html", programs=programs, member=member, missing=missing, program=program)


@router.post(PATH + "/decisions")
def decide_on_page(
    employee_id: str, request: Request, form: FormDep, office: OfficeDep, sight: SightDep
) -> Response:
    """Keep what somebody decided about a program; without a reason where one is asked for, ask again."""
    person = sight.known_person(employee_id)
    here, choice = f"/people/{person_in_path(person)}", _choice(form, name_of(request), office.plan_year())
    is_own = choice.verdict == "accept" and not choice.ledger_id  # and not what was suggested
    if not choice.reason and (is_own or choice.verdict == "decline"):
        back = f"{here}/choose" if form.text("own") else here
        return to(back, missing=choice.program_id or "program", program=choice.program_id)
    return keep(request, office, sight, [(person, choice)], here) or to(here, done=choice.verdict)


def _choice(form: Form, decided_by: str, year: int) -> Choice:
    return Choice(
        as_id(form.text("program")),
        form.text("verdict"),
        decided_by,
        form.text("reason") or None,
        as_id(form.text("ledger_id")) or None,
        plan_year=year,
    )


def person_in_path(employee_id: str) -> str:
    """Return an id as it stands in a path."""
    return quote(employee_id, safe="")
