"""The routes, one file each; a new file is included here by one line."""

from __future__ import annotations

from fastapi import APIRouter

from api.routes import current_model, employee_recommendations, health, recommendations

router = APIRouter()
router.include_router(health.router)
router.include_router(current_model.router)
router.include_router(employee_recommendations.router)
router.include_router(recommendations.router)
