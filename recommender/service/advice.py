"""What is recommended to people: fresh or as given before, never without a line in the ledger.

An answer makes one trip: where the person stands (one look into the store), the answer that was given before
or a fresh one, a line in the ledger, and out. People are answered one by one, also those of a list: so the
same documents give the same bytes when the ledger is asked again (`replay.py`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from recommender.bundle import bundle_key
from recommender.domain import Decision
from recommender.errors import BundleError, UnknownEmployee
from recommender.service.asked import Asked, Reply
from recommender.service.city import Catalogue, City, written
from recommender.service.freshness import CityInHand
from recommender.service.models import LoadedModel, ServedModel
from recommender.service.person import Case, Model, computed
from recommender.service.remembered import Given, Remembered
from recommender.store.askers import Asker
from recommender.store.contents import Content
from recommender.store.database import Database
from recommender.store.ledger import Line
from recommender.store.ledger_writer import Entry, LedgerWriter
from recommender.store.people import Standing, read_people, standing_of, standings_of

PSEUDONYMOUS = "data-scientist"  # the role that knows people by their pseudonyms alone
_AT_ONCE = 64  # answers whose lines are written together


@dataclass(frozen=True, slots=True)
class Ready:
    """A model and a city that belong together while one question is answered."""

    model: Model
    city: City


class Advice:
    """Answers people from what is kept of them, the city in hand and the model in use."""

    def __init__(
        self, database: Database, models: ServedModel, city: CityInHand, ledger: LedgerWriter
    ) -> None:
        self.database, self._models, self._city, self.ledger = database, models, city, ledger
        self._remembered = Remembered()
        self._bound: tuple[tuple[str, str], Model] | None = None

    def ready(self) -> Ready:
        """Return the model and the city of this moment."""
        city = self._city.now()
        return Ready(self._model_for(city.catalogue), city)

    def recommend(self, employee_id: str, asked: Asked, asker: Asker) -> Reply:
        """Return what is recommended to one person.

        Raises
        ------
        UnknownEmployee, StoreUnavailable
            Nobody has this id; the store cannot be reached.
        """
        with self.database.reading() as connection:
            standing = standing_of(connection, employee_id)
        if standing is None:
            raise UnknownEmployee([employee_id], [0])
        city = self._city.at(standing.catalogue, standing.records)
        ready = Ready(self._model_for(city.catalogue), city)
        given = self._given(ready, standing, asked, asker)
        line = self.ledger.write(_entry(given, ready, standing, asker))
        return Reply(given.body, given.result.digest, line.ledger_id, ready.model.digest)

    def recommend_many(self, employee_ids: Sequence[str], asked: Asked, asker: Asker) -> Reply:
        """Return what is recommended to each person of a list, as {"items": [...]}, in its order.

        Raises
        ------
        UnknownEmployee, StoreUnavailable
            Nobody has some of the ids, all of which are named; the store cannot be reached.
        """
        ready = self.ready()
        self._standings(employee_ids)  # names all unknown ids by their places in this very list
        body_of = dict(self.each(ready, list(dict.fromkeys(employee_ids)), asked, asker))
        body = b'{"items":[' + b",".join(body_of[one] for one in employee_ids) + b"]}"
        return Reply(body, sha256(body).hexdigest(), "", ready.model.digest)

    def each(
        self, ready: Ready, employee_ids: Sequence[str], asked: Asked, asker: Asker
    ) -> Iterator[tuple[str, bytes]]:
        """Yield each person's id and the body of the answer, as `replies`."""
        for employee_id, reply in self.replies(ready, employee_ids, asked, asker):
            yield employee_id, reply.body

    def replies(
        self, ready: Ready, employee_ids: Sequence[str], asked: Asked, asker: Asker
    ) -> Iterator[tuple[str, Reply]]:
        """Yield each person's id and answer; a portion goes out when its lines are in the ledger.

        Raises
        ------
        UnknownEmployee
            Nobody has some of the ids; all of them are named, before anybody is answered.
        """
        standings = self._standings(employee_ids)
        for start in range(0, len(employee_ids), _AT_ONCE):
            some = [standings[one] for one in employee_ids[start : start + _AT_ONCE]]
            given = [self._given(ready, one, asked, asker) for one in some]
            entries = [_entry(one, ready, standing, asker) for one, standing in zip(given, some, strict=True)]
            lines = self.ledger.write_many(entries)
            for standing, one, line in zip(some, given, lines, strict=True):
                reply = Reply(one.body, one.result.digest, line.ledger_id, ready.model.digest)
                yield standing.employee_id, reply

    def _standings(self, employee_ids: Sequence[str]) -> dict[str, Standing]:
        with self.database.reading() as connection:
            standings = standings_of(connection, employee_ids)
        missing = [place for place, one in enumerate(employee_ids) if one not in standings]
        if missing:
            raise UnknownEmployee(employee_ids, missing)
        return standings

    def _model_for(self, catalogue: Catalogue) -> Model:
        """Return the model in use, answering from a catalogue; made once for both."""
        loaded, kept = self._models.current, self._bound
        name = (loaded.digest, catalogue.content.digest)
        if kept is None or kept[0] != name:
            kept = (name, bound(loaded, catalogue))
            self._bound = kept
        return kept[1]

    def _given(self, ready: Ready, standing: Standing, asked: Asked, asker: Asker) -> Given:
        """Return what was answered while nothing has changed since, else a fresh answer."""
        by_pseudonym = asker.role == PSEUDONYMOUS
        rests_on = (ready.city.digest, ready.model.digest, asked, by_pseudonym)
        key = (standing.pseudonym, standing.revision, standing.hidden, *rests_on)
        given = self._remembered.get(key)
        if given is None:
            # Read after the revision: a record that comes in between makes the answer fresher, never older.
            with self.database.reading() as connection:
                rows = read_people(connection, [standing.employee_id])
            shown = standing.pseudonym if by_pseudonym else standing.employee_id
            given = _answered(
                ready, standing, Case(standing.employee_id, rows, shown, standing.hidden), asked
            )
            self._remembered.keep(key, given)
        return given


