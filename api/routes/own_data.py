"""All that is kept of a person, for that person (UU 27/2022 art. 7 and 13)."""

from __future__ import annotations

from typing import Any

from api.dependencies import OfficeDep, SightDep
from api.guard import guarded_router
from api.openapi import problems
from recommender.store import own_data as store

router = guarded_router("own data")


@router.get("/v1/employees/{employee_id}/own-data", responses=problems(404))
def own_data(employee_id: str, office: OfficeDep, sight: SightDep) -> dict[str, Any]:
    """Export all that is kept of a person: rows by table, lines of the ledger, the answers given."""
    person = sight.person(employee_id)
    with office.database.reading() as connection:
        return store.own_data(connection, person)
