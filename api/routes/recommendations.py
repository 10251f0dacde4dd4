"""What is recommended to each employee of a list."""

from __future__ import annotations

from fastapi import APIRouter

from api.openapi import problems
from api.schemas import AnswersOut, ManyEmployees
from api.served import Answers, EngineDep

router = APIRouter(tags=["recommendations"], responses=problems(400, 404, 422))


# A plain function for the same reason as in `employee_recommendations.py`.
@router.post("/v1/recommendations", response_model=AnswersOut)
def recommend_to_many(asked: ManyEmployees, engine: EngineDep) -> Answers:
    """Recommend programs to each employee of a list; if any id is unknown, all unknown ones are named."""
    return Answers(tuple(engine.recommend_many(asked.employee_ids, asked.limit, asked.language)))
