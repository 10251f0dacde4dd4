"""Bulk jobs: recommendations for everybody of a unit, or of the city, made in the background."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response
from fastapi.responses import StreamingResponse

from api.dependencies import OfficeDep, SightDep
from api.guard import guarded_router
from api.openapi import problems
from api.paging import entry_id
from api.problems import NO_ENTRY, Refused
from api.schemas.jobs import Format, JobIn, JobOut
from api.sight import Sight
from recommender.service import jobs as service
from recommender.service.asked import Asked

router = guarded_router("jobs")
PATH = "/v1/jobs/{job_id}"
MEDIA_TYPES = {
    "ndjson": "application/x-ndjson",
    "csv": "text/csv; charset=utf-8",
    "parquet": "application/vnd.apache.parquet",
}
_RESULT = {kind.partition(";")[0]: {"schema": {"type": "string"}} for kind in MEDIA_TYPES.values()}


@router.post("/v1/jobs", status_code=202, response_model=JobOut, responses=problems(404))
def start_job(job: JobIn, response: Response, office: OfficeDep, sight: SightDep) -> object:
    """Start recommending to everybody of a unit and those below it, or (`unit_id` null) to everybody."""
    # Who sees a part of the city cannot mean all of it by leaving the unit out.
    unit_id = None if job.unit_id is None and sight.sees_all else sight.unit(job.unit_id or "")
    asked = Asked(job.limit, job.language, job.horizon)
    started = service.start_job(office, unit_id, asked, sight.asker)
    response.headers["Location"] = f"/v1/jobs/{started.job_id}"
    return started


@router.get(PATH, response_model=JobOut, responses=problems(404))
def get_job(job_id: str, office: OfficeDep, sight: SightDep) -> object:
    """Show how far a job is."""
    return _job(job_id, office, sight)


@router.get(
    PATH + "/result",
    response_class=StreamingResponse,
    responses={200: {"content": _RESULT}, **problems(404, 409)},
)
def job_result(
    job_id: str,
    office: OfficeDep,
    sight: SightDep,
    format: Annotated[Format, Query()] = "ndjson",  # noqa: A002 - the caller's word
) -> StreamingResponse:
    """Return what a job found, one answer a line, or one recommendation a row; 409 until it is done."""
    job = _job(job_id, office, sight)
    if job.status != "done":
        raise Refused(409, f"The job is {job.status}; its result is there once it is done.", "conflict")
    name = f'attachment; filename="{job.job_id}.{format}"'
    lines = service.result_of(office, job.job_id, format)
    return StreamingResponse(lines, media_type=MEDIA_TYPES[format], headers={"Content-Disposition": name})


@router.delete(PATH, status_code=204, responses=problems(404))
def cancel_job(job_id: str, office: OfficeDep, sight: SightDep) -> None:
    """Stop a job, and forget what it found so far."""
    service.cancel_job(office, _job(job_id, office, sight).job_id)


def _job(job_id: str, office: OfficeDep, sight: Sight) -> service.Job:
    job = service.find_job(office, entry_id(job_id))
    if job is None or not (sight.sees_all or (job.unit_id and sight.sees_unit(job.unit_id))):
        raise Refused(404, NO_ENTRY, "unknown-entry")
    return job
