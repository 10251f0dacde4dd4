"""Signing in with a password, out again, and the link by which a password is set."""

from __future__ import annotations

from datetime import UTC, datetime

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from api.dependencies import OfficeDep
from api.limits import hold_address
from api.pages.cookies import (
    SESSION,
    drop_cookie,
    keep_language,
    language_of,
    read_cookie,
    write_cookie,
)
from api.pages.door import page_router
from api.pages.forms import FormDep, own_path, to
from api.pages.rendering import render, signed_in
from api.pages.site import Site
from recommender.errors import DataError
from recommender.explain import LANGUAGES
from recommender.service.office import Office
from recommender.store.accounts import Account, NewAccount, check_password, has_accounts
from recommender.store.invitations import find_invitation, use_first_invitation, use_invitation
from recommender.store.sessions import SignedIn, end_session, start_session

router = page_router()


@router.get("/sign-in")
def sign_in_page(request: Request, back: str = "/", ended: str = "") -> Response:
    """Show the form; who is signed in already goes on."""
    if signed_in(request) is not None:
        return to(own_path(back))
    return _form(request, own_path(back), "ended" if ended else "")


@router.post("/sign-in")
def sign_in(request: Request, form: FormDep, office: OfficeDep) -> Response:
    """Let somebody in who knows login and password; a new session begins, whatever there was before."""
    hold_address(request)  # whoever tries passwords waits, signed in or not
    back = own_path(form.text("back"))
    account = check_password(office.database, form.text("login"), form.secret("password"))
    if account is None:
        return _form(request, back, "wrong", form.text("login"), 422)
    return begin_session(request, office, SignedIn(account.asker, account.name, account.account_id), back)


def begin_session(request: Request, office: Office, who: SignedIn, back: str) -> Response:
    """Return the answer that signs somebody in and leads on; an earlier session of this browser ends."""
    site: Site = request.app.state.pages
    with office.database.writing() as connection:
        if before := read_cookie(request, SESSION):
            end_session(connection, before)
        token = start_session(connection, who, datetime.now(UTC), site.lasting)
    response = to(back)
    write_cookie(request, response, SESSION, token)
    return response


@router.post("/sign-out")
def sign_out(request: Request, office: OfficeDep) -> Response:
    """End the session, here and in the database."""
    if token := read_cookie(request, SESSION):
        with office.database.writing() as connection:
            end_session(connection, token)
    response = to("/sign-in")
    drop_cookie(request, response, SESSION)
    # What the browser kept of the pages goes too: the next one at this machine should not turn back to it.
    response.headers["Clear-Site-Data"] = '"cache"'
    return response


@router.get("/invitation/{token}")
def invitation_page(token: str, request: Request, office: OfficeDep) -> Response:
    """Show the form that sets a password, or one that makes the first account."""
    return _invitation(request, office, token)


@router.post("/invitation/{token}")
def accept_invitation(token: str, request: Request, form: FormDep, office: OfficeDep) -> Response:
    """Set the password that somebody chose, and let him in."""
    if form.secret("password") != form.secret("again"):
        return _invitation(request, office, token, "differ", login=form.text("login"), name=form.text("name"))
    try:
        account = _accepted(office, token, form)
    except (DataError, ValueError) as error:
        name = "weak" if isinstance(error, DataError) else "incomplete"
        return _invitation(request, office, token, name, login=form.text("login"), name=form.text("name"))
    if account is None:
        return _invitation(request, office, token)
    return begin_session(request, office, SignedIn(account.asker, account.name, account.account_id), "/")


def _accepted(office: Office, token: str, form: FormDep) -> Account | None:
    """Return the account that an invitation opened, None where it opens nothing (any more)."""
    now = datetime.now(UTC)
    with office.database.writing() as connection:
        invitation = find_invitation(connection, token, now)
        if invitation is None:
            return None
        if invitation.account_id:
            return use_invitation(connection, token, form.secret("password"), now)
        first = NewAccount(form.text("login"), form.text("name"), "training-office")
        return use_first_invitation(connection, token, first, form.secret("password"), now)


def _invitation(request: Request, office: Office, token: str, fault: str = "", **typed: str) -> Response:
    with office.database.reading() as connection:
        found = find_invitation(connection, token, datetime.now(UTC))
    told = {
        "login": "",
        "name": "",
        **typed,
        "fault": fault,
        "is_first": bool(found and not found.account_id),
    }
    status = 404 if found is None else 422 if fault else 200
    return render(request, "invitation.html", status, is_open=found is not None, token=token, **told)


@router.get("/language/{language}")
def choose_language(language: str, request: Request, back: str = "/") -> Response:
    """Switch the language of the pages."""
    response = RedirectResponse(own_path(back), 303)
    chosen = next((one for one in LANGUAGES if one == language), language_of(request))
    keep_language(request, response, chosen)
    return response


def _form(request: Request, back: str, fault: str, login: str = "", status: int = 200) -> Response:
    site: Site = request.app.state.pages
    with request.app.state.office.database.reading() as connection:
        has_passwords = has_accounts(connection)
    return render(
        request,
        "sign_in.html",
        status,
        back=back,
        fault=fault,
        login=login,
        by_provider=site.settings.signs_in_by_provider,
        has_passwords=has_passwords,
    )
