"""Records about people, taken in by the batch: all rows of one or none."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import Response

from api.dependencies import OfficeDep, SightDep
from api.guard import guarded_router
from api.once import Once, OnceDep
from api.openapi import problems
from api.schemas.records import (
    AcceptedOut,
    AssessmentBatch,
    FeedbackBatch,
    PerformanceReviewBatch,
    Row,
    TrainingRecordBatch,
)
from api.sight import Sight
from recommender.service import intake
from recommender.store.idempotency import Stored, begin, finish

router = guarded_router("records")
# Somebody else erased a person, or took a feedback_id, between the check and the writing.
_MEANWHILE = problems(409)


@router.post("/v1/assessments", status_code=201, response_model=AcceptedOut, responses=_MEANWHILE)
def add_assessments(sent: AssessmentBatch, once: OnceDep, office: OfficeDep, sight: SightDep) -> Response:
    """Keep judgements of people's levels."""
    return _add(office, "assessments", sent.items, once, sight)


@router.post("/v1/training-records", status_code=201, response_model=AcceptedOut, responses=_MEANWHILE)
def add_training_records(
    sent: TrainingRecordBatch, once: OnceDep, office: OfficeDep, sight: SightDep
) -> Response:
    """Keep who attended what."""
    return _add(office, "training_records", sent.items, once, sight)


@router.post("/v1/performance-reviews", status_code=201, response_model=AcceptedOut, responses=_MEANWHILE)
def add_performance_reviews(
    sent: PerformanceReviewBatch, once: OnceDep, office: OfficeDep, sight: SightDep
) -> Response:
    """Keep periodic appraisals."""
    return _add(office, "performance_reviews", sent.items, once, sight)


@router.post("/v1/feedback", status_code=201, response_model=AcceptedOut, responses=_MEANWHILE)
def add_feedback(sent: FeedbackBatch, once: OnceDep, office: OfficeDep, sight: SightDep) -> Response:
    """Keep what participants and supervisors say of programs."""
    return _add(office, "feedback", sent.items, once, sight)


def _add(office: OfficeDep, table: str, rows: Sequence[Row], once: Once | None, sight: Sight) -> Response:
    """Check the rows and keep them and what is answered in one transaction: a crash leaves all or none."""
    who, catalogue = sight.asker.id, office.catalogue()
    with office.database.writing() as connection:
        stored = begin(connection, who, once.key, once.request) if once else None
        if stored is None:
            accepted = intake.add_records(office, table, rows, connection, catalogue)
            stored = Stored(201, AcceptedOut(accepted=accepted).model_dump_json().encode())
            if once:
                finish(connection, who, once.key, stored)
    return Response(stored.body, stored.status, media_type="application/json")
