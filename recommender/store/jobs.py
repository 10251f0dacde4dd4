"""Bulk jobs as they are kept: who runs one, how far it is, and what it found so far.

A job belongs to the worker that holds its lease. A worker that dies lets the lease run out, and another takes
the job up after the last part that was kept.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, delete, insert, or_, select, update

from recommender.store.stamps import new_id, stamp
from recommender.store.tables import job_parts, jobs

LEASE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Job:
    """A job.

    Attributes
    ----------
    unit_id : whose people, with those of all units below; "" = everybody.
    question : JSON of what is asked for each of them.
    status : "waiting", "running", "done", "failed" or "cancelled".
    done, total : people answered so far, and in all (0 until it runs).
    problem : why it failed.
    """

    job_id: str
    asker: str
    role: str
    unit_id: str
    question: str
    status: str
    done: int
    total: int
    problem: str | None
    created_at: str
    finished_at: str | None


_COLUMNS = [jobs.c[name] for name in Job.__dataclass_fields__]


def add_job(connection: Connection, asker: tuple[str, str], unit_id: str, question: str) -> Job:
    """Return a new job that waits for a worker; `asker` is id and role of who wants it."""
    job = Job(new_id(), *asker, unit_id, question, "waiting", 0, 0, None, stamp(), None)
    connection.execute(insert(jobs).values({name: getattr(job, name) for name in Job.__dataclass_fields__}))
    return job


def job_of(connection: Connection, job_id: str) -> Job | None:
    """Return a job; None if there is none of this id."""
    row = connection.execute(select(*_COLUMNS).where(jobs.c.job_id == job_id)).one_or_none()
    return None if row is None else Job(*row)


def claim_job(connection: Connection, worker: str) -> Job | None:
    """Return the oldest job that nobody runs, which `worker` runs from now on; None if there is none."""
    nobody = or_(jobs.c.status == "waiting", (jobs.c.status == "running") & (jobs.c.lease_until < stamp()))
    oldest = select(jobs.c.job_id).where(nobody).order_by(jobs.c.created_at).limit(1)
    job_id = connection.execute(oldest.with_for_update(skip_locked=True)).scalar()
    if job_id is None:
        return None
    held = {"status": "running", "worker": worker, "lease_until": _lease()}
    connection.execute(update(jobs).where(jobs.c.job_id == job_id).values(held))
    return job_of(connection, job_id)


def keep_part(connection: Connection, job: Job, worker: str, lines: list[bytes], total: int) -> bool:
    """Keep answers of a job and its lease; return whether the worker still runs it."""
    held = (jobs.c.job_id == job.job_id) & (jobs.c.worker == worker) & (jobs.c.status == "running")
    change = {"done": jobs.c.done + len(lines), "total": total, "lease_until": _lease()}
    if connection.execute(update(jobs).where(held).values(change)).rowcount != 1:
        return False
    if lines:
        count = select(job_parts.c.part).where(job_parts.c.job_id == job.job_id)
        last = connection.execute(count.order_by(job_parts.c.part.desc()).limit(1)).scalar()
        part = 0 if last is None else last + 1
        body = zlib.compress(b"".join(line + b"\n" for line in lines))
        connection.execute(insert(job_parts).values(job_id=job.job_id, part=part, body=body))
    return True


def end_job(
    connection: Connection, job_id: str, status: str, problem: str | None = None, worker: str | None = None
) -> None:
    """Say how a job ended, unless it has ended already; what a cancelled or failed one found goes.

    Parameters
    ----------
    worker : who says so, where it must be the one that runs the job; None = anybody may.
    """
    open_ = (jobs.c.job_id == job_id) & jobs.c.status.in_(("waiting", "running"))
    if worker is not None:
        open_ &= jobs.c.worker == worker
    ended = {"status": status, "problem": problem, "finished_at": stamp(), "worker": None}
    if connection.execute(update(jobs).where(open_).values(ended)).rowcount != 1:
        return
    if status != "done":
        connection.execute(delete(job_parts).where(job_parts.c.job_id == job_id))


def parts_of(connection: Connection, job_id: str) -> list[int]:
    """Return the numbers of the parts that are kept, in order."""
    return list(
        connection.execute(
            select(job_parts.c.part).where(job_parts.c.job_id == job_id).order_by("part")
        ).scalars()
    )


def lines_of_part(connection: Connection, job_id: str, part: int) -> Iterator[bytes]:
    """Yield the lines of a part, without their line feeds."""
    wanted = select(job_parts.c.body).where(job_parts.c.job_id == job_id, job_parts.c.part == part)
    body = connection.execute(wanted).scalar()
    yield from (b"" if body is None else zlib.decompress(body)).splitlines()


def _lease() -> str:
    return stamp(datetime.now(UTC) + LEASE)