def _answered(ready: Ready, standing: Standing, case: Case, asked: Asked) -> Given:
    body, decision = computed(ready.model, ready.city, case, asked)
    whose = (standing.salt, standing.pseudonym)
    inputs = Content("person", written(case.document()), *whose)
    return Given(body, inputs, Content("result", body, *whose), detail_of(asked, decision))


def detail_of(asked: Asked, decision: Decision) -> str:
    """Return the question and chance's part in the answer, as the ledger keeps them: JSON."""
    told: dict[str, object] = {
        "limit": asked.limit,
        "language": asked.language,
        "horizon": asked.horizon,
        "as_of": decision.answer.as_of,
        "ranker": decision.answer.ranker,
        "programs": [one.program_id for one in decision.answer.recommendations],
    }
    if decision.share:
        told |= {"share": decision.share, "propensities": decision.propensities}
        told |= {"candidates": decision.candidates}
    return written(told).decode()


def _entry(given: Given, ready: Ready, standing: Standing, asker: Asker) -> Entry:
    line = Line(
        event="answer",
        asker=asker.id,
        role=asker.role,
        pseudonym=standing.pseudonym,
        model=ready.model.digest,
        policy=ready.city.catalogue.policy_named,
        city=ready.city.digest,
        inputs=given.inputs.digest,
        result=given.result.digest,
        detail=given.detail,
    )
    return Entry(line, (given.inputs, given.result, ready.city.catalogue.content, ready.city.content))


def bound(loaded: LoadedModel, catalogue: Catalogue) -> Model:
    """Return a model that answers from a catalogue.

    Raises
    ------
    BundleError
        The key of the bundle is not at hand.
    """
    key = loaded.engine.people_key or bundle_key(loaded.folder.parent)
    if key is None:
        raise BundleError(f"the key of {loaded.folder} is not beside it any more; restore it.")
    return Model(loaded.engine.with_data(catalogue.dataset), key)
