"""What is recommended to one employee."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from api.openapi import problems
from api.schemas import AnswerOut, ListOptions
from api.served import EngineDep
from recommender.domain import Answer

router = APIRouter(tags=["recommendations"], responses=problems(404, 422))


# A plain function: the engine computes for tens of milliseconds and more, and FastAPI runs plain functions on
# a thread of their own. In an `async def` every other caller, health checks included, would wait for it.
@router.get("/v1/employees/{employee_id}/recommendations", response_model=AnswerOut)
def recommend_to_employee(
    employee_id: str, options: Annotated[ListOptions, Query()], engine: EngineDep
) -> Answer:
    """Recommend programs to one employee, each with its reasons."""
    return engine.recommend(employee_id, options.limit, options.language)
