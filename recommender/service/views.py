"""Other questions that are answered: a profile, the gaps of a unit, a person who is only described."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from hashlib import sha256
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from recommender.dataset import Dataset
from recommender.dataset.intake import check_rows
from recommender.dataset.slices import with_people
from recommender.domain import Profile
from recommender.engine.gaps import gaps_of
from recommender.errors import DataError, Fault, UnknownEmployee, UnknownUnit
from recommender.rankers import People, gather_people
from recommender.schema import TABLES
from recommender.service.advice import PSEUDONYMOUS, Advice, Ready, detail_of
from recommender.service.asked import Asked, Reply
from recommender.service.city import written
from recommender.service.person import Case, computed
from recommender.store.askers import Asker
from recommender.store.ledger import Line
from recommender.store.ledger_writer import Entry
from recommender.store.people import employees_of, read_people, standing_of
from recommender.store.tables import RECORDS
from recommender.store.units import units_below

_AT_ONCE = 512  # people looked at together
_SOMEBODY = "what-if"  # the id of a person who is only described
_PROFILE = TypeAdapter(Profile)


def profile(advice: Advice, employee_id: str, asked: Asked, asker: Asker) -> Reply:
    """Return what is believed of one person, as JSON; that it was looked at stands in the ledger."""
    with advice.database.reading() as connection:
        standing = standing_of(connection, employee_id)
        if standing is None:
            raise UnknownEmployee([employee_id], [0])
        rows = read_people(connection, [employee_id])
    ready = advice.ready()
    people = with_people(ready.city.catalogue.dataset, rows, ready.city.norms)
    told = replace(ready.model.engine, dataset=people).profile(employee_id, asked.language)
    shown = standing.pseudonym if asker.role == PSEUDONYMOUS else employee_id
    body = _PROFILE.dump_json(replace(told, employee_id=shown))
    digest = sha256(f"{standing.salt}\n".encode() + body).hexdigest()
    line = line_of("profile", asker, ready, standing.pseudonym, {"language": asked.language})
    written_line = advice.ledger.write(Entry(replace(line, result=digest)))
    return Reply(body, digest, written_line.ledger_id, ready.model.digest)


def unit_gaps(advice: Advice, unit_id: str, asked: Asked, asker: Asker) -> Reply:
    """Return the gaps of the people of a unit and all below it, as JSON."""
    ready = advice.ready()
    with advice.database.reading() as connection:
        units = units_below(connection, unit_id)
        ids = employees_of(connection, units)
    if not units:
        raise UnknownUnit(unit_id, list(ready.city.catalogue.known["units"]))
    portions = _portions(advice, ready, ids)
    told = gaps_of(ready.city.catalogue.dataset, portions, asked.language)
    body = written({"unit_id": unit_id, "units": len(units), **asdict(told), "model": ready.model.digest})
    digest = sha256(body).hexdigest()
    line = line_of("gaps", asker, ready, "", {"unit_id": unit_id, "people": told.people})
    written_line = advice.ledger.write(Entry(replace(line, result=digest)))
    return Reply(body, digest, written_line.ledger_id, ready.model.digest)


def what_if(advice: Advice, profile: Mapping[str, Any], asked: Asked, asker: Asker) -> Reply:
    """Return what would be recommended to a person who is described; nothing of the description is kept.

    Parameters
    ----------
    profile : the columns of `employees` (without the id), and lists of rows under the names of the tables of
        records, without the person's id.

    Raises
    ------
    DataError
        The description breaks the contract; faults name table, place in the list (+ 2), column and value.
    """
    ready = advice.ready()
    rows = _described(ready, profile)
    body, decision = computed(ready.model, ready.city, Case(_SOMEBODY, rows, _SOMEBODY), asked)
    digest = sha256(body).hexdigest()
    line = line_of("what-if", asker, ready, "", {})
    line = replace(line, result=digest, detail=detail_of(asked, decision))
    written_line = advice.ledger.write(Entry(line))
    return Reply(body, digest, written_line.ledger_id, ready.model.digest)


def line_of(event: str, asker: Asker, ready: Ready, pseudonym: str, detail: Mapping[str, object]) -> Line:
    """Return a line about a question other than for a list; `detail` holds no name and no id of a person."""
    catalogue = ready.city.catalogue
    return Line(
        event=event,
        asker=asker.id,
        role=asker.role,
        pseudonym=pseudonym,
        model=ready.model.digest,
        policy=catalogue.policy_named,
        city=ready.city.digest,
        detail=written(detail).decode(),
    )


def _portions(advice: Advice, ready: Ready, employee_ids: Sequence[str]) -> Iterator[People]:
    for start in range(0, len(employee_ids), _AT_ONCE):
        with advice.database.reading() as connection:
            rows = read_people(connection, employee_ids[start : start + _AT_ONCE])
        dataset: Dataset = with_people(ready.city.catalogue.dataset, rows, ready.city.norms)
        everybody = np.arange(len(dataset.employees.ids))
        yield gather_people(dataset, ready.model.engine.estimator, everybody)


def _described(ready: Ready, profile: Mapping[str, Any]) -> dict[str, list[tuple[object, ...]]]:
    """Return a described person's rows, checked by the same rules as all rows."""
    policy, known = ready.city.catalogue.policy, ready.city.catalogue.known
    ids = {**known, "employees": {_SOMEBODY}}
    person = {name: value for name, value in profile.items() if name not in RECORDS}
    tables: dict[str, list[Mapping[str, Any]]] = {"employees": [person]}
    tables |= {name: profile[name] for name in RECORDS if profile.get(name)}
    checked: dict[str, list[tuple[object, ...]]] = {}
    faults: list[Fault] = []
    for name, rows in tables.items():
        told = [{**row, "employee_id": _SOMEBODY} for row in rows]
        try:
            typed = check_rows(name, told, policy, ids)
        except DataError as error:
            faults += error.faults
        else:
            columns = [column.name for column in TABLES[name].columns]
            checked[name] = [tuple(row.get(column) for column in columns) for row in typed]
    if faults:
        raise DataError(faults)
    return checked
