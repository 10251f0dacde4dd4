"""Which model answers."""

from __future__ import annotations

from fastapi import Response

from api.dependencies import OfficeDep
from api.guard import guarded_router
from api.openapi import problems
from api.problems import Refused
from api.schemas.answers import ModelOut

router = guarded_router("models")


@router.get("/v1/models/current")
def current_model(office: OfficeDep) -> ModelOut:
    """Describe the model that answers, as training noted it down."""
    model = office.models.current
    told = {
        name: model.manifest[name]
        for name in ("created", "python", "versions", "about")
        if name in model.manifest
    }
    return ModelOut(ranker=model.engine.rankers[0][0], digest=model.digest, **told)


@router.get(
    "/v1/models/current/card",
    response_class=Response,
    responses={200: {"content": {"text/markdown": {"schema": {"type": "string"}}}}, **problems(404)},
)
def current_model_card(office: OfficeDep) -> Response:
    """Return the card of the model that answers: what it is for, how good it is, what it cannot do."""
    model = office.models.current
    if not model.card:
        raise Refused(404, "The model came without a card.", "unknown-entry")
    return Response(model.card, headers={"Model": model.digest}, media_type="text/markdown; charset=utf-8")
