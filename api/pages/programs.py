"""Programs: the list, and all about one of them."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field

from api.dependencies import OfficeDep
from api.pages.cookies import language_of
from api.pages.door import page_router
from api.pages.rendering import render
from api.schemas.values import Id
from recommender.explain.axis import Axis
from recommender.service.program_pages import ProgramsWanted
from recommender.service.program_told import Only, Sort, Taught

router = page_router()


class ProgramOptions(BaseModel):
    """What somebody asks of the list; an empty field asks for nothing."""

    search: Id = ""
    sort: Sort = "title"
    only: Only = ""
    form: Id = ""
    competency: Id = ""
    page: int = Field(1, ge=1, le=1_000_000)

    def wanted(self) -> ProgramsWanted:
        """Return it as the service takes it."""
        return ProgramsWanted(self.search, self.sort, self.only, self.form, self.competency, self.page)


@router.get("/programs")
def programs_page(
    request: Request, office: OfficeDep, options: Annotated[ProgramOptions, Query()]
) -> Response:
    """Show the programs that are wanted."""
    found = office.programs(options.wanted(), language_of(request))
    return render(request, "programs.html", found=found, options=options)


@router.get("/programs/{program_id}")
def program_page(program_id: str, request: Request, office: OfficeDep) -> Response:
    """Show one program."""
    page = office.program(program_id, language_of(request))
    return render(request, "program.html", page=page, ends=_ends(page.row.taught))


def _ends(taught: tuple[Taught, ...]) -> tuple[float, float]:
    """Return the least and the most that pictures of effects span, the same for all of a program."""
    lower = min((one.lower for one in taught), default=0.0)
    upper = max((max(one.upper, one.promised) for one in taught), default=1.0)
    axis = Axis.around(lower, upper, 0.0, 1.0)
    return axis.least, axis.most
