"""What goes in and out, as the caller sees it; the contract's rows as in `recommender/schema.py`."""

from __future__ import annotations

from api.schemas.problems import FieldProblem, Problem

__all__ = ["FieldProblem", "Problem"]
