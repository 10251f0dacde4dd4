"""One person's story: what is known, what is recommended, what happened and was decided, in words."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

import numpy as np
from pydantic import TypeAdapter

from recommender.dataset.slices import with_people
from recommender.domain import Answer, Counterfactual, Profile, Question
from recommender.engine import Engine
from recommender.engine.exclusions import exclusions
from recommender.errors import UnknownEmployee
from recommender.explain import Language, phrase
from recommender.rankers import gather_people
from recommender.service.advice import PSEUDONYMOUS, Advice, Ready
from recommender.service.asked import Asked
from recommender.service.judging import Judging
from recommender.service.member import Member, program_title
from recommender.service.members import Members
from recommender.service.moments import Moment, moments_of
from recommender.service.views import line_of
from recommender.store.askers import Asker
from recommender.store.cases import Page
from recommender.store.corrections import Correction, list_corrections
from recommender.store.decisions import Decision, list_decisions
from recommender.store.ledger_writer import Entry
from recommender.store.objections import Objection, standing_objection
from recommender.store.people import Standing, read_people, standing_of

__all__ = ["EligibleProgram", "Moment", "Stories", "Story"]

_QUESTIONS = 3
_MOST = 1000  # decisions and corrections of one person that are shown
_KEPT = 500  # profiles with their questions that are kept in memory
_Key = tuple[str, int, str, str, str]  # pseudonym, revision, city, model, language
_ANSWER = TypeAdapter(Answer)
_CHANGES = TypeAdapter(Counterfactual)


@dataclass(frozen=True, slots=True)
class EligibleProgram:
    """A program that no rule keeps from somebody.

    Attributes
    ----------
    hours : length in JP; None where unknown.
    benefit : expected weighted gap to the position held that it closes, in levels; None where the data do not
        say what the position asks, and while an objection stands.
    """

    program_id: str
    title: str
    hours: float | None
    benefit: float | None


@dataclass(frozen=True, slots=True)
class Story:
    """All that the page of one person shows.

    Attributes
    ----------
    member : the person as lists show the person. profile : competency by competency.
    answer : what is recommended; while an objection stands an empty list with a note that says so.
    ledger_id : of the line that tells of the answer: decisions name it.
    next_position : title of the position aimed at; "" where none is known.
    history : oldest first; what has no day comes before all.
    questions : at most three assessments worth asking for; () while an objection stands.
    objection : the one that stands, open or upheld; None where none does.
    decisions : newest first. corrections : newest first.
    """

    member: Member
    profile: Profile
    answer: Answer
    ledger_id: str
    horizon: str
    next_position: str
    history: tuple[Moment, ...]
    questions: tuple[Question, ...]
    objection: Objection | None
    decisions: tuple[Decision, ...]
    corrections: tuple[Correction, ...]


@dataclass(frozen=True, slots=True)
class _Look:
    """One person as kept at one moment, and an engine whose data are this person alone."""

    standing: Standing
    ready: Ready
    rows: Mapping[str, Any]
    engine: Engine


class Stories:
    """Tells stories; every look at a person is a line in the ledger.

    Every method raises `UnknownEmployee` where nobody has the id, and `StoreUnavailable` where the store
    cannot be reached.
    """

    def __init__(self, advice: Advice, members: Members) -> None:
        self._advice, self._members = advice, members
        self._judging = Judging(advice.database)
        self._lock = threading.Lock()
        self._kept: OrderedDict[_Key, tuple[Profile, tuple[Question, ...]]] = OrderedDict()

    def story(self, employee_id: str, asked: Asked, asker: Asker) -> Story:
        """Return everything about one person; the answer's line is that of the look."""
        look = self._look(employee_id)
        reply = self._advice.recommend(employee_id, asked, asker)
        answer = _ANSWER.validate_json(reply.body)
        # In this order: an objection that comes in meanwhile is in the answer, or is seen here.
        with self._advice.database.reading() as connection:
            objection = standing_objection(connection, employee_id)
            page = Page([employee_id], limit=_MOST)
            decisions, corrections = list_decisions(connection, page), list_corrections(connection, page)
        if objection is not None and answer.recommendations:
            reply = self._advice.recommend(employee_id, asked, asker)
            answer = _ANSWER.validate_json(reply.body)
        profile, questions = self._believed(look, asked.language)
        hidden = objection is not None or look.standing.hidden
        history = moments_of(look.engine.dataset, look.rows, decisions, asked.language)
        return Story(
            self._members.of([employee_id])[0],
            profile,
            answer,
            reply.ledger_id,
            asked.horizon,
            profile.next_position,
            tuple(history),
            () if hidden else questions,
            objection,
            tuple(reversed(decisions)),
            tuple(reversed(corrections)),
        )

    def what_would_change(self, employee_id: str, language: Language, asker: Asker) -> Counterfactual:
        """Return which changes of evidence would put another program first; it takes 0.1 to 3 seconds.

        While an objection stands there is no first program: a note says so.
        """
        look = self._look(employee_id)
        if not look.standing.hidden:
            told = look.engine.counterfactual(employee_id, language)
        if look.standing.hidden or self._is_hidden(employee_id):
            note = phrase("notes", "objection", language)
            as_of = look.engine.dataset.as_of
            day = "" if np.isnat(as_of) else str(as_of)
            told = Counterfactual(employee_id, "", "", (), (note,), day, look.ready.model.digest)
        if asker.role == PSEUDONYMOUS:
            told = replace(told, employee_id=look.standing.pseudonym)
        self._tell("counterfactual", look, asker, {"language": language}, _CHANGES.dump_json(told))
        return told

    def eligible(self, employee_id: str, asker: Asker) -> tuple[EligibleProgram, ...]:
        """Return all programs that no rule keeps from a person, the best benefit first.

        While an objection stands they are told by title, without benefit.
        """
        look = self._look(employee_id)
        dataset = look.engine.dataset
        people = gather_people(dataset, look.engine.estimator, np.arange(1))
        open_ = np.flatnonzero(~np.logical_or.reduce([mask[0] for mask in exclusions(people).values()]))
        hours, benefit = dataset.programs.hours, people.aimed.by_program()[0]
        hidden = look.standing.hidden or self._is_hidden(employee_id)
        known = bool(people.have_needs[0]) and not hidden
        found = [
            EligibleProgram(
                dataset.programs.ids[row],
                program_title(dataset, row),
                None if np.isnan(hours[row]) else float(hours[row]),
                float(benefit[row]) if known else None,
            )
            for row in open_.tolist()
        ]
        listed = tuple(sorted(found, key=lambda one: (-(one.benefit or 0.0), one.title.casefold())))
        self._tell("profile", look, asker, {"programs": len(listed)}, b"")
        return listed

    def _look(self, employee_id: str) -> _Look:
        with self._advice.database.reading() as connection:
            standing = standing_of(connection, employee_id)
            if standing is None:
                raise UnknownEmployee([employee_id], [0])
            rows = read_people(connection, [employee_id])
        ready = self._advice.ready()
        norms = self._judging.with_judges(ready)
        alone = with_people(ready.city.catalogue.dataset, rows, norms)
        return _Look(standing, ready, rows, replace(ready.model.engine, dataset=alone))

    def _believed(self, look: _Look, language: Language) -> tuple[Profile, tuple[Question, ...]]:
        """Return profile and questions, as made before while nothing that they rest on has changed."""
        standing, ready = look.standing, look.ready
        key = (standing.pseudonym, standing.revision, ready.city.digest, ready.model.digest, language)
        with self._lock:
            kept = self._kept.get(key)
        if kept is None:
            id_ = standing.employee_id
            questions = look.engine.ask_next([id_], _QUESTIONS, None, language)
            kept = (look.engine.profile(id_, language), tuple(questions))
            with self._lock:
                self._kept[key] = kept
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return kept

    def _is_hidden(self, employee_id: str) -> bool:
        with self._advice.database.reading() as connection:
            return standing_objection(connection, employee_id) is not None

    def _tell(self, event: str, look: _Look, asker: Asker, detail: Mapping[str, object], told: bytes) -> None:
        line = line_of(event, asker, look.ready, look.standing.pseudonym, detail)
        digest = sha256(f"{look.standing.salt}\n".encode() + told).hexdigest() if told else ""
        self._advice.ledger.write(Entry(replace(line, result=digest)))
