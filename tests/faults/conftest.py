from __future__ import annotations

from tests.api.conftest import city, current, dataset, engine, ids, keys, own_city, server, started
from tests.databases import postgresql

__all__ = [
    "city",
    "current",
    "dataset",
    "engine",
    "ids",
    "keys",
    "own_city",
    "postgresql",
    "server",
    "started",
]
