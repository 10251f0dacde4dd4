"""How much memory a piece of work needs, measured in a process of its own."""

from __future__ import annotations

import multiprocessing
import re
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TypeVar

from recommender.errors import RecommenderError

Result = TypeVar("Result")

_STATUS = Path("/proc/self/status")  # Linux only
_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB", re.MULTILINE)


def apart(work: Callable[[], Result]) -> tuple[Result, float]:
    """Do a piece of work in a process of its own; return its result and the memory it needed, in MB.

    Memory is the peak of that process above what it held when it began: data and libraries, which are there
    already, do not count. NaN where the system does not tell. Where processes cannot be forked the work is
    done here, and its memory is not known.

    Raises
    ------
    RecommenderError
        The process died, or the work raised this itself.
    """
    if "fork" not in multiprocessing.get_all_start_methods():
        return work(), float("nan")
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_do, args=(work, theirs))
    process.start()
    theirs.close()
    try:
        done, megabytes = ours.recv()
    except EOFError as error:
        process.join()
        raise RecommenderError(
            f"a process ended without an answer (exit code {process.exitcode})."
        ) from error
    process.join()
    if isinstance(done, Exception):
        raise done
    return done, megabytes


def _do(work: Callable[[], object], to: Connection) -> None:
    before = _peak()
    try:
        to.send((work(), _peak() - before))
    except Exception as error:
        to.send((error, float("nan")))


def _peak() -> float:
    """Return the most memory that this process has held so far, in MB; a fork begins with what it holds."""
    found = _PEAK.search(_STATUS.read_text("ascii")) if _STATUS.is_file() else None
    return int(found[1]) / 1024 if found else float("nan")
