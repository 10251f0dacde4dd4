"""The door of every page: who is signed in, whether the form is ours, whether the table lets him.

The rights are those of the JSON routes (`api/access.py`); only how somebody shows who he is differs, and what
an error looks like.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from functools import partial
from typing import Any

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.routing import APIRoute, APIRouter

from api.access import OPEN_PAGES, Reach, rule_of
from api.limits import charge
from api.pages.cookies import SESSION, drop_cookie, read_cookie
from api.pages.csrf import FIELD, is_ours
from api.pages.errors import EXPECTED, error_page, failure_page, stale_page
from api.pages.forms import own_path, read_form, to
from api.pages.site import Site
from api.problems import Refused
from api.sight import Sight
from recommender.store.database import Database
from recommender.store.sessions import SignedIn, find_session

_Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class NotSignedIn(Exception):  # noqa: N818 - reads as what it says
    """Nobody is signed in, or not any more."""


class PageRoute(APIRoute):
    """A page that takes somebody signed in whom the table of rights admits; a form must be ours."""

    def get_route_handler(self) -> _Handler:
        """Return the handler, with the door before it."""
        answer, operation = super().get_route_handler(), self.name

        async def opened(request: Request) -> Response:
            try:
                await _let_in(request, operation)
                return await answer(request)
            except NotSignedIn:
                return _ask_to_sign_in(request)
            except StaleForm:
                return stale_page(request)
            except EXPECTED as error:
                return error_page(request, error)

        return opened


class StaleForm(Exception):  # noqa: N818 - reads as what it says
    """A form does not belong to the session in which it is sent: an old window, or another site."""


def page_router() -> APIRouter:
    """Return a router whose routes are pages."""
    return APIRouter(route_class=PageRoute, include_in_schema=False)


async def _let_in(request: Request, operation: str) -> None:
    site: Site = request.app.state.pages
    request.state.failure_page = partial(failure_page, request)
    request.state.signed_in = await run_in_threadpool(_who, request, site)
    if request.method == "POST":
        form = await read_form(request)
        if not is_ours(request, form.text(FIELD)):
            raise StaleForm if request.state.signed_in else NotSignedIn
        request.state.form = form
    if operation in OPEN_PAGES:
        return
    if request.state.signed_in is None:
        raise NotSignedIn
    asker = request.state.asker = request.state.signed_in.asker
    charge(request, asker.id)
    reach = rule_of(operation).reach(asker)
    if reach is Reach.NOBODY:
        raise Refused(403, f"The role {asker.role} may not open this page.")
    request.state.sight = Sight(_database(request), asker, reach)


def _who(request: Request, site: Site) -> SignedIn | None:
    token = read_cookie(request, SESSION)
    return find_session(_database(request), token, datetime.now(UTC), site.lasting) if token else None


def _database(request: Request) -> Database:
    database: Database = request.app.state.office.database
    return database


def _ask_to_sign_in(request: Request) -> Response:
    """Send somebody to the page for signing in, which leads back; what a form held is not done."""
    ended = "1" if read_cookie(request, SESSION) else ""
    back = request.headers.get("Referer", "") if request.method == "POST" else str(request.url)
    response = to("/sign-in", back=own_path(_without_host(request, back)), ended=ended)
    if request.headers.get(
        "HX-Request"
    ):  # a script would follow and put that page into the middle of this one
        response = Response(headers={"HX-Redirect": response.headers["Location"]})
    if ended:
        drop_cookie(request, response, SESSION)
    return response


def _without_host(request: Request, address: str) -> str:
    own = f"{request.url.scheme}://{request.url.netloc}"
    return address.removeprefix(own) if address.startswith(own) else ""
