"""What the operator sets, by environment variables; `variables.py` says which there are."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

from api.variables import BUNDLE_KEY, VARIABLES, Rate, Wrong, secret

_OURS, _FILE = "RECOMMENDER_", "_FILE"
# Set for other commands of the project; not ours to read, and no slip either.
_ELSEWHERE = frozenset({BUNDLE_KEY})
_KEY_RATE, _ADDRESS_RATE = Rate(6_000, "minute"), Rate(120, "minute")


class SettingsError(ValueError):
    """Settings cannot be used; the message names each variable at fault and says what to do."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one service.

    Attributes
    ----------
    bundle : a bundle folder, or a pointer file such as `models/current`.
    body_limit : bytes of a request's body at most; `body_seconds` is how long sending it may take.
    rate_limit, anonymous_rate_limit : of one key, and of one address without a key that is known.
    trusted_proxies : addresses whose `X-Forwarded-For` is believed.
    reload_seconds, refresh_seconds : how often the bundle and the catalogue are looked at.
    metrics_key : what `/metrics` and the details of `/readyz` ask for; "" answers them to nobody.
    grace_seconds : how long requests in flight may take once the service is told to stop.
    public_url : where people open the pages, if that is not the address listened at; "" = as they ask.
    session_minutes, session_hours : how long somebody stays signed in without doing anything, and in all.
    oidc_client_id, oidc_client_secret : how the identity provider knows the pages; people sign in at
        `oidc_authorize_url`, and what they bring back is exchanged at `oidc_token_url`.
    utc_offset : how far clocks here are ahead of UTC, for the days that pages show.
    """

    database_url: str = field(default="sqlite:///data/raw/recommender.db", repr=False)
    bundle: Path = Path("models/current")
    host: str = "127.0.0.1"
    port: int = 8000
    workers: int = 1
    body_limit: int = 1_000_000
    body_seconds: float = 30.0
    rate_limit: Rate = _KEY_RATE
    anonymous_rate_limit: Rate = _ADDRESS_RATE
    trusted_proxies: tuple[str, ...] = ()
    oidc_issuer: str = ""
    oidc_audience: str = ""
    oidc_jwks_url: str = ""
    oidc_role_claim: str = "role"
    oidc_employee_claim: str = "employee_id"
    oidc_unit_claim: str = "unit_id"
    reload_seconds: float = 10.0
    refresh_seconds: float = 5.0
    log_level: str = "info"
    metrics_key: str = field(default="", repr=False)
    grace_seconds: int = 20
    public_url: str = ""
    session_minutes: int = 60
    session_hours: int = 12
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_authorize_url: str = ""
    oidc_token_url: str = ""
    utc_offset: timedelta = timedelta(hours=7)

    @property
    def signs_in_by_provider(self) -> bool:
        """Whether people sign in to the pages at an identity provider."""
        return bool(self.oidc_client_id)

    @property
    def address(self) -> str:
        """The address as a caller on this machine writes it."""
        return f"http://[{self.host}]:{self.port}" if ":" in self.host else f"http://{self.host}:{self.port}"

    @property
    def is_reachable(self) -> bool:
        """Whether other machines may reach it."""
        return not (self.host.startswith("127.") or self.host == "::1")


def settings_from(environment: Mapping[str, str]) -> Settings:
    """Return the settings that the variables ask for; one that is absent or empty keeps its default.

    Raises
    ------
    SettingsError
        Some cannot be used; the message has a line for each of them.
    """
    given = {name: text for name, text in environment.items() if name.startswith(_OURS) and text}
    faults = _slips(given)
    found: dict[str, object] = {}
    for variable in VARIABLES:
        text = given.get(variable.name)
        try:
            if text is not None:
                found[variable.field] = variable.read(text)
        except Wrong as wrong:
            shown = "" if variable.is_secret else f"={text}"
            faults.append(f"{variable.name}{shown} {wrong}")
    faults += _weak_bundle_key(given)
    settings = Settings(**found)  # type: ignore[arg-type]  # each read by the variable of its field
    faults += _half_oidc(settings)
    if faults:
        raise SettingsError("\n  ".join(["these settings cannot be used:", *faults]))
    return settings


def with_secrets_from_files(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables, with secrets read from the files that `NAME_FILE` names.

    Raises
    ------
    SettingsError
        A file cannot be read, or a secret is given twice.
    """
    found = dict(environment)
    for name in (*(variable.name for variable in VARIABLES if variable.is_secret), BUNDLE_KEY):
        file = found.pop(name + _FILE, "")
        if not file:
            continue
        if found.get(name):
            raise SettingsError(f"{name} and {name}{_FILE} are both set; keep one of them.")
        try:
            found[name] = Path(file).read_text("utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise SettingsError(f"{name}{_FILE}={file} cannot be read ({type(error).__name__}).") from error
    return found


def _slips(given: Mapping[str, str]) -> list[str]:
    known = {variable.name for variable in VARIABLES} | _ELSEWHERE
    short = [name.removeprefix(_OURS) for name in known]  # all begin alike, which is no likeness
    faults = []
    for name in sorted(given.keys() - known):
        near = difflib.get_close_matches(name.removeprefix(_OURS), short, 1)
        meant = f"was {_OURS}{near[0]} meant?" if near else "`python -m api --help` lists those there are."
        faults.append(f"{name} is not a setting; {meant}")
    return faults


def _weak_bundle_key(given: Mapping[str, str]) -> list[str]:
    try:
        secret(32)(given.get(BUNDLE_KEY) or "0123456789abcdef0123456789abcdef")
    except Wrong as wrong:
        return [f"{BUNDLE_KEY} {wrong}"]
    return []


def _half_oidc(settings: Settings) -> list[str]:
    parts = {
        "RECOMMENDER_OIDC_ISSUER": settings.oidc_issuer,
        "RECOMMENDER_OIDC_AUDIENCE": settings.oidc_audience,
        "RECOMMENDER_OIDC_JWKS_URL": settings.oidc_jwks_url,
    }
    absent = [name for name, value in parts.items() if not value]
    pages = {
        "RECOMMENDER_OIDC_CLIENT_ID": settings.oidc_client_id,
        "RECOMMENDER_OIDC_AUTHORIZE_URL": settings.oidc_authorize_url,
        "RECOMMENDER_OIDC_TOKEN_URL": settings.oidc_token_url,
        "RECOMMENDER_PUBLIC_URL": settings.public_url,
    }
    wanted = any((settings.oidc_client_id, settings.oidc_authorize_url, settings.oidc_token_url))
    faults = [
        f"{name} is needed too: signing in at a provider takes client, both addresses and the way back."
        for name, value in pages.items()
        if wanted and not value
    ]
    if (absent and len(absent) < len(parts)) or (wanted and absent):
        faults += [
            f"{name} is needed too: tokens are checked by issuer, audience and keys." for name in absent
        ]
    return faults
