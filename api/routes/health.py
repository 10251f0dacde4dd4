"""Whether the process is alive, and whether it can answer."""

from __future__ import annotations

from fastapi import APIRouter

from api.schemas import HealthOut

router = APIRouter(tags=["health"])


@router.get("/livez")
async def livez() -> HealthOut:
    """Say that the process runs."""
    return HealthOut(status="alive")


@router.get("/readyz")
async def readyz() -> HealthOut:
    """Say that recommendations can be asked for: without a loaded model the app would not exist."""
    return HealthOut(status="ready")
