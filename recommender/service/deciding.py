"""Decisions of people who saw a page: about what was suggested, or for reasons of their own.

A program is accepted without a word only where the answer that suggests it is named. Whatever else somebody
puts into a plan takes a reason, and nothing is put there that a rule keeps from the person.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from recommender.dataset.slices import with_people
from recommender.domain import MISSING
from recommender.engine.exclusions import exclusions
from recommender.errors import DataError, Fault, ProgramKeptOut
from recommender.rankers import gather_people
from recommender.service.advice import Advice
from recommender.store.askers import Asker
from recommender.store.cases import require_one_of
from recommender.store.decisions import Choice, decide
from recommender.store.people import read_people

VERDICTS = ("accept", "decline")  # that something was done is told by records
_ACCEPT = VERDICTS[0]


def decide_all(advice: Advice, choices: Sequence[tuple[str, Choice]], asker: Asker) -> None:
    """Keep what was decided about people, each with a choice: all of it or nothing.

    Raises
    ------
    DataError
        A choice cannot be (`store.decisions.decide`), its verdict is none of `VERDICTS`, or a program that
        was not suggested is accepted without a reason.
    ProgramKeptOut
        A rule keeps a program that is accepted from the person.
    ObjectionStands
        A suggestion is decided on while an objection of the person stands.
    UnknownEmployee
        There is no such person.
    """
    for _, choice in choices:
        require_one_of("decisions", "verdict", choice.verdict, VERDICTS)
        _require_reason(choice)
    accepted = [(person, one.program_id) for person, one in choices if one.verdict == _ACCEPT]
    _require_open(advice, accepted)
    with advice.database.writing() as connection:
        for person, choice in sorted(choices, key=lambda one: one[0]):  # as all who lock people
            decide(connection, person, choice, asker)


def _require_reason(choice: Choice) -> None:
    if choice.verdict == _ACCEPT and not choice.ledger_id and not (choice.reason or "").strip():
        problem = "is empty, but the program was not suggested."
        raise DataError([Fault("decisions", 2, "reason", choice.reason, problem, "Say why.")])


def _require_open(advice: Advice, accepted: Sequence[tuple[str, str]]) -> None:
    """Refuse programs that a rule keeps from people; whom or what the data do not know is passed over."""
    ready = advice.ready()
    with advice.database.reading() as connection:
        rows = read_people(connection, list(dict.fromkeys(person for person, _ in accepted)))
    dataset = with_people(ready.city.catalogue.dataset, rows, ready.city.norms)
    people, programs = dataset.employees.ids, dataset.programs.ids
    known = [
        (person, program)
        for person, program in accepted
        if MISSING not in (people.row(person), programs.row(program))
    ]
    if not known:
        return
    masks = exclusions(gather_people(dataset, ready.model.engine.estimator, np.arange(len(people))))
    for person, program in known:
        for code, mask in masks.items():
            if mask[people.row(person), programs.row(program)]:
                raise ProgramKeptOut(person, program, code)
