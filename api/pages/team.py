"""My team: who lacks what, who owes hours, what is due, where a decision waits."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from api.dependencies import OfficeDep, SightDep
from api.pages.cookies import language_of
from api.pages.door import page_router
from api.pages.rendering import render
from api.schemas.values import Id
from api.sight import Sight
from recommender.service.team_list import Only, Sort, Wanted

router = page_router()
KINDS = ("", "technical", "managerial", "sociocultural", "governmental")


class TeamOptions(BaseModel):
    """What a manager asks of the list; an empty field asks for nothing."""

    unit: Id = ""
    search: Id = ""
    sort: Sort = "gap"
    only: Only = ""
    competency: Id = ""
    kind: Id = ""
    page: int = Field(1, ge=1, le=1_000_000)
    all: Literal["", "yes"] = ""  # who sees the whole city wants all of it, not a unit

    @property
    def asks_for_somebody(self) -> bool:
        """Whether it narrows the list, so that it means something for the whole city."""
        return bool(self.all or self.search or self.only or self.competency)

    def wanted(self) -> Wanted:
        """Return it as the service takes it."""
        return Wanted(
            search=self.search,
            sort=self.sort,
            competency=self.competency,
            only=self.only,
            kind=self.kind,
            page=self.page,
        )


@router.get("/team")
def team_page(
    request: Request, office: OfficeDep, sight: SightDep, options: Annotated[TeamOptions, Query()]
) -> Response:
    """Show the people of a unit and all below it; who sees the whole city chooses a unit, or searches."""
    unit_id, language = unit_in_sight(sight, options.unit), language_of(request)
    if unit_id is None and not options.asks_for_somebody and (units := office.units()):
        return render(request, "units.html", units=units, path="/team")
    team = office.team(unit_id, options.wanted(), language, sight.asker)
    return render(request, "team.html", team=team, options=options, kinds=KINDS)


def unit_in_sight(sight: Sight, told: str) -> str | None:
    """Return the unit asked for, or one's own; None = the whole city, for who sees it.

    Raises
    ------
    Refused
        404: out of sight.
    """
    return sight.unit(told) if told else sight.own_unit
