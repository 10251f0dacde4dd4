"""All pages in one router; a new page is included here by one line."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI

from api.pages import (
    assets,
    cases,
    city,
    home,
    me,
    model,
    person,
    person_plan,
    plan,
    programs,
    provider,
    signing_in,
    team,
)
from api.pages.errors import add_error_pages
from api.pages.site import Site
from api.settings import Settings
from recommender.store.database import Database

router = APIRouter()
router.include_router(assets.router)
router.include_router(signing_in.router)
router.include_router(provider.router)
router.include_router(home.router)
router.include_router(team.router)
router.include_router(plan.router)
router.include_router(person.router)
router.include_router(person_plan.router)
router.include_router(cases.router)
router.include_router(me.router)
router.include_router(city.router)
router.include_router(programs.router)
router.include_router(model.router)


def add_pages(app: FastAPI, settings: Settings, database: Database) -> None:
    """Give the app its pages."""
    app.state.pages = Site(settings, database)
    add_error_pages(app)
    app.include_router(router)
