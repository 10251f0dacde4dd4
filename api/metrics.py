"""Figures for Prometheus: how much is asked, how long answers take, which model gives them.

With several workers each writes its figures into a shared folder, which the variable
`PROMETHEUS_MULTIPROC_DIR` names (`__main__.py` sets it before any worker begins), and whichever of them is
asked adds them up.
"""

from __future__ import annotations

import os

from prometheus_client import (
    CONTENT_TYPE_LATEST,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
)
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.process_collector import ProcessCollector

SHARED_FOLDER = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = CONTENT_TYPE_LATEST
NO_ROUTE = "none"  # one label for all paths that lead nowhere: callers choose those
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48)


class Metrics:
    """The figures of one app."""

    def __init__(self) -> None:
        # A registry of our own: two apps in one process, as in tests, do not count into each other.
        self.registry = CollectorRegistry()
        labels = ("method", "route", "status")
        self._requests = Counter("recommender_requests", "Requests answered.", labels, registry=self.registry)
        self._seconds = Histogram(
            "recommender_request_seconds",
            "Time from the request's head to the answer's end.",
            ("method", "route"),
            buckets=_SECONDS,
            registry=self.registry,
        )
        self.in_flight = Gauge(
            "recommender_requests_in_flight",
            "Requests being answered.",
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._model = Gauge(
            "recommender_model_workers",
            "Workers that answer with this model.",
            ("digest",),
            registry=self.registry,
            multiprocess_mode="livesum",
        )
        self._reloads = Counter(
            "recommender_model_reloads", "Changed bundles, by outcome.", ("outcome",), registry=self.registry
        )
        for outcome in ("taken", "refused"):
            self._reloads.labels(outcome)
        self._digest = ""

    def answered(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer."""
        method = method if method in _METHODS else "other"
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)

    def serves(self, digest: str) -> None:
        """Note which model this worker answers with."""
        if self._digest:
            self._model.labels(self._digest).set(0)
        self._digest = digest
        self._model.labels(digest).set(1)

    def reloaded(self, taken: bool) -> None:
        """Count a bundle that changed."""
        self._reloads.labels("taken" if taken else "refused").inc()

    def page(self) -> bytes:
        """Return all figures in Prometheus' text format, of all workers together."""
        if SHARED_FOLDER not in os.environ:
            return generate_latest(self.registry)
        together = CollectorRegistry()
        MultiProcessCollector(together)  # type: ignore[no-untyped-call]
        return generate_latest(together)

    def of_process(self) -> None:
        """Tell of the process too: memory, processor time, open files. Once per process."""
        if SHARED_FOLDER not in os.environ:
            ProcessCollector(registry=self.registry)
