"""The app: settings and an engine in, a FastAPI application out."""

from __future__ import annotations

import os
import sys

from fastapi import FastAPI

from api.middleware import OwnNameOnly, SafeAnswers
from api.openapi import DocumentedApp
from api.problems import add_problems
from api.routes import router
from api.served import load_served, served_engine
from api.settings import Settings, SettingsError, settings_from
from recommender import Engine, __version__
from recommender.errors import RecommenderError

_DESCRIPTION = (
    "Ranked and explained training programs for employees. The lists are advice: a named person decides. "
    "Every answer names the model by the digest of its bundle."
)


def create_app(settings: Settings, engine: Engine | None = None) -> FastAPI:
    """Return an app that answers from `engine`, by default from the bundle that the settings name.

    The bundle is loaded here, once, and not in the app's lifespan: there a bundle that will not do would end
    as a traceback in the server's log, here it is an ordinary error for the caller.

    Raises
    ------
    BundleError
        The bundle cannot be served.
    """
    # The pages /docs and /redoc load their scripts from elsewhere, so they are off; /openapi.json is on.
    app = DocumentedApp(
        title="Course recommender",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.served = load_served(settings.bundle) if engine is None else served_engine(engine)
    if not settings.allow_open:
        app.add_middleware(OwnNameOnly, host=settings.host)
    app.add_middleware(SafeAnswers)  # the last one added is the first to be called
    add_problems(app)
    app.include_router(router)
    return app


def app_from_environment() -> FastAPI:
    """Return the app for the environment's settings, or end the process with one message and exit code 1."""
    try:
        settings = settings_from(os.environ)
        app = create_app(settings)
    except (SettingsError, RecommenderError) as error:
        sys.exit(f"Error: {error}")
    model = app.state.served.model
    sys.stderr.write(
        f"Serving the bundle {model.digest[:8]} ({model.ranker}) at {settings.address}; "
        "/openapi.json lists what can be asked. Ctrl+C stops it.\n"
    )
    return app
