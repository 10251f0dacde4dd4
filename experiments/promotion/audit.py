"""The audit file: a line for each promotion and each rollback, only ever added to."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from recommender.errors import RecommenderError

FILE = "promotions.jsonl"  # beside the bundles


class AuditError(RecommenderError):
    """The audit file has a line that cannot be read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One change of the model that is served.

    Attributes
    ----------
    time : UTC, ISO.
    bundle, digest, run_id : of the model that is served from now on.
    previous : the bundle served before, of a promotion the champion by `champion_for`; "" for the first.
    gate : what was asked and found, line by line; empty for a rollback.
    by : who says they decided, as they want it to be written.
    reason : why the champion was left out of account; "" where it was not.
    """

    time: str
    action: Literal["promote", "rollback"]
    bundle: str
    digest: str
    run_id: str
    previous: str
    gate: Sequence[Mapping[str, object]] = ()
    by: str = ""
    reason: str = ""


def now() -> str:
    """Return the time, UTC, as it stands in the audit."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def append(models: Path, entry: Entry) -> None:
    """Add a line in one write, so that two promotions at once give two whole lines, and see it on disk."""
    line = json.dumps(asdict(entry), ensure_ascii=False) + "\n"
    number = os.open(models / FILE, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
    try:
        os.write(number, line.encode())
        os.fsync(number)
    finally:
        os.close(number)


def read(models: Path) -> list[Entry]:
    """Return all entries, the oldest first; none where nothing was ever promoted.

    Raises
    ------
    AuditError
        A line is not one of ours.
    """
    file = models / FILE
    if not file.is_file():
        return []
    entries = []
    for number, line in enumerate(file.read_text("utf-8").splitlines(), start=1):
        try:
            entries.append(Entry(**json.loads(line)))
        except (ValueError, TypeError) as error:
            raise AuditError(
                f"{file}, line {number} is no line of the audit ({error}); restore it, or delete that line."
            ) from error
    return entries


def is_unfinished(entry: Entry, current: str) -> bool:
    """Return whether the change was written down, but what is served is the bundle of before.

    It was cut off, or somebody changed `current` by hand: nothing tells the one from the other.
    """
    return entry.previous == current != entry.bundle


def champion_for(entries: Sequence[Entry], current: str, bundle: str) -> str:
    """Return the bundle that another one is held against: the last that was promoted; "" if there is none.

    A pointer that was moved by hand makes no champion. It counts only where the audit knows of none, and not
    for the very bundle that it names.
    """
    served = served_until(entries, current)
    if served:
        return served[-1]
    return "" if current == bundle else current


def served_until(entries: Sequence[Entry], current: str) -> list[str]:
    """Return what was served one after the other by the audit, without what was gone back from."""
    unfinished = bool(entries) and is_unfinished(entries[-1], current)
    return _served(entries[:-1] if unfinished else entries)


def way_back(entries: Sequence[Entry], current: str) -> str:
    """Return the bundle that a rollback leads to; "" where nothing was served before `current`.

    A promotion that was cut off is taken back, so that what is served stays; a rollback that was cut off is
    carried out; else it is what was served before, and after a rollback what was served before that.
    """
    if entries and is_unfinished(entries[-1], current):
        return entries[-1].bundle if entries[-1].action == "rollback" else current
    served = _served(entries)
    if current in served:
        served = _up_to(served, current)[:-1]
    return served[-1] if served else ""


def _served(entries: Sequence[Entry]) -> list[str]:
    served: list[str] = []
    for entry in entries:
        if entry.action == "promote":
            served = [*_up_to(served, entry.previous), entry.bundle]
        else:
            served = _up_to(served, entry.bundle)
    return served


def _up_to(served: list[str], bundle: str) -> list[str]:
    if not bundle:
        return served
    if bundle not in served:  # somebody moved the pointer by hand
        return [*served, bundle]
    return served[: len(served) - served[::-1].index(bundle)]
