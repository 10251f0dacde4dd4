"""Which model answers."""

from __future__ import annotations

from fastapi import APIRouter

from api.schemas import ModelOut
from api.served import Model, ModelDep

router = APIRouter(tags=["models"])


@router.get("/v1/models/current", response_model=ModelOut)
async def current_model(model: ModelDep) -> Model:
    """Describe the model that answers, as training noted it down."""
    return model
