"""The first page: where somebody's work begins."""

from __future__ import annotations

from fastapi import Response

from api.dependencies import AskerDep
from api.pages.door import page_router
from api.pages.forms import to
from api.pages.navigation import first_of

router = page_router()


@router.get("/")
def home(asker: AskerDep) -> Response:
    """Lead to where the work of the role begins."""
    return to(first_of(asker))
