"""Clients that write to a service until it is gone, and note what was acknowledged to them."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from threading import Event
from typing import Any

import httpx2

from recommender.store.database import Database
from tests.api.servers import PATIENCE, Server

ROWS = 3  # of a batch: half a batch would show
_MARK = "batch-"


@dataclass(frozen=True)
class Batch:
    """Rows that are sent together; its number stands in each of them, and is its Idempotency-Key."""

    number: int
    path: str
    items: list[dict[str, object]]

    def send(self, client: httpx2.Client) -> None:
        """Send it, and return once it is acknowledged."""
        headers = {"Idempotency-Key": f"{_MARK}{self.number}"}
        answer = client.post(self.path, json={"items": self.items}, headers=headers)
        assert (answer.status_code, answer.json()) == (201, {"accepted": ROWS}), answer.text


@dataclass
class Writer:
    """One client: it sends batch after batch, and asks for a recommendation now and then.

    Attributes
    ----------
    open : the batch that was sent and not acknowledged; it is sent again under the same key.
    acknowledged : the batches that were, in their order.
    lines : ids of the lines of the ledger that answers named.
    """

    chance: random.Random
    people: Sequence[str]
    numbers: Iterator[int]
    open: Batch | None = None
    acknowledged: list[Batch] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)

    def write(self, client: httpx2.Client, begun: Event) -> None:
        """Write until the service is gone; first what is open, and what was acknowledged last once more."""
        try:
            self.ask(client)  # of a service that has just started this takes longest
            if self.acknowledged:
                self.acknowledged[-1].send(client)
            while True:
                self.send_one(client)
                begun.set()
                if self.chance.random() < 0.2:
                    self.ask(client)
        except httpx2.TransportError:
            pass

    def send_one(self, client: httpx2.Client) -> None:
        """Send the batch that is open, or a new one."""
        self.open = self.open or self._batch()
        self.open.send(client)
        self.acknowledged.append(self.open)
        self.open = None

    def ask(self, client: httpx2.Client) -> None:
        """Ask for a recommendation: its line is in the ledger before the answer goes out."""
        answer = client.get(f"/v1/employees/{self.chance.choice(self.people)}/recommendations")
        assert answer.status_code == 200, answer.text
        self.lines.append(answer.headers["Ledger-Id"])

    def _batch(self) -> Batch:
        number = next(self.numbers)
        people = self.chance.sample(self.people, ROWS)
        if number % 2:
            judged = {"competency_id": "M.01", "source": "peer", "assessor_id": f"{_MARK}{number}"}
            level = self.chance.randint(2, 8) / 2
            items = [{"employee_id": one, "level": level, **judged} for one in people]
            return Batch(number, "/v1/assessments", items)
        attended = {"program_id": "P005", "status": "completed", "pre_score": number / 1000}
        return Batch(number, "/v1/training-records", [{"employee_id": one, **attended} for one in people])


class Writers:
    """Several clients of one service, and what they know of it together."""

    def __init__(self, people: Sequence[str], key: str, seed: int, clients: int = 6) -> None:
        numbers = count(1)
        self._headers = {"X-API-Key": key}
        self._each = [Writer(random.Random(f"{seed}-{n}"), people, numbers) for n in range(clients)]

    @property
    def acknowledged(self) -> set[int]:
        """Numbers of the batches that were acknowledged."""
        return {batch.number for one in self._each for batch in one.acknowledged}

    @property
    def open(self) -> set[int]:
        """Numbers of the batches of which nobody knows whether they are kept."""
        return {one.open.number for one in self._each if one.open}

    @property
    def lines(self) -> set[str]:
        """Ids of the lines that answers named."""
        return {line for one in self._each for line in one.lines}

    def write_and_kill(self, server: Server, wait: float) -> None:
        """Let all write at once; kill the server `wait` seconds after it has acknowledged the first batch."""
        begun = Event()
        with ThreadPoolExecutor(len(self._each)) as pool:
            writing = [pool.submit(self._write, one, server, begun) for one in self._each]
            try:
                assert begun.wait(PATIENCE), "nothing was acknowledged"
                Event().wait(wait)
            finally:
                server.kill()
            for one in writing:
                one.result()

    def finish(self, server: Server) -> None:
        """Send what is still open."""
        with self._client(server) as client:
            for one in self._each:
                if one.open:
                    one.send_one(client)

    def _write(self, one: Writer, server: Server, begun: Event) -> None:
        with self._client(server) as client:
            one.write(client, begun)

    def _client(self, server: Server) -> Any:
        base = f"http://127.0.0.1:{server.port}"
        return httpx2.Client(base_url=base, headers=self._headers, trust_env=False, timeout=PATIENCE)


def rows_kept(database: Database) -> Counter[int]:
    """Return how many rows of each batch are in the database."""
    with database.reading() as connection:
        marks = connection.exec_driver_sql("SELECT assessor_id FROM assessments").scalars()
        found = Counter(
            int(mark.removeprefix(_MARK)) for mark in marks if mark is not None and mark.startswith(_MARK)
        )
        scores = connection.exec_driver_sql(
            "SELECT pre_score FROM training_records WHERE program_id = 'P005' AND started_on IS NULL"
        ).scalars()
        found.update(round(score * 1000) for score in scores if score is not None)
    return found
