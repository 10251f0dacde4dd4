"""Whether the process is alive, whether it can answer, and its figures."""

from __future__ import annotations

import hmac
from typing import Literal

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from api.metrics import CONTENT_TYPE
from api.openapi import problems
from api.problems import Refused
from api.readiness import Readiness

router = APIRouter(tags=["health"])

_CHALLENGE = {"WWW-Authenticate": 'Bearer realm="operations"'}


class HealthOut(BaseModel):
    """State of the process."""

    status: Literal["alive"]


class ReadinessOut(BaseModel):
    """State of the service; all but `status` is told to the operator's key alone."""

    status: Literal["ready", "not ready"]
    model: str | None = Field(default=None, description="Digest of the bundle that answers.")
    database: str | None = Field(default=None, description='"ok", or what is wrong.')
    tables: str | None = Field(default=None, description='"ok", or which command brings them up to date.')
    bundle: str | None = Field(
        default=None, description='"ok", or why the newest was refused; the one before goes on.'
    )


@router.get("/livez")
async def livez() -> HealthOut:
    """Say that the process runs."""
    return HealthOut(status="alive")


@router.get("/readyz", responses={503: {"model": ReadinessOut}}, response_model_exclude_none=True)
async def readyz(request: Request, response: Response) -> ReadinessOut:
    """Say whether requests can be answered; to the operator's key also what stands in the way.

    Without the key it is a yes or no: load balancers ask without one.
    """
    readiness: Readiness = request.app.state.readiness
    found = await readiness.look()
    if not found.is_ready:
        response.status_code = 503
        response.headers["Retry-After"] = "5"
    status: Literal["ready", "not ready"] = "ready" if found.is_ready else "not ready"
    if not _is_operator(request):
        return ReadinessOut(status=status)
    return ReadinessOut(
        status=status, model=found.model, database=found.database, tables=found.tables, bundle=found.bundle
    )


@router.get("/metrics", responses={200: {"content": {"text/plain": {}}}, **problems(401)})
def metrics(request: Request) -> Response:
    """Return the figures of all workers for Prometheus; asks for the operator's key."""
    if not _is_operator(request):
        raise Refused(401, "Send the key of RECOMMENDER_METRICS_KEY as a bearer token.", headers=_CHALLENGE)
    return Response(request.app.state.metrics.page(), headers={"Content-Type": CONTENT_TYPE})


def _is_operator(request: Request) -> bool:
    key: str = request.app.state.settings.metrics_key
    kind, _, given = request.headers.get("Authorization", "").partition(" ")
    shown = given.strip() if kind.lower() == "bearer" else request.headers.get("X-API-Key", "")
    return bool(key) and hmac.compare_digest(shown.encode("utf-8", "replace"), key.encode())
