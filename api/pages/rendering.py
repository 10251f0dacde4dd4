"""From a template and what it tells to a response: words, numbers, menu, safe headers, compressed."""

from __future__ import annotations

import gzip
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from fastapi import Request, Response
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api.pages import formats
from api.pages.assets import asset_path
from api.pages.cookies import is_secure, keep_visitor, language_of
from api.pages.csrf import token_for
from api.pages.navigation import MENU, menu_of
from api.pages.words import has_word, word
from recommender.competency import scale_step
from recommender.explain import main_reasons, phrase
from recommender.explain.names import source_name
from recommender.service.office import Office
from recommender.store.sessions import SignedIn

_FOLDER = Path(__file__).parent / "templates"
# Nothing from elsewhere, nothing inline: a name with a <script> in it could do nothing even if it got in.
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "Referrer-Policy": "same-origin",
    "Vary": "Cookie, Accept-Encoding",
}
_LEAST = 1_000  # bytes: shorter pages are not worth compressing


@cache
def environment() -> Environment:
    """Return Jinja with escaping always on; a name that a template slips on is an error."""
    made = Environment(
        loader=FileSystemLoader(_FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters["q"] = lambda value: quote(str(value), safe="")  # Jinja's own leaves / as it is
    made.filters["source_name"] = source_name
    made.filters["main_reasons"] = main_reasons
    return made


def render(request: Request, template: str, status: int = 200, **told: Any) -> Response:
    """Return a page.

    Parameters
    ----------
    told : what the template tells; it also finds `t` (words), `say` (the library's phrases), the formats,
        `who`, `menu`, `csrf_token`, `address` and `level_step`.
    """
    text = environment().get_template(template).render({**_shared(request), **told})
    body, headers = text.encode(), dict(_HEADERS)
    if "gzip" in request.headers.get("Accept-Encoding", "") and len(body) > _LEAST:
        body = gzip.compress(body, 5, mtime=0)
        headers["Content-Encoding"] = "gzip"
    if is_secure(request):
        headers["Strict-Transport-Security"] = "max-age=31536000"
    response = Response(body, status, headers, "text/html; charset=utf-8")
    keep_visitor(request, response)
    return response


def _shared(request: Request) -> dict[str, Any]:
    """Return what every page has at hand."""
    language, who = language_of(request), signed_in(request)
    written = {name: partial(getattr(formats, name), language=language) for name in _FORMATS}
    ahead = request.app.state.settings.utc_offset
    written |= {"day": partial(formats.day, language=language, ahead=ahead)}
    written |= {"clock": partial(formats.clock, ahead=ahead)}
    return {
        **written,
        "t": partial(word, language=language),
        "say": partial(phrase, language=language),
        "has_word": has_word,
        "asset": asset_path,
        "language": language,
        "who": who,
        "menu": menu_of(who.asker) if who else [],
        "csrf_token": token_for(request),
        "here_is": partial(_is_here, request.url.path),
        "address": partial(_address, request),
        "here": str(request.url.path) + (f"?{request.url.query}" if request.url.query else ""),
        "is_demo": request.app.state.pages.is_demo,
        "level_step": partial(_level_step, request),
    }


def _level_step(request: Request) -> float:
    """Return a fifth of the policy's scale of levels, in which what is much and what is little is counted."""
    office: Office = request.app.state.office
    return scale_step(office.catalogue().dataset)


def _address(request: Request, **changes: object) -> str:
    """Return the address of this page with some parts of its query changed; a new order begins at page 1."""
    told = {"page": "", "done": "", "missing": ""}  # what became of a form is told once
    query = {**request.query_params, **told, **changes}
    asked = urlencode({name: str(value) for name, value in query.items() if str(value)})
    return request.url.path + (f"?{asked}" if asked else "")


def _is_here(path: str, entry: str) -> bool:
    """Return whether a page lies under an entry of the menu: under the longest one that fits."""
    under = [one for _, _, one in MENU if path == one or path.startswith(f"{one}/")]
    return bool(under) and max(under, key=len) == entry


_FORMATS = ("number", "signed", "short", "percent", "day", "days", "money")


def refused(request: Request, status: int, text: str, back: str) -> Response:
    """Return a page that says why something was not kept, and leads back to where it can be done anew."""
    return render(request, "refused.html", status, text=text, back=back, here=back)


def name_of(request: Request) -> str:
    """Return the name under which who is signed in decides."""
    who = signed_in(request)
    return who.name if who else ""


def signed_in(request: Request) -> SignedIn | None:
    """Return who is signed in, None for a visitor."""
    return getattr(request.state, "signed_in", None)
