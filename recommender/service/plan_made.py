"""What stands in the plans of people: decisions that were made, and suggestions where none was."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from recommender.explain import Language
from recommender.planning.hours import plan_year_of
from recommender.planning.plan import Item, PersonPlan, Year, plan_of
from recommender.service.advice import Ready
from recommender.service.asked import Asked
from recommender.service.member import Member
from recommender.service.members import Members
from recommender.store.askers import Asker
from recommender.store.decisions import Decision, latest_choices

ACCEPTED = ("accept", "done")  # verdicts by which a program stands in somebody's plan
_SUGGESTED = 5  # programs for each person
_UNDATED = date.max

Choices = Mapping[str, Mapping[str, Decision]]  # by person and program
Suggested = Mapping[str, "Suggestions"]  # by person


@dataclass(frozen=True, slots=True)
class Suggestions:
    """What was recommended to one person: as it went out, and the line of the ledger that tells of it."""

    recommendations: Sequence[Mapping[str, Any]] = ()
    ledger_id: str = ""


def choices_of(members: Members, people: Sequence[Member], year: int) -> Choices:
    """Return the newest decision about each program that counts for the year, by person."""
    with members.advice.database.reading() as connection:
        return latest_choices(connection, [one.employee_id for one in people], year)


def suggested_to(
    members: Members, ready: Ready, people: Sequence[Member], year: int, whom: tuple[Language, Asker]
) -> Suggested:
    """Return what is recommended to each of some people; nothing for years that are over.

    Who objected, and who is not in service, is not asked about.
    """
    language, asker = whom
    asked = [one.employee_id for one in people if one.active and not one.hidden]
    if not asked or year < plan_year_of(ready.city.norms.as_of):
        return {}
    question = Asked(limit=_SUGGESTED, language=language)
    return {
        id_: Suggestions(json.loads(reply.body)["recommendations"], reply.ledger_id)
        for id_, reply in members.advice.replies(ready, asked, question, asker)
    }


def plans_of(
    ready: Ready, people: Sequence[Member], choices: Choices, suggested: Suggested, year: int
) -> list[PersonPlan]:
    """Return the plan of each of some people: what was decided, and what is suggested and not decided."""
    programs = Year(ready.city.catalogue.dataset, year, ready.city.norms.as_of)
    found = []
    for one in people:
        chosen = choices.get(one.employee_id, {})
        told = suggested.get(one.employee_id, Suggestions())
        items = (*_decided(programs, one, chosen), *_suggestions(programs, one, told, chosen))
        items = tuple(sorted(items, key=_place))
        person = (one.employee_id, one.name, one.position)
        found.append(plan_of(items, one.hours_in(year), person, hidden=one.hidden))
    return found


def _place(item: Item) -> tuple[object, ...]:
    """Return the key by which items stand: suggestions keep their order."""
    if item.state == "suggested":
        return (1,)
    return (0 if item.state == "accepted" else 2, item.starts_on or _UNDATED, item.title, item.program_id)


def _decided(programs: Year, member: Member, chosen: Mapping[str, Decision]) -> list[Item]:
    completed = {one.program_id for one in member.done if one.year == programs.year}
    owed = {one.program_id for one in member.deadlines}
    found = []
    for choice in chosen.values():
        is_accepted = choice.verdict in ACCEPTED
        found.append(
            replace(
                programs.item(choice.program_id),
                state="accepted" if is_accepted else "declined",
                decided_by=choice.decided_by,
                decided_at=choice.decided_at,
                reason=choice.reason,
                is_compulsory=choice.program_id in owed,
                counts=is_accepted and choice.program_id not in completed,
            )
        )
    return found


def _suggestions(
    programs: Year, member: Member, told: Suggestions, chosen: Mapping[str, Decision]
) -> list[Item]:
    owed = {one.program_id for one in member.deadlines}
    return [
        replace(
            programs.item(one["program_id"]),
            benefit=one["benefit"],
            benefit_low=one["benefit_low"],
            benefit_high=one["benefit_high"],
            ledger_id=told.ledger_id,
            is_compulsory=one["program_id"] in owed,
        )
        for one in told.recommendations
        if one["program_id"] not in chosen
    ]
