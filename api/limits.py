"""How often one key, or one address without a key, may ask (the library `limits`, counted in memory).

Whoever checks a key calls `charge` when it was found good: from then on requests with it count for its
holder. All others count for the address they come from, those with a key that nobody knows included, so that
trying keys is slow. Each worker counts for itself.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections import OrderedDict
from dataclasses import dataclass

from limits import RateLimitItem, RateLimitItemPerHour, RateLimitItemPerMinute, RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import FixedWindowRateLimiter
from starlette.exceptions import HTTPException
from starlette.requests import HTTPConnection

from api.variables import Rate

_ITEMS: dict[str, type[RateLimitItem]] = {
    "second": RateLimitItemPerSecond,
    "minute": RateLimitItemPerMinute,
    "hour": RateLimitItemPerHour,
}
_REMEMBERED = 4_096  # credentials that were found good


class TooMany(HTTPException):
    """A caller has asked too often."""

    def __init__(self, standing: Standing) -> None:
        detail = f"Too many requests; ask again in {standing.reset} seconds."
        super().__init__(429, detail, {**standing.headers, "Retry-After": str(standing.reset)})


@dataclass(frozen=True, slots=True)
class Standing:
    """How a caller stands: what is left, and the seconds until it is as at first."""

    policy: str
    amount: int
    window: int
    remaining: int
    reset: int
    within: bool

    @property
    def headers(self) -> dict[str, str]:
        """The headers that tell it (IETF draft-ietf-httpapi-ratelimit-headers-09)."""
        return {
            "RateLimit-Policy": f'"{self.policy}";q={self.amount};w={self.window}',
            "RateLimit": f'"{self.policy}";r={self.remaining};t={self.reset}',
        }


class Limits:
    """The counts of one app."""

    def __init__(self, of_key: Rate, of_address: Rate) -> None:
        self._items = {"key": _item(of_key), "address": _item(of_address)}
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._known: OrderedDict[bytes, None] = OrderedDict()

    def hit(self, policy: str, who: str) -> Standing:
        """Count one request of a key or an address."""
        item = self._items[policy]
        within = self._limiter.hit(item, policy, who)
        return self._standing(policy, who, within)

    def look(self, policy: str, who: str) -> Standing:
        """Return how a key or an address stands, without counting."""
        within = self._limiter.test(self._items[policy], policy, who)
        return self._standing(policy, who, within)

    def _standing(self, policy: str, who: str, within: bool) -> Standing:
        item = self._items[policy]
        stats = self._limiter.get_window_stats(item, policy, who)
        reset = max(1, math.ceil(stats.reset_time - time.time()))
        return Standing(policy, item.amount, item.get_expiry(), max(0, stats.remaining), reset, within)

    def knows(self, credential: bytes) -> bool:
        """Whether this credential was found good before."""
        return bool(credential) and _mark(credential) in self._known

    def remember(self, credential: bytes) -> None:
        """Note that a credential was found good."""
        mark = _mark(credential)
        self._known[mark] = None
        self._known.move_to_end(mark)
        if len(self._known) > _REMEMBERED:
            self._known.popitem(last=False)


def charge(connection: HTTPConnection, who: str) -> None:
    """Count a request for the holder of a key or token that was found good.

    Raises
    ------
    TooMany
        The holder has asked too often.
    """
    limits: Limits = connection.app.state.limits
    standing = limits.hit("key", who)
    connection.scope.setdefault("state", {})["standing"] = standing
    limits.remember(credential_of(connection))
    if not standing.within:
        raise TooMany(standing)


def hold_address(connection: HTTPConnection) -> None:
    """Refuse an address that asked too often, even with a key that is good: it is trying something else.

    Raises
    ------
    TooMany
        The address has asked too often without a key, or tried passwords.
    """
    limits: Limits = connection.app.state.limits
    standing = limits.hit("address", connection.client.host if connection.client else "")
    if not standing.within:
        raise TooMany(standing)


def credential_of(connection: HTTPConnection) -> bytes:
    """Return what a request shows to be let in: key, token or the cookies of a browser; b"" if nothing."""
    headers = connection.headers
    shown = headers.get("x-api-key") or headers.get("authorization") or headers.get("cookie") or ""
    return shown.encode("utf-8", "replace")


def _mark(credential: bytes) -> bytes:
    return hashlib.sha256(credential).digest()[:16]  # the key itself is kept nowhere


def _item(rate: Rate) -> RateLimitItem:
    return _ITEMS[rate.unit](rate.amount)
