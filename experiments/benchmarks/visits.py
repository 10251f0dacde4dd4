"""Pages looked at as a browser does it: signed in, over a connection that stays open, compressed."""

from __future__ import annotations

import gzip
import http.client
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlsplit

import numpy as np

from recommender.errors import RecommenderError
from recommender.store.accounts import NewAccount, create_account
from recommender.store.database import Database
from recommender.store.sessions import Lasting, SignedIn, start_session

SHARES = (0.5, 0.95, 0.99)
_PATIENCE = 120.0


@dataclass(frozen=True, slots=True)
class Visit:
    """One look at a page.

    Attributes
    ----------
    milliseconds : from asking to the last byte. sent : bytes, compressed.
    processor : milliseconds of processor that the server used meanwhile, in tens: only a mean says much.
    """

    milliseconds: float
    sent: int
    processor: float = 0.0


def percentiles(visits: Sequence[Visit]) -> list[float]:
    """Return the milliseconds in which `SHARES` of the visits were over: observed ones, rounded up."""
    taken = np.array([one.milliseconds for one in visits])
    return [float(one) for one in np.quantile(taken, SHARES, method="higher")]


class Visitor:
    """One connection to a server, which stays open until the server closes it; then it is opened anew."""

    def __init__(self, address: str, token: str = "") -> None:
        told = urlsplit(address)
        self._connection = http.client.HTTPConnection(str(told.hostname), told.port, timeout=_PATIENCE)
        self._headers = {"Accept-Encoding": "gzip", "Cookie": f"session={token}; language=id"}

    def look(self, path: str) -> Visit:
        """Return how long a page took.

        Raises
        ------
        RecommenderError
            It was not answered with 200: then its time would say nothing.
        """
        start = time.perf_counter()
        body, _ = self._asked(path)
        return Visit(1000.0 * (time.perf_counter() - start), len(body))

    def sent(self, path: str) -> bytes:
        """Return a page as it is sent: compressed, where it is worth it."""
        return self._asked(path)[0]

    def read(self, path: str) -> str:
        """Return a page as it is read."""
        body, is_compressed = self._asked(path)
        return (gzip.decompress(body) if is_compressed else body).decode()

    def close(self) -> None:
        """Hang up."""
        self._connection.close()

    def _asked(self, path: str) -> tuple[bytes, bool]:
        try:
            return self._answered(path)
        except (http.client.RemoteDisconnected, ConnectionError):  # the server hung up: nobody asked for long
            self._connection.close()
            return self._answered(path)

    def _answered(self, path: str) -> tuple[bytes, bool]:
        self._connection.request("GET", path, headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        if answer.status != http.client.OK:
            raise RecommenderError(f"{path} was answered with {answer.status}.")
        return body, answer.getheader("Content-Encoding") == "gzip"


@contextmanager
def visitors(address: str, tokens: Mapping[str, str]) -> Iterator[dict[str, Visitor]]:
    """Yield a visitor for each name, all hung up in the end."""
    found = {name: Visitor(address, token) for name, token in tokens.items()}
    try:
        yield found
    finally:
        for one in found.values():
            one.close()


def at_once(visitors: list[Visitor], path: str, times: int) -> list[Visit]:
    """Return all looks of some visitors who begin together, each going on as soon as he is answered."""
    begin = threading.Barrier(len(visitors))

    def looks(one: Visitor) -> list[Visit]:
        begin.wait(_PATIENCE)
        return [one.look(path) for _ in range(times)]

    with ThreadPoolExecutor(len(visitors)) as pool:
        return [visit for found in pool.map(looks, visitors) for visit in found]


def signed_in(database: Database, new: NewAccount) -> str:
    """Make an account and return the token of a session of it, as signing in would."""
    with database.writing() as connection:
        account = create_account(connection, new)
        who = SignedIn(account.asker, account.name, account.account_id)
        return start_session(connection, who, datetime.now(UTC), Lasting())
