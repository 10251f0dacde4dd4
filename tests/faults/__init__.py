"""Faults that a service must live through: short in `make test`, at full length in `make soak` (SOAK=1)."""

from __future__ import annotations

import os

SOAK = os.environ.get("SOAK", "") not in ("", "0")
