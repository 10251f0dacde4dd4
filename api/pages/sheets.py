"""Plans as workbooks."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request, Response

from api.pages.cookies import language_of
from api.pages.words import catalogue, word
from recommender.planning.plan import PersonPlan
from recommender.service.plan_sheet import plan_workbook

_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def sheet(request: Request, people: Sequence[PersonPlan], year: int) -> Response:
    """Return the plan of some people for a year as a workbook to be kept."""
    language = language_of(request)
    words = {
        key.partition(".")[2]: word(key, language, year=year)
        for key in catalogue()
        if key.startswith("sheet.")
    }
    name = f'attachment; filename="{words["file"]}-{year}.xlsx"'
    return Response(plan_workbook(people, words), media_type=_KIND, headers={"Content-Disposition": name})
