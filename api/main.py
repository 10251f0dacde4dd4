"""The app: settings and an office in, a FastAPI application out."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from fastapi import FastAPI
from granian.utils.proxies import wrap_asgi_with_proxy_headers
from starlette.types import ASGIApp

from api import docs_page
from api.guard import add_door
from api.limits import Limits
from api.logs import log_error, make_log
from api.metrics import Metrics
from api.middleware import Bounded, Rated, Watched
from api.office import open_office
from api.openapi import DocumentedApp
from api.pages.all_pages import add_pages
from api.problems import add_problems
from api.readiness import Readiness
from api.reload import watch_model
from api.routes import router
from api.settings import Settings, SettingsError, settings_from
from recommender import __version__
from recommender.errors import RecommenderError
from recommender.service.office import Office

_TURN = 0.0005  # seconds that a thread computes before others get a turn; Python's usual is ten times that
_DESCRIPTION = (
    "Ranked and explained training programs for employees. The lists are advice: a named person decides. "
    "Every answer names the model by the digest of its bundle."
)


def create_app(settings: Settings, office: Office | None = None) -> FastAPI:
    """Return an app that answers from `office`, by default from the database and bundle of the settings.

    These are opened here, once, and not in the app's lifespan: there a bundle that will not do would end as a
    traceback in the server's log, here it is an ordinary error for the caller.

    Raises
    ------
    BundleError, StoreError
        The bundle or the database cannot be served from.
    """
    # The framework's own /docs loads its scripts from elsewhere; ours is docs_page.py.
    app = DocumentedApp(
        title="Course recommender",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
        lifespan=_lifespan,
    )
    app.state.settings = settings
    app.state.office = open_office(settings) if office is None else office
    app.state.log = make_log(settings.log_level)
    app.state.readiness = Readiness(app.state.office)
    app.state.metrics = Metrics()
    app.state.limits = Limits(settings.rate_limit, settings.anonymous_rate_limit)
    add_problems(app)
    add_door(app, settings, app.state.office.database)
    app.include_router(router)
    app.include_router(docs_page.router)
    add_pages(app, settings, app.state.office.database)
    # The last one added is the first to be called.
    app.add_middleware(Bounded, limit=settings.body_limit, seconds=settings.body_seconds)
    app.add_middleware(Rated, limits=app.state.limits)
    app.add_middleware(Watched, log=app.state.log, metrics=app.state.metrics)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    """Watch the bundle while serving; close what is open at the end, when the last answer is out."""
    office, log = app.state.office, app.state.log
    app.state.metrics.serves(office.models.current.digest)
    watch_model(app)
    office.tell_failures(lambda name, error: log_error(log, error, thread=name))
    office.jobs.wake()  # jobs that a worker left when it died or was stopped
    log.info("serving", model=office.models.current.digest, address=app.state.settings.address)
    yield
    await asyncio.to_thread(office.close)
    log.info("stopped", model=office.models.current.digest)


def app_from_environment() -> ASGIApp:
    """Return the app for the environment's settings, or end the process with one message and exit code 1."""
    try:
        settings = settings_from(os.environ)
        app = create_app(settings)
    except (SettingsError, RecommenderError) as error:
        sys.exit(f"Error: {error}")
    app.state.metrics.of_process()
    # Many short turns: a thread that waits for one commit should not wait for others' long ones as well.
    sys.setswitchinterval(_TURN)
    if settings.is_reachable:
        app.state.log.warning(
            "reachable from other machines; keys and answers travel readably unless TLS stands in front"
        )
    if not settings.trusted_proxies:
        return app
    return cast(ASGIApp, wrap_asgi_with_proxy_headers(app, list(settings.trusted_proxies)))
