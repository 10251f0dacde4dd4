"""What is recommended: to one person, to each of a list, to somebody as he might be."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from api.answering import answer
from api.dependencies import OfficeDep, SightDep
from api.guard import guarded_router
from api.openapi import problems
from api.schemas.answers import AnswerOut, AnswersOut, ListOptions, ManyOrProfile
from recommender.service.asked import Asked

router = guarded_router("recommendations")
UNCHANGED: dict[int | str, dict[str, str]] = {304: {"description": "The same as what If-None-Match names."}}


# Plain functions, here and in the other files: they compute or wait for the database, and FastAPI runs them
# on threads of their own. In an `async def` every other caller, health checks included, would wait for them.
@router.get(
    "/v1/employees/{employee_id}/recommendations",
    response_model=AnswerOut,
    responses={**problems(404), **UNCHANGED},
)
def recommend_to_employee(
    employee_id: str,
    options: Annotated[ListOptions, Query()],
    request: Request,
    office: OfficeDep,
    sight: SightDep,
) -> Response:
    """Recommend programs to one employee, each with its reasons."""
    asked = Asked(options.limit, options.language, options.horizon)
    return answer(request, office.recommend(sight.person(employee_id), asked, sight.asker))


@router.post("/v1/recommendations", response_model=AnswersOut | AnswerOut, responses=problems(404))
def recommend_to_many(
    wanted: ManyOrProfile, request: Request, office: OfficeDep, sight: SightDep
) -> Response:
    """Recommend programs to each employee of a list (all that are unknown are named), or to a profile."""
    asked = Asked(wanted.limit, wanted.language, wanted.horizon)
    if wanted.profile is not None:
        return answer(
            request, office.what_if(wanted.profile.model_dump(exclude_unset=True), asked, sight.asker)
        )
    ids = sight.people(wanted.employee_ids or [])
    return answer(request, office.recommend_many(ids, asked, sight.asker))
