"""Where each role may go, in the order of the menu. A new page for the menu is one line here."""

from __future__ import annotations

from api.access import Reach, rule_of
from recommender.store.askers import Asker

# key of its name in the catalogue ("menu.<key>"), operation that must be open to the role, address
MENU = (
    ("city", "city_page", "/city"),
    ("team", "team_page", "/team"),
    ("plan", "team_plan_page", "/team/plan"),
    ("programs", "programs_page", "/programs"),
    ("cases", "cases_page", "/cases"),
    ("model", "model_page", "/model"),
    ("me", "me_page", "/me"),
)

_FIRST = {
    "data-scientist": "/model",
    "employee": "/me",
}  # where the work of a role begins, if not at its first entry


def first_of(asker: Asker) -> str:
    """Return the address at which somebody's work begins."""
    return _FIRST.get(asker.role) or menu_of(asker)[0][1]


def menu_of(asker: Asker) -> list[tuple[str, str]]:
    """Return the entries that somebody may open: key and address."""
    return [(key, path) for key, operation, path in MENU if is_open(operation, asker)]


def is_open(operation: str, asker: Asker) -> bool:
    """Return whether somebody may open a page; one about oneself takes somebody who is an employee."""
    reach = rule_of(operation).reach(asker)
    if operation == "me_page":
        return reach is not Reach.NOBODY and bool(asker.employee_id)
    return reach is not Reach.NOBODY
