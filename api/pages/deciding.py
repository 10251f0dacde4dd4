"""Decisions that come from pages, and what is said where one cannot be kept."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request, Response

from api.pages.cookies import language_of
from api.pages.rendering import refused
from api.pages.words import word
from api.sight import Sight
from recommender.errors import ObjectionStands, ProgramKeptOut
from recommender.explain import phrase
from recommender.service.office import Office
from recommender.store.decisions import Choice


def keep(
    request: Request, office: Office, sight: Sight, choices: Sequence[tuple[str, Choice]], back: str
) -> Response | None:
    """Keep choices about people, all or none; return the page that says why not, None where all is well.

    Parameters
    ----------
    back : the address from which whoever is refused goes on.

    Raises
    ------
    DataError, UnknownEmployee
        The form was made up: it names a program, a verdict or an answer that its page did not.
    """
    language = language_of(request)
    try:
        office.decide(choices, sight.asker)
    except ProgramKeptOut as error:
        title = office.program_titles([error.program_id])[error.program_id]
        rule = phrase("exclusions", error.rule, language)
        name = _called(office, error.employee_id)
        text = word("refused.kept_out", language, title=title, name=name, rule=rule)
        return refused(request, 422, text, back)
    except ObjectionStands as error:
        text = word("refused.objection", language, name=_called(office, error.employee_id))
        return refused(request, 409, text, back)
    return None


def _called(office: Office, employee_id: str) -> str:
    (member,) = office.members.of([employee_id])
    return member.name or member.employee_id
