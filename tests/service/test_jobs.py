"""Jobs hold what single answers say, for everybody once, whoever runs them."""

from __future__ import annotations

import csv
import io
import json
import time
from collections.abc import Callable
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import update

from recommender.errors import UnknownUnit
from recommender.service import jobs as service
from recommender.service.asked import Asked
from recommender.service.intake import put_employee
from recommender.service.jobs import Job
from recommender.service.office import Office
from recommender.service.tables_of import csv_of
from recommender.store.askers import Asker
from recommender.store.erasure import erase
from recommender.store.jobs import add_job, claim_job, keep_part
from recommender.store.objections import raise_objection
from recommender.store.people import employees_of
from recommender.store.tables import jobs
from recommender.store.units import units_below

UNIT = "U001"
_PATIENCE = 60.0


def finished(office: Office, job: Job) -> Job:
    end = time.monotonic() + _PATIENCE
    while (found := service.find_job(office, job.job_id)) and found.status in ("waiting", "running"):
        assert time.monotonic() < end, found
        time.sleep(0.02)
    assert found is not None
    return found


def lines(office: Office, job: Job) -> list[dict[str, Any]]:
    whole = b"".join(service.result_of(office, job.job_id, "ndjson"))
    return [json.loads(line) for line in whole.splitlines()]


def people(office: Office, unit: str | None) -> list[str]:
    with office.database.reading() as connection:
        return employees_of(connection, units_below(connection, unit) if unit else None)


def test_everybody_of_a_unit_is_answered_as_alone(office: Office, hr: Asker) -> None:
    put_employee(office, "=1+1", {"unit_id": UNIT, "position_id": "kabag-SD01"})
    job = finished(office, service.start_job(office, UNIT, Asked(2, "en"), hr))
    assert (job.status, job.done, job.total) == ("done", job.total, len(people(office, UNIT)))
    found = lines(office, job)
    assert [one["employee_id"] for one in found] == people(office, UNIT)
    for one in (*found[:5], found[-1]):
        assert one == json.loads(office.recommend(one["employee_id"], Asked(2, "en"), hr).body)
    rows = [(one["employee_id"], each["program_id"]) for one in found for each in one["recommendations"]]
    assert rows
    sheet = b"".join(service.result_of(office, job.job_id, "csv")).decode()
    told = [(row["employee_id"], row["program_id"]) for row in csv.DictReader(io.StringIO(sheet))]
    assert told == [(f"'{who}" if who == "=1+1" else who, program) for who, program in rows]
    table = pq.read_table(io.BytesIO(b"".join(service.result_of(office, job.job_id, "parquet"))))
    both = zip(table["employee_id"].to_pylist(), table["program_id"].to_pylist(), strict=True)
    assert list(both) == rows


def test_a_worker_that_died_is_followed_by_another(opened: Callable[[], Office], hr: Asker) -> None:
    dead, alive = opened(), opened()
    asked = json.dumps({"limit": 1, "language": "id", "horizon": "current"})
    answered = [dead.recommend(one, Asked(1), hr).body for one in people(dead, UNIT)[:2]]
    with dead.database.writing() as connection:
        job = add_job(connection, (hr.id, hr.role), UNIT, asked)
        assert claim_job(connection, "dead") is not None
        assert keep_part(connection, job, "dead", answered, 0)
        connection.execute(update(jobs).values(lease_until="2020-01-01"))
    gone = people(dead, UNIT)[-1]
    with dead.database.writing() as connection:
        erase(connection, gone, hr)
    alive.jobs.wake()
    assert finished(alive, job).status == "done"
    found = [one["employee_id"] for one in lines(alive, job)]
    assert sorted(found) == sorted(people(alive, UNIT)) and gone not in found
    with dead.database.writing() as connection:
        assert not keep_part(connection, job, "dead", [b"{}"], 1), "the dead one came too late"


def test_a_cancelled_job_stops_and_forgets(office: Office, hr: Asker) -> None:
    job = service.start_job(office, None, Asked(), hr)
    service.cancel_job(office, job.job_id)
    assert finished(office, job).status == "cancelled"
    assert lines(office, job) == []


def test_who_is_erased_meanwhile_is_left_out(
    office: Office, hr: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    ready, gone = office.advice.ready, people(office, UNIT)[1]

    def erases_first() -> object:
        with office.database.writing() as connection:
            erase(connection, gone, hr)
        return ready()

    monkeypatch.setattr(office.advice, "ready", erases_first)  # asked for once the list of people is made
    job = finished(office, service.start_job(office, UNIT, Asked(1), hr))
    monkeypatch.undo()
    assert job.status == "done"
    assert [one["employee_id"] for one in lines(office, job)] == people(office, UNIT)


def test_a_finished_job_stays_and_hides_who_objected_since(office: Office, hr: Asker) -> None:
    job = finished(office, service.start_job(office, UNIT, Asked(1), hr))
    service.cancel_job(office, job.job_id)
    found = lines(office, job)
    assert len(found) == job.total and service.find_job(office, job.job_id) == job
    who = next(one["employee_id"] for one in found if one["recommendations"])
    with office.database.writing() as connection:
        raise_objection(connection, who, None, hr)
    assert [one["recommendations"] for one in lines(office, job) if one["employee_id"] == who] == [[]]


def test_an_unknown_unit_is_no_job(office: Office, hr: Asker) -> None:
    with pytest.raises(UnknownUnit):
        service.start_job(office, "nowhere", Asked(), hr)


def test_what_goes_wrong_is_told_without_ids(
    office: Office, hr: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: object) -> None:
        raise ValueError("E00042 broke it")

    monkeypatch.setattr(office.advice, "each", fails)
    job = finished(office, service.start_job(office, UNIT, Asked(), hr))
    assert job.status == "failed" and job.problem is not None and "E00042" not in job.problem


def test_no_cell_is_a_formula() -> None:
    program = {"rank": 1, "program_id": "-P", "title": "@x", "score": -1.0, "benefit": None, "hours": 5.0}
    program |= {"benefit_low": None, "benefit_high": None, "reasons": [{"text": "+1"}, {"text": "b"}]}
    answer = {"employee_id": "=E", "recommendations": [program], "ranker": "gap", "as_of": "", "model": ""}
    row = b"".join(csv_of([json.dumps(answer).encode()])).decode().splitlines()[1]
    assert row == "'=E,1,'-P,'@x,-1.0,,,,5.0,'+1 | b,gap,,"
