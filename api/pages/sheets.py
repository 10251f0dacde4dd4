"""Plans as workbooks."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Request, Response

from api.pages.cookies import language_of
from api.pages.words import word
from recommender.planning.plan import PersonPlan
from recommender.service.plan_sheet import WORDS, plan_workbook

_KIND = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def sheet(request: Request, people: Sequence[PersonPlan], year: int) -> Response:
    """Return the plan of some people for a year as a workbook to be kept."""
    language = language_of(request)
    words = {name: word(f"sheet.{name}", language, year=year) for name in WORDS}
    file = f"{word('sheet.file', language)}-{year}.xlsx"
    return Response(
        plan_workbook(people, words),
        media_type=_KIND,
        headers={"Content-Disposition": f'attachment; filename="{file}"'},
    )
