"""The whole city for the training office: gaps, JP, access to training, and what waits for a decision."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Query, Request, Response
from pydantic import BaseModel

from api.dependencies import OfficeDep
from api.pages.city_drawn import (
    Order,
    gap_bars,
    in_order,
    kind_columns,
    kinds_told,
    standing_out,
    weakest_first,
)
from api.pages.cookies import language_of
from api.pages.door import page_router
from api.pages.rendering import render
from recommender.explain import Language
from recommender.service.city_picture import CityFigures
from recommender.store.open_cases import open_cases

router = page_router()


class CityOptions(BaseModel):
    """Which gaps are drawn first: the widest per person, or those of most levels over all people."""

    order: Order = "mean"


@router.get("/city")
def city_page(request: Request, office: OfficeDep, options: Annotated[CityOptions, Query()]) -> Response:
    """Show the city in figures, or how far they are."""
    language = language_of(request)
    state = office.city_state(language)
    with office.database.reading() as connection:
        cases = open_cases(connection)
    policy = office.catalogue().policy
    told: dict[str, Any] = {
        "state": state,
        "cases": cases,
        "options": options,
        "least": policy.privacy.small_group,
        "rules": (policy.hours.yearly_floor, policy.hours.yearly_ceiling),
    }
    if state.figures is not None:
        told |= _drawn(state.figures, options.order, language)
    return render(request, "city.html", **told)


def _drawn(figures: CityFigures, order: Order, language: Language) -> dict[str, Any]:
    """Return what is made of the figures for the eye."""
    gaps = in_order(figures.gaps, order)
    wide, narrow = gap_bars(gaps, order, language)
    return {
        "gaps": gaps,
        "bars": wide,
        "bars_narrow": narrow,
        "standing": standing_out(figures),
        "by_unit": weakest_first(figures.hours.by_unit),
        "kinds": kinds_told(figures),
        "columns": kind_columns(figures),
        "technical": next((one for one in figures.kinds if one.kind == "technical"), None),
    }
