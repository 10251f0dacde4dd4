"""The environment variables of the service, each with its meaning, its default and how it is read."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

BUNDLE_KEY = "RECOMMENDER_BUNDLE_KEY"
_LEVELS = ("debug", "info", "warning", "error")
_UNITS = ("second", "minute", "hour")
_FEWEST_DIFFERENT = 8  # characters of a secret: "aaaa..." is long and is none


class Wrong(ValueError):  # noqa: N818 - reads as what it says
    """A value cannot be used; the text goes on after the variable's name."""


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests in a second, minute or hour."""

    amount: int
    unit: str

    def __str__(self) -> str:
        return f"{self.amount}/{self.unit}"


@dataclass(frozen=True, slots=True)
class Variable:
    """One environment variable, and the field of `Settings` it fills.

    Attributes
    ----------
    default : as people read it; the value itself stands in `Settings`.
    """

    name: str
    field: str
    meaning: str
    default: str
    read: Callable[[str], object]
    is_secret: bool = False


def table() -> list[tuple[str, str, str]]:
    """Return name, meaning and default of every variable, for people."""
    rows = [(one.name, one.meaning, one.default) for one in VARIABLES]
    files = "file that holds the secret, instead of the variable itself"
    rows += [(one.name + "_FILE", files, "") for one in VARIABLES if one.is_secret]
    key = "key that signs bundles (32 characters at least); else the file .bundle-key beside them"
    return [*rows, (BUNDLE_KEY, key, ""), (BUNDLE_KEY + "_FILE", files, "")]


def secret(least: int) -> Callable[[str], str]:
    """Return a reader of secrets of `least` characters, not all alike."""

    def read(text: str) -> str:
        if len(text.encode()) < least or len(set(text)) < _FEWEST_DIFFERENT:
            raise Wrong(f"is too weak; use {least} random characters or more: `openssl rand -hex 32`.")
        return text

    return read


def _whole(least: int, most: int, what: str) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not (text.isascii() and text.isdigit() and len(text) <= 12 and least <= int(text) <= most):
            raise Wrong(f"is not {what}; use a whole number from {least} to {most}.")
        return int(text)

    return read


def _seconds(least: float, most: float) -> Callable[[str], float]:
    def read(text: str) -> float:
        if not re.fullmatch(r"\d{1,6}(\.\d{1,3})?", text, re.ASCII) or not least <= float(text) <= most:
            raise Wrong(f"is not a time; use a number of seconds from {least:g} to {most:g}.")
        return float(text)

    return read


def _address(text: str) -> str:
    # Not a name: it may mean another address tomorrow, and the server does not look names up.
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise Wrong("is not an IP address; use 127.0.0.1 for this machine alone, 0.0.0.0 for all.") from None


def _networks(text: str) -> tuple[str, ...]:
    found = tuple(part.strip() for part in text.split(","))
    try:
        return tuple(str(ipaddress.ip_network(one)) for one in found)
    except ValueError:
        raise Wrong("should list addresses or networks, such as 10.0.0.2,10.1.0.0/16.") from None


def _rate(text: str) -> Rate:
    amount, _, unit = text.partition("/")
    if unit not in _UNITS or not re.fullmatch(r"[1-9]\d{0,8}", amount, re.ASCII):
        raise Wrong(f"is not a rate; use a number per {', '.join(_UNITS)}, such as 600/minute.")
    return Rate(int(amount), unit)


def _level(text: str) -> str:
    if text.lower() not in _LEVELS:
        raise Wrong(f"is not a level; use one of {', '.join(_LEVELS)}.")
    return text.lower()


def _web_address(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError:
        raise Wrong("is not a web address.") from None
    if parts.scheme == "http" and not (host in ("localhost", "::1") or host.startswith("127.")):
        raise Wrong("can be forged on the way; use https (http is for this machine alone).")
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.password:
        raise Wrong("is not a web address without a password; use https://...")
    return text


def _origin(text: str) -> str:
    parts = urlsplit(_web_address(text))
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise Wrong("should be scheme and host alone: the pages live at the root of a host.")
    return f"{parts.scheme}://{parts.netloc}"


def _offset(text: str) -> timedelta:
    found = re.fullmatch(r"([+-])(\d{2}):(\d{2})", text, re.ASCII)
    if not found or int(found[2]) > 14 or int(found[3]) > 59:
        raise Wrong("is not an offset; use hours and minutes such as +07:00.")
    ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return -ahead if found[1] == "-" else ahead


def _database(text: str) -> str:
    if "://" not in text:
        raise Wrong("is not a database URL; use sqlite:///city.db or postgresql://user@host/city.")
    return text


def _claim(text: str) -> str:
    if not re.fullmatch(r"[\w.:/-]{1,200}", text, re.ASCII):
        raise Wrong("is not the name of a claim.")
    return text


VARIABLES: tuple[Variable, ...] = (
    Variable(
        "RECOMMENDER_DATABASE_URL",
        "database_url",
        "database: sqlite:///FILE or postgresql://USER@HOST/NAME",
        "sqlite:///data/raw/recommender.db",
        _database,
        is_secret=True,
    ),
    Variable(
        "RECOMMENDER_BUNDLE",
        "bundle",
        "bundle folder, or a file that names one; a change is taken up while serving",
        "models/current",
        Path,
    ),
    Variable("RECOMMENDER_HOST", "host", "address to listen at", "127.0.0.1", _address),
    Variable("RECOMMENDER_PORT", "port", "port to listen at", "8000", _whole(1, 65_535, "a port")),
    Variable(
        "RECOMMENDER_WORKERS",
        "workers",
        "processes that answer; each holds the model",
        "1",
        _whole(1, 64, "a number of processes"),
    ),
    Variable(
        "RECOMMENDER_BODY_LIMIT",
        "body_limit",
        "bytes of a request's body at most",
        "1000000",
        _whole(1_000, 100_000_000, "a number of bytes"),
    ),
    Variable(
        "RECOMMENDER_BODY_SECONDS",
        "body_seconds",
        "seconds within which a body must have arrived",
        "30",
        _seconds(0.1, 3_600),
    ),
    Variable("RECOMMENDER_RATE_LIMIT", "rate_limit", "requests of one key, per worker", "6000/minute", _rate),
    Variable(
        "RECOMMENDER_ANONYMOUS_RATE_LIMIT",
        "anonymous_rate_limit",
        "requests of one address without a known key, per worker",
        "120/minute",
        _rate,
    ),
    Variable(
        "RECOMMENDER_TRUSTED_PROXIES",
        "trusted_proxies",
        "addresses or networks whose X-Forwarded-For is believed",
        "",
        _networks,
    ),
    Variable(
        "RECOMMENDER_OIDC_ISSUER",
        "oidc_issuer",
        "issuer of bearer tokens; unset = keys only",
        "",
        _web_address,
    ),
    Variable("RECOMMENDER_OIDC_AUDIENCE", "oidc_audience", "audience that tokens must be for", "", str),
    Variable("RECOMMENDER_OIDC_JWKS_URL", "oidc_jwks_url", "where the issuer's keys are", "", _web_address),
    Variable("RECOMMENDER_OIDC_ROLE_CLAIM", "oidc_role_claim", "claim that names the role", "role", _claim),
    Variable(
        "RECOMMENDER_OIDC_EMPLOYEE_CLAIM",
        "oidc_employee_claim",
        "claim that names the employee",
        "employee_id",
        _claim,
    ),
    Variable(
        "RECOMMENDER_OIDC_UNIT_CLAIM",
        "oidc_unit_claim",
        "claim that names a manager's unit",
        "unit_id",
        _claim,
    ),
    Variable(
        "RECOMMENDER_RELOAD_SECONDS",
        "reload_seconds",
        "how often the bundle is looked at for a new one",
        "10",
        _seconds(0.1, 86_400),
    ),
    Variable(
        "RECOMMENDER_REFRESH_SECONDS",
        "refresh_seconds",
        "how often city-wide figures are brought up to date",
        "5",
        _seconds(0.1, 86_400),
    ),
    Variable(
        "RECOMMENDER_LOG_LEVEL",
        "log_level",
        f"least level that is logged: {', '.join(_LEVELS)}",
        "info",
        _level,
    ),
    Variable(
        "RECOMMENDER_METRICS_KEY",
        "metrics_key",
        "key for /metrics and the details of /readyz; unset = nobody reads them",
        "",
        secret(16),
        is_secret=True,
    ),
    Variable(
        "RECOMMENDER_GRACE_SECONDS",
        "grace_seconds",
        "seconds that requests in flight may take when told to stop",
        "20",
        _whole(1, 600, "a number of seconds"),
    ),
    Variable(
        "RECOMMENDER_PUBLIC_URL",
        "public_url",
        "where people open the pages, such as https://latih.medan.example; unset = as they ask",
        "",
        _origin,
    ),
    Variable(
        "RECOMMENDER_SESSION_MINUTES",
        "session_minutes",
        "minutes without doing anything after which somebody must sign in again",
        "60",
        _whole(1, 1_440, "a number of minutes"),
    ),
    Variable(
        "RECOMMENDER_SESSION_HOURS",
        "session_hours",
        "hours after which somebody must sign in again in any case",
        "12",
        _whole(1, 168, "a number of hours"),
    ),
    Variable(
        "RECOMMENDER_OIDC_CLIENT_ID",
        "oidc_client_id",
        "name by which the provider knows the pages; with the two addresses below people sign in there",
        "",
        str,
    ),
    Variable(
        "RECOMMENDER_OIDC_CLIENT_SECRET",
        "oidc_client_secret",
        "the pages' secret with the provider; unset = it asks for none (PKCE alone)",
        "",
        str,
        is_secret=True,
    ),
    Variable(
        "RECOMMENDER_OIDC_AUTHORIZE_URL", "oidc_authorize_url", "where people sign in", "", _web_address
    ),
    Variable(
        "RECOMMENDER_OIDC_TOKEN_URL",
        "oidc_token_url",
        "where the code they bring back is exchanged",
        "",
        _web_address,
    ),
    Variable(
        "RECOMMENDER_UTC_OFFSET",
        "utc_offset",
        "how far clocks here are ahead of UTC, for the days that pages show (WITA +08:00, WIT +09:00)",
        "+07:00",
        _offset,
    ),
)
