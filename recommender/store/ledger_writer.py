"""Lines of the ledger in a hurry: all that wait are committed together.

A commit must reach the disk, which takes as long for one line as for fifty. So one thread takes all lines
that came while it was busy with the last ones, and whoever brought them goes on when they are safe.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass

from sqlalchemy import Connection, select
from sqlalchemy.exc import DBAPIError

from recommender.errors import RecommenderError, StoreError, StoreUnavailable, UnknownEntry
from recommender.store.contents import Content, add_rows, known_digests
from recommender.store.database import Database
from recommender.store.ledger import Line, append
from recommender.store.tables import subjects

_MOST = 500  # entries in one transaction
_REMEMBERED = 10_000  # digests
_PATIENCE = 20.0  # seconds that a caller waits: longer than the database may take to say that it is gone


@dataclass(frozen=True, slots=True)
class Entry:
    """A line and the bodies that it names by digest."""

    line: Line
    contents: tuple[Content, ...] = ()


@dataclass(frozen=True, slots=True)
class _Waiting:
    entry: Entry
    rows: dict[str, dict[str, object]]  # bodies already compressed, by digest
    done: Future[Line]


class LedgerWriter:
    """Adds entries from many threads, a transaction for all that wait.

    The thread starts with the first entry, in the process that brings it. After a failure it goes on: who
    waited is told, who comes later may succeed.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._condition = threading.Condition()
        self._waiting: list[_Waiting] = []
        self._thread: threading.Thread | None = None
        self._closed = False
        self._seen: dict[str, None] = {}  # digests that this process knows to be kept, the oldest first

    def write(self, entry: Entry) -> Line:
        """Return the line as it stands in the ledger, when it and the bodies of its entry are safe.

        Raises
        ------
        StoreUnavailable
            The database could not be reached: the line is not there, or (where it was lost during the commit)
            nobody knows; the answer must not be given.
        StoreError
            The line cannot be added, or the writer is closed.
        UnknownEntry
            The person was erased since the answer was made.
        """
        return self._result(self._queued([entry])[0])

    def write_many(self, entries: Sequence[Entry]) -> list[Line]:
        """Return the lines of many entries, in their order, when all are safe; as `write`."""
        return [self._result(waiting) for waiting in self._queued(entries)]

    def _queued(self, entries: Sequence[Entry]) -> list[_Waiting]:
        # Compressing is done here, by the thread of the caller, and only for what is likely to be new.
        queued = [_Waiting(one, self._packed(one), Future()) for one in entries]
        with self._condition:
            if self._closed:
                raise StoreError("the ledger takes no more lines: the service is stopping.")
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="ledger", daemon=True)
                self._thread.start()
            self._waiting += queued
            self._condition.notify()
        return queued

    def _packed(self, entry: Entry) -> dict[str, dict[str, object]]:
        fresh = (one for one in entry.contents if one.digest not in self._seen)
        return {one.digest: one.row() for one in fresh}

    def _result(self, waiting: _Waiting) -> Line:
        try:
            return waiting.done.result(_PATIENCE)
        except TimeoutError:
            raise StoreUnavailable("the ledger did not take a line in time; try again.") from None

    def close(self) -> None:
        """Finish what waits and stop the thread; nothing can be written afterwards."""
        with self._condition:
            self._closed = True
            thread = self._thread
            self._condition.notify()
        if thread is not None:
            thread.join()

    def _work(self) -> None:
        while batch := self._next():
            self._commit(batch)

    def _next(self) -> list[_Waiting]:
        """Return what waits, as soon as something does; nothing once the writer is closed and all is done."""
        with self._condition:
            while not self._waiting and not self._closed:
                self._condition.wait()
            batch, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            return batch

    def _commit(self, batch: Sequence[_Waiting]) -> None:
        try:
            lines = self._write(batch)
        except StoreUnavailable as error:
            _refuse(batch, error)
        except Exception as error:  # whoever waits must hear of it, and the thread must go on
            if len(batch) == 1:
                _refuse(batch, _told(error))
            else:  # one entry cannot be added; the others can
                for one in batch:
                    self._commit([one])
        else:
            for waiting, line in zip(batch, lines, strict=True):
                waiting.done.set_result(line)

    def _write(self, batch: Sequence[_Waiting]) -> list[Line]:
        contents = {one.digest: one for waiting in batch for one in waiting.entry.contents}
        packed = {digest: row for waiting in batch for digest, row in waiting.rows.items()}
        with self._database.writing() as connection:
            _check_there(connection, {one.pseudonym for one in contents.values() if one.pseudonym})
            missing = contents.keys() - known_digests(connection, contents)
            add_rows(connection, [packed.get(one) or contents[one].row() for one in missing])
            lines = append(connection, [waiting.entry.line for waiting in batch])
        self._remember(contents)
        return lines

    def _remember(self, digests: Iterable[str]) -> None:
        self._seen.update(dict.fromkeys(digests))
        while len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]


def _check_there(connection: Connection, pseudonyms: set[str]) -> None:
    """Refuse bodies of somebody who was erased since they were made: they would bring the person back.

    Raises
    ------
    UnknownEntry
        Somebody is not there any more.
    """
    listed = sorted(pseudonyms)
    there = select(subjects.c.pseudonym).where(subjects.c.pseudonym.in_(listed))
    if connection.dialect.name == "postgresql":
        there = there.with_for_update(read=True)
    if len(connection.execute(there).all()) != len(listed):
        raise UnknownEntry("the person is not there any more.")


def _refuse(batch: Sequence[_Waiting], error: RecommenderError) -> None:
    for waiting in batch:  # an error of its own for each: they are raised in as many threads
        waiting.done.set_exception(type(error)(*error.args))


def _told(error: Exception) -> RecommenderError:
    """Return an error whose text shows nothing of the line; a database's own text quotes values."""
    if isinstance(error, StoreError | UnknownEntry):
        return error
    kind = type(error.orig) if isinstance(error, DBAPIError) else type(error)
    return StoreError(f"the line cannot be added to the ledger ({kind.__name__}).")
