"""What routes are given: the office they answer from, and who asks with how far that sees."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from api.sight import Sight
from recommender.service.office import Office
from recommender.store.askers import Asker


# `async`: a plain function would cost each request one more trip to a thread.
async def _office(request: Request) -> Office:
    office: Office = request.app.state.office
    return office


async def _sight(request: Request) -> Sight:
    sight: Sight = request.state.sight  # set at the door (guard.py), before the route is called
    return sight


async def _asker(request: Request) -> Asker:
    sight: Sight = request.state.sight
    return sight.asker


OfficeDep = Annotated[Office, Depends(_office)]
SightDep = Annotated[Sight, Depends(_sight)]
AskerDep = Annotated[Asker, Depends(_asker)]
