"""Signed-in people: bearer tokens of the city's own identity provider (OpenID Connect), read and checked."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, get_args

import jwt
from jwt import PyJWKClient
from jwt.exceptions import PyJWKClientConnectionError, PyJWKClientError, PyJWTError

from recommender.store.askers import Asker, Role

# By key pairs alone: with HS256 the provider's public key would do as the secret, and "none" needs none.
ALGORITHMS = ("RS256", "ES256")
_LEEWAY_SECONDS = 30  # clocks differ
_SILENCE_SECONDS = 5.0
_MOST_CHARACTERS = 8_192


@dataclass(frozen=True, slots=True)
class Issuer:
    """Whose tokens are taken, and which claims say who somebody is.

    Attributes
    ----------
    audience : the name by which the provider knows this service.
    jwks_url : where its public keys are.
    role_claim, employee_claim, unit_claim : claims with the role, the employee_id and a manager's unit_id.
    """

    issuer: str
    audience: str
    jwks_url: str
    role_claim: str = "role"
    employee_claim: str = "employee_id"
    unit_claim: str = "unit_id"
    algorithms: tuple[str, ...] = ALGORITHMS
    timeout: float = 5.0
    cache_seconds: float = 300.0


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who a token says its bearer is; `nonce` ties it to one sign-in, "" where it has none."""

    asker: Asker
    name: str
    nonce: str


class TokenRefused(Exception):  # noqa: N818 - reads as what it says
    """A token does not let anybody in; the text says why, for the log, and holds nothing of the token."""


class IssuerUnreachable(Exception):  # noqa: N818 - reads as what it says
    """The provider's public keys cannot be had just now."""


class _Keys(PyJWKClient):
    """Public keys that are not asked for again straight after the provider failed.

    Everybody waits while they are fetched: a provider that hangs would otherwise hold up one request after
    the other, each for the whole time-out.
    """

    _silent_until = 0.0

    def fetch_data(self) -> Any:
        """Return the keys as the provider shows them."""
        if time.monotonic() < self._silent_until:
            raise PyJWKClientConnectionError("failed a moment ago")
        try:
            return super().fetch_data()
        except (PyJWKClientError, ValueError) as error:  # ValueError: an answer that is no JSON
            self._silent_until = time.monotonic() + _SILENCE_SECONDS
            raise PyJWKClientConnectionError(type(error).__name__) from error


@dataclass(frozen=True)
class Tokens:
    """Reads tokens of one issuer; its public keys are fetched when needed and kept for some minutes."""

    issuer: Issuer
    _keys: _Keys = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if not set(self.issuer.algorithms) <= set(ALGORITHMS):
            raise ValueError(f"tokens are taken when signed by {' or '.join(ALGORITHMS)} only.")
        keys = _Keys(self.issuer.jwks_url, timeout=self.issuer.timeout, lifespan=self.issuer.cache_seconds)
        object.__setattr__(self, "_keys", keys)

    def asker_of(self, token: str) -> Asker:
        """Return who a token says its bearer is; errors are those of `bearer_of`."""
        return self.bearer_of(token).asker

    def bearer_of(self, token: str) -> Bearer:
        """Return who a token says its bearer is, and what the bearer is called.

        Raises
        ------
        TokenRefused
            It is no token of this issuer for this service, or has ended, or names no role.
        IssuerUnreachable
            The public keys cannot be fetched.
        """
        try:
            claims = self._claims(token)
            names = (_text(claims.get(one)) for one in ("name", "preferred_username", "email"))
            return Bearer(self._asker(claims), next(filter(None, names), ""), _text(claims.get("nonce")))
        except PyJWKClientConnectionError as error:
            raise IssuerUnreachable("the identity provider's keys cannot be fetched just now.") from error
        except PyJWTError as error:
            raise TokenRefused(type(error).__name__) from error

    def _claims(self, token: str) -> Mapping[str, Any]:
        if len(token) > _MOST_CHARACTERS or not token.isascii():
            raise TokenRefused("too long, or no token at all")
        # Looked at before the keys are fetched: a flood of tokens that cannot do must not reach the provider.
        if jwt.get_unverified_header(token).get("alg") not in self.issuer.algorithms:
            raise TokenRefused("signed by an algorithm that is not taken")
        claims: Mapping[str, Any] = jwt.decode(
            token,
            self._keys.get_signing_key_from_jwt(token),
            algorithms=list(self.issuer.algorithms),
            audience=self.issuer.audience,
            issuer=self.issuer.issuer,
            leeway=_LEEWAY_SECONDS,
            options={"require": ["exp", "iss", "aud", "sub"]},
        )
        return claims

    def _asker(self, claims: Mapping[str, Any]) -> Asker:
        told = claims.get(self.issuer.role_claim)
        roles = [role for role in get_args(Role) if role == told or (isinstance(told, list) and role in told)]
        if len(roles) != 1:
            raise TokenRefused("names no role of ours, or several")
        role: Role = roles[0]
        employee_id, unit_id = (
            _text(claims.get(name)) for name in (self.issuer.employee_claim, self.issuer.unit_claim)
        )
        if role == "employee" and not employee_id:
            raise TokenRefused("an employee's token without the employee")
        if role == "manager" and not unit_id:
            raise TokenRefused("a manager's token without the unit")
        return Asker(_id(claims), role, employee_id=employee_id, unit_id=unit_id)


def _text(claim: object) -> str:
    return claim if isinstance(claim, str) else ""


def _id(claims: Mapping[str, Any]) -> str:
    # What the ledger keeps: the same for the same person, and no name of anybody.
    said = f"{claims['iss']}\n{claims['sub']}".encode()
    return "oidc-" + hashlib.sha256(said).hexdigest()[:32]
