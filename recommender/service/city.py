"""What every answer shares: the catalogue, the policy, and what the records of the city say in sum.

A city is made from two documents, and from nothing else: so that an answer can be made again later, the
ledger keeps these documents beside it, each once.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from recommender.dataset import Dataset
from recommender.dataset.norms import Norms, ProgramNorms, ReviewNorms, leaning_means, review_norms_from
from recommender.dataset.slices import catalogue_of
from recommender.domain import MISSING, FloatArray, IntArray
from recommender.policy import Policy, policy_of
from recommender.schema import TABLES
from recommender.store.contents import Content
from recommender.store.people import Connection, read_catalogue, read_named, read_policy
from recommender.store.sums import Sums, read_sums

_MANAGER = [column.name for column in TABLES["units"].columns].index("manager_id")
NAMED_ELSEWHERE = ("competencies", "positions", "units")


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything but people.

    Attributes
    ----------
    dataset : the catalogue as a dataset without people.
    known : ids by table: what records may refer to.
    content : the document that it was made from.
    revision : the store's counter when it was read.
    """

    dataset: Dataset
    known: Mapping[str, frozenset[str]]
    content: Content
    revision: int
    policy_named: str

    @property
    def policy(self) -> Policy:
        """The policy it follows; `policy_named` is its name, version and digest, as the ledger keeps them."""
        return self.dataset.policy


@dataclass(frozen=True, slots=True)
class City:
    """The catalogue, and what all records say of it; `digest` names both."""

    catalogue: Catalogue
    norms: Norms
    content: Content
    revision: int

    @property
    def digest(self) -> str:
        """The digests of both documents, joined by a full stop."""
        return f"{self.catalogue.content.digest}.{self.content.digest}"


def read_catalogue_now(connection: Connection, revision: int) -> Catalogue:
    """Return the catalogue as it is kept now."""
    tables = read_catalogue(connection)
    # No answer asks who manages a unit, and a document of the catalogue should name nobody.
    tables["units"] = [
        tuple(None if at == _MANAGER else cell for at, cell in enumerate(row)) for row in tables["units"]
    ]
    named = {name: read_named(connection, name) for name in NAMED_ELSEWHERE if not tables[name]}
    return catalogue_from(
        written({"policy": read_policy(connection), "tables": tables, "named": named}), revision
    )


def catalogue_from(document: bytes, revision: int = 0) -> Catalogue:
    """Return the catalogue that a document describes."""
    told = json.loads(document)
    dataset = catalogue_of(policy_of(told["policy"]), told["tables"], told["named"])
    known = {name: frozenset(getattr(dataset, name).ids) for name in ("programs", *NAMED_ELSEWHERE)}
    return Catalogue(dataset, known, Content("catalogue", document), revision, _named(dataset.policy))


def _named(policy: Policy) -> str:
    values = policy.model_dump_json(exclude={"sources"})
    return f"{policy.name} {policy.version} {sha256(values.encode()).hexdigest()[:16]}"


def read_city_now(connection: Connection, catalogue: Catalogue, revision: int) -> City:
    """Return the city as its records are now, with a catalogue that was read before."""
    return city_from(catalogue, written(asdict(read_sums(connection))), revision)


def city_from(catalogue: Catalogue, document: bytes, revision: int = 0) -> City:
    """Return the city that a catalogue and a document of sums describe."""
    sums = Sums(**json.loads(document))
    return City(catalogue, _norms(catalogue.dataset, sums), Content("sums", document), revision)


def written(told: object) -> bytes:
    """Return a document: JSON in which the same content always has the same bytes."""
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"), default=str).encode()


def _norms(dataset: Dataset, sums: Sums) -> Norms:
    latest = np.datetime64(sums.latest or "NaT", "D")
    return Norms(
        latest, _programs(dataset, sums), _reviews(dataset, sums), _known_facts(dataset, sums, latest)
    )


def _programs(dataset: Dataset, sums: Sums) -> ProgramNorms:
    programs, positions = dataset.programs.ids, dataset.positions.ids
    columns = list(zip(*sums.programs, strict=True)) or [()] * 8
    row = programs.rows(columns[0])

    def placed(values: Sequence[Any]) -> FloatArray:
        out = np.zeros(len(programs))
        out[row] = [value or 0.0 for value in values]
        return out

    begun, completed, takers, score, scored, gain, gained = (placed(column) for column in columns[1:])
    rating, rated = np.zeros((2, len(programs)))
    for program, total, count in sums.ratings:
        rating[programs.row(program)], rated[programs.row(program)] = total, count
    by_position = np.zeros((len(positions), len(programs)), dtype=np.int64)
    for position, program, people in sums.takers:
        if (at := positions.row(position)) != MISSING:
            by_position[at, programs.row(program)] = people
    return ProgramNorms(
        leaning_means(completed, begun),
        leaning_means(score, scored),
        leaning_means(gain, gained),
        leaning_means(rating, rated),
        begun.astype(np.int64),
        completed.astype(np.int64),
        takers.astype(np.int64),
        by_position,
    )


def _reviews(dataset: Dataset, sums: Sums) -> ReviewNorms:
    words = dataset.policy.performance
    ratings = {word.casefold(): number for word, number in words.ratings.items()}
    predicates = {word.casefold(): number for word, number in words.predicates.items()}
    found: list[tuple[int, int, int, float, int]] = []
    for unit, period, score, predicate, result, behaviour, count in sums.reviews:
        told = _value_of(
            score,
            predicates.get(_folded(predicate)),
            ratings.get(_folded(result)),
            ratings.get(_folded(behaviour)),
        )
        if told is not None:
            day = int(np.datetime64(period or "NaT", "D").astype(np.int64))
            found.append((dataset.units.ids.row(unit or ""), day, *told, count))
    if not found:
        return ReviewNorms(np.empty((0, 3), dtype=np.int64), np.empty(0), np.empty(0))
    units, days, kinds, values, counts = zip(*found, strict=True)
    key: IntArray = np.array([units, days, kinds], dtype=np.int64).T
    return review_norms_from(key, np.array(values, dtype=float), np.array(counts))


def _value_of(
    score: float | None, predicate: float | None, result: float | None, behaviour: float | None
) -> tuple[int, float] | None:
    """Return kind and value of a review, as `dataset/norms.py` reads one: words, predicate or score."""
    if result is not None and behaviour is not None:
        return 2, (result + behaviour) / 2.0
    if predicate is not None:
        return 1, predicate
    return None if score is None else (0, score)


def _folded(word: str | None) -> str:
    return (word or "").casefold()


def _known_facts(dataset: Dataset, sums: Sums, latest: np.datetime64) -> frozenset[str]:
    dated = not np.isnat(latest)
    held = dataset.positions.ids.rows(sums.positions_held)
    known = {
        "tier": bool((np.append(dataset.positions.tier, "")[held] != "").any()),
        "employment_type": sums.known["employment_type"],
        "grade": sums.known["grade"],
        "service": sums.known["service"] and dated,
        "retirement": sums.known["retirement"] and dated,
    }
    return frozenset(fact for fact, is_known in known.items() if is_known)
