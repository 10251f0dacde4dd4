"""The routes, a file for each thing; a new file is included here by one line."""

from __future__ import annotations

from fastapi import APIRouter

from api.routes import (
    corrections,
    decisions,
    employees,
    health,
    jobs,
    ledger,
    models,
    objections,
    own_data,
    profiles,
    recommendations,
    records,
    units,
)

router = APIRouter()
router.include_router(health.router)
router.include_router(employees.router)
router.include_router(records.router)
router.include_router(recommendations.router)
router.include_router(profiles.router)
router.include_router(units.router)
router.include_router(jobs.router)
router.include_router(models.router)
router.include_router(decisions.router)
router.include_router(objections.router)
router.include_router(corrections.router)
router.include_router(own_data.router)
router.include_router(ledger.router)
