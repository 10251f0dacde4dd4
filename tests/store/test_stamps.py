from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

from recommender.store.stamps import new_id, stamp

MOMENT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_times_are_utc_and_sort_as_text() -> None:
    medan = MOMENT.astimezone(timezone(timedelta(hours=7)))
    assert stamp(medan) == stamp(MOMENT) == "2026-01-02T03:04:05.000+00:00"
    moments = [MOMENT + timedelta(milliseconds=step) for step in (0, 1, 999, 1000, 60_000)]
    assert sorted(map(stamp, moments)) == [stamp(moment) for moment in moments]


def test_ids_sort_by_time_and_differ() -> None:
    early, late = new_id(MOMENT), new_id(MOMENT + timedelta(milliseconds=1))
    assert early < late
    assert (UUID(early).version, UUID(early).variant) == (7, UUID(early).variant)
    assert len({new_id(MOMENT) for _ in range(1000)}) == 1000
