"""What is believed of one person."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from api.answering import answer
from api.dependencies import OfficeDep, SightDep
from api.guard import guarded_router
from api.openapi import problems
from api.routes.recommendations import UNCHANGED
from api.schemas.answers import ProfileOptions, ProfileOut
from recommender.service.asked import Asked

router = guarded_router("recommendations")


@router.get(
    "/v1/employees/{employee_id}/profile",
    response_model=ProfileOut,
    responses={**problems(404), **UNCHANGED},
)
def employee_profile(
    employee_id: str,
    options: Annotated[ProfileOptions, Query()],
    request: Request,
    office: OfficeDep,
    sight: SightDep,
) -> Response:
    """Show a person's competencies against what the position held and the next one ask for."""
    asked = Asked(language=options.language, horizon=options.horizon)
    return answer(request, office.profile(sight.person(employee_id), asked, sight.asker))
