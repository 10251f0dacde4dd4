"""Bulk jobs: everybody of a unit or of the city is answered in the background, with the ledger and all."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Iterator
from dataclasses import asdict
from typing import Protocol

from recommender.errors import RecommenderError, StoreUnavailable, UnknownEmployee, UnknownEntry, UnknownUnit
from recommender.service.advice import Advice, Ready
from recommender.service.asked import Asked
from recommender.service.tables_of import csv_of, parquet_of
from recommender.store.askers import Asker
from recommender.store.database import Database
from recommender.store.jobs import (
    Job,
    add_job,
    claim_job,
    end_job,
    job_of,
    keep_part,
    lines_of_part,
    parts_of,
)
from recommender.store.people import employees_of, hidden_subjects, people_there
from recommender.store.units import units_below

__all__ = ["Job", "JobRunner", "cancel_job", "find_job", "result_of", "start_job"]


class HasJobs(Protocol):
    """An office, as far as jobs go."""

    database: Database
    jobs: JobRunner


_PORTION = 32  # people between two looks whether the job was cancelled
_LOOK = 2.0  # seconds between two looks for jobs that another worker left


def start_job(office: HasJobs, unit_id: str | None, asked: Asked, asker: Asker) -> Job:
    """Return a new job for a unit and all below it, or (None) for everybody; a worker takes it up at once.

    Raises
    ------
    UnknownUnit
        There is no such unit.
    """
    with office.database.writing() as connection:
        if unit_id is not None and not units_below(connection, unit_id):
            raise UnknownUnit(unit_id, [])
        job = add_job(connection, (asker.id, asker.role), unit_id or "", json.dumps(asdict(asked)))
    office.jobs.wake()
    return job


def find_job(office: HasJobs, job_id: str) -> Job | None:
    """Return a job as it is now."""
    with office.database.reading() as connection:
        return job_of(connection, job_id)


def cancel_job(office: HasJobs, job_id: str) -> None:
    """Stop a job and forget what it found; one that has ended stays as it is."""
    with office.database.writing() as connection:
        end_job(connection, job_id, "cancelled")


def result_of(office: HasJobs, job_id: str, format: str) -> Iterator[bytes]:  # noqa: A002 - the caller's word
    """Yield what a job found: "ndjson" one answer a line, "csv" and "parquet" one recommendation a row."""
    lines = _lines(office.database, job_id)
    if format == "ndjson":
        return (line + b"\n" for line in lines)
    return csv_of(lines) if format == "csv" else parquet_of(lines)


def _lines(database: Database, job_id: str) -> Iterator[bytes]:
    with database.reading() as connection:
        parts = parts_of(connection, job_id)
    for part in parts:
        with database.reading() as connection:
            lines = list(lines_of_part(connection, job_id, part))
            hidden = hidden_subjects(connection)
        for line in lines:
            answer = json.loads(line)
            if answer["employee_id"] in hidden:  # who objected after the job had the answer
                answer["recommendations"] = []
                line = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()
            yield line


class JobRunner:
    """Runs jobs one after the other on a thread of its own, which starts when it is first woken."""

    def __init__(self, advice: Advice) -> None:
        self._advice = advice
        self._worker = secrets.token_hex(8)
        self._woken, self._stopped = threading.Event(), threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None

    def wake(self) -> None:
        """Look for jobs now, and every few seconds from now on."""
        with self._starting:
            if not (self._thread and self._thread.is_alive()) and not self._stopped.is_set():
                self._thread = threading.Thread(target=self._work, name="jobs", daemon=True)
                self._thread.start()
        self._woken.set()

    def stop(self) -> None:
        """Stop after the portion under way; another worker takes the job up when the lease is over."""
        self._stopped.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join()

    def _work(self) -> None:
        while not self._stopped.is_set():
            self._woken.clear()
            try:
                while not self._stopped.is_set() and (job := self._claim()) is not None:
                    self._run(job)
            except RecommenderError:
                pass  # looked for again in a moment; the lease keeps what was begun
            self._woken.wait(_LOOK)

    def _claim(self) -> Job | None:
        with self._advice.database.writing() as connection:
            return claim_job(connection, self._worker)

    def _run(self, job: Job) -> None:
        try:
            finished = self._answer(job)
        except StoreUnavailable:
            raise
        except RecommenderError as error:
            self._end(job, "failed", str(error))
        except Exception as error:  # its text may hold ids; whoever waits must hear of it
            self._end(job, "failed", f"unexpected {type(error).__name__}; see the service's log.")
        else:
            if finished:
                self._end(job, "done")

    def _answer(self, job: Job) -> bool:
        """Answer everybody who is not answered yet; return whether that came to its end."""
        answered = {json.loads(line)["employee_id"] for line in _lines(self._advice.database, job.job_id)}
        with self._advice.database.reading() as connection:
            units = units_below(connection, job.unit_id) if job.unit_id else None
            everybody = employees_of(connection, units)
        left = [one for one in everybody if one not in answered]
        total = len(left) + len(answered)
        asked, asker = Asked(**json.loads(job.question)), Asker(job.asker, job.role)  # type: ignore[arg-type]
        ready = self._advice.ready()
        if not self._keep(job, [], total):
            return False
        for start in range(0, len(left), _PORTION):
            if self._stopped.is_set():
                return False
            found = self._found(ready, left[start : start + _PORTION], asked, asker)
            if not self._keep(job, found, total):
                return False
        return True

    def _found(self, ready: Ready, ids: list[str], asked: Asked, asker: Asker) -> list[bytes]:
        """Return the answers to those of some people who are still there."""
        try:
            return [body for _, body in self._advice.each(ready, ids, asked, asker)]
        except UnknownEmployee as error:  # erased since the job began
            gone = set(error.places)
            return self._found(ready, [one for at, one in enumerate(ids) if at not in gone], asked, asker)
        except UnknownEntry:  # erased while being answered: the next look misses the person
            return self._found(ready, ids, asked, asker)

    def _keep(self, job: Job, lines: list[bytes], total: int) -> bool:
        told = {str(json.loads(line)["employee_id"]): line for line in lines}
        with self._advice.database.writing() as connection:
            there = people_there(connection, told)  # who was erased since must not come back by this door
            kept = [line for one, line in told.items() if one in there]
            return keep_part(connection, job, self._worker, kept, total)

    def _end(self, job: Job, status: str, problem: str | None = None) -> None:
        with self._advice.database.writing() as connection:
            end_job(connection, job.job_id, status, problem, self._worker)
