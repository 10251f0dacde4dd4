"""What the people of a unit lack."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from api.answering import answer
from api.dependencies import OfficeDep, SightDep
from api.guard import guarded_router
from api.openapi import problems
from api.routes.recommendations import UNCHANGED
from api.schemas.answers import ProfileOptions, UnitGapsOut
from recommender.service.asked import Asked

router = guarded_router("units")


@router.get("/v1/units/{unit_id}/gaps", response_model=UnitGapsOut, responses={**problems(404), **UNCHANGED})
def unit_gaps(
    unit_id: str,
    options: Annotated[ProfileOptions, Query()],
    request: Request,
    office: OfficeDep,
    sight: SightDep,
) -> Response:
    """Show the gaps of a unit and all below it; what would tell of few people is left out."""
    asked = Asked(language=options.language, horizon=options.horizon)
    return answer(request, office.unit_gaps(sight.unit(unit_id), asked, sight.asker))
