"""Every look at a plan stands in the ledger: who looked, at whose plan of which year; nobody's id."""

from __future__ import annotations

from collections.abc import Mapping

from recommender.service.advice import Ready
from recommender.service.members import Members
from recommender.service.views import line_of
from recommender.store.askers import Asker
from recommender.store.ledger_writer import Entry

EVENT = "plan-view"


def tell_look(
    members: Members, ready: Ready, asker: Asker, detail: Mapping[str, object], pseudonym: str = ""
) -> None:
    """Write the line of a look at a plan.

    Parameters
    ----------
    detail : unit, year and number of people, or the id of an approved plan.
    pseudonym : of the one person whose plan it is; "" for the plan of a unit.
    """
    members.advice.ledger.write(Entry(line_of(EVENT, asker, ready, pseudonym, detail)))
