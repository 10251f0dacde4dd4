"""What the service says when its model is replaced."""

from __future__ import annotations

from fastapi import FastAPI

from recommender.service.models import ModelEvent


def watch_model(app: FastAPI) -> None:
    """Let the office look for a new bundle, and tell log and figures what became of it."""
    log, metrics = app.state.log, app.state.metrics

    def told(event: ModelEvent) -> None:
        metrics.reloaded(not event.fault)
        metrics.serves(event.digest)
        if event.fault:
            log.error("bundle refused, the old one goes on", model=event.digest, fault=event.fault)
        else:
            log.info("bundle taken up", model=event.digest)

    app.state.office.models.watch(app.state.settings.reload_seconds, told)
