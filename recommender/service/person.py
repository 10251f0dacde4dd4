"""One person's records as a document, and what the engine says of them.

Replaying an answer calls `computed` with the documents that the ledger kept: the same function, the same
bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from pydantic import TypeAdapter

from recommender.dataset.slices import with_people
from recommender.domain import Answer, Decision
from recommender.engine import Engine, PeopleKey
from recommender.explain import phrase
from recommender.service.asked import Asked
from recommender.service.city import City

_ANSWER = TypeAdapter(Answer)


@dataclass(frozen=True, slots=True)
class Model:
    """A bundle's engine, and the key by which its lots know people."""

    engine: Engine
    key: PeopleKey

    @property
    def digest(self) -> str:
        """The digest of the bundle."""
        return self.engine.digest


@dataclass(frozen=True, slots=True)
class Case:
    """Whom an answer is about, and what the ledger calls the person.

    Attributes
    ----------
    rows : what is kept of the person, by table, in the contract's order of columns.
    shown : the id that the answer carries: the person's, or the pseudonym.
    hidden : whether an objection keeps the list back.
    """

    employee_id: str
    rows: Mapping[str, Any]
    shown: str
    hidden: bool = False

    def document(self) -> dict[str, Any]:
        """Return what makes the case again."""
        return {
            "employee_id": self.employee_id,
            "rows": self.rows,
            "shown": self.shown,
            "hidden": self.hidden,
        }


def case_from(document: bytes) -> Case:
    """Return the case that a document describes."""
    return Case(**json.loads(document))


def computed(model: Model, city: City, case: Case, asked: Asked) -> tuple[bytes, Decision]:
    """Return the answer to one person as it goes out, and the decision behind it."""
    people = with_people(city.catalogue.dataset, case.rows, city.norms)
    engine = replace(model.engine, dataset=people)
    if case.hidden:
        decision = _withheld(case, asked, engine)
    else:
        wanted = (asked.limit, asked.language, asked.horizon)
        decision = engine.decide([case.employee_id], model.key, *wanted)[0]
    shown = replace(decision.answer, employee_id=case.shown)
    return _ANSWER.dump_json(shown), replace(decision, answer=shown)


def _withheld(case: Case, asked: Asked, engine: Engine) -> Decision:
    """Return an empty list that says why: the person objected, and a named human has not decided."""
    note = phrase("notes", "objection", asked.language)
    as_of = engine.dataset.as_of
    day = "" if str(as_of) == "NaT" else str(as_of)
    answer = Answer(case.shown, (), "none", (note,), {}, day, engine.digest)
    return Decision(answer, asked.limit, 0.0, (), ())
