"""What happened to one person, day by day: trainings, assessments, reviews and decisions, in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from recommender.dataset import Dataset
from recommender.domain import MISSING
from recommender.explain import Language, decimal, phrase
from recommender.explain.names import competency_name, source_name
from recommender.schema import TABLES
from recommender.service.member import program_title
from recommender.store.decisions import Decision

_Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened.

    Attributes
    ----------
    day : ISO; "" where it has none.
    id : of the program, the competency or the decision; "" for a review.
    """

    day: str
    kind: Literal["training", "assessment", "review", "decision"]
    title: str
    detail: str
    id: str


def moments_of(
    dataset: Dataset, rows: Mapping[str, Any], decisions: Iterable[Decision], language: Language
) -> list[Moment]:
    """Return what happened to one person, the oldest first; what has no day comes before all.

    Parameters
    ----------
    rows : of the person, by table, in the contract's order of columns. Who judged and what was said of
        programs is not told: a peer's judgement stays the peer's.
    """
    teller = _Teller(dataset, language)
    found = [
        *map(teller.training, _named("training_records", rows)),
        *map(teller.assessment, _named("assessments", rows)),
        *map(teller.review, _named("performance_reviews", rows)),
        *map(teller.decision, decisions),
    ]
    return sorted(found, key=lambda moment: moment.day)


def _named(table: str, rows: Mapping[str, Sequence[Sequence[Any]]]) -> Iterator[_Row]:
    columns = [column.name for column in TABLES[table].columns]
    for row in rows.get(table, ()):
        yield dict(zip(columns, row, strict=True))


@dataclass(frozen=True, slots=True)
class _Teller:
    dataset: Dataset
    language: Language

    def training(self, row: _Row) -> Moment:
        parts = [self._say(row["status"] or "completed")]
        if row["hours"] is not None:
            parts.append(self._say("hours", hours=self._plain(row["hours"])))
        if row["pre_score"] is not None and row["post_score"] is not None:
            before, after = self._plain(row["pre_score"]), self._plain(row["post_score"])
            parts.append(self._say("tests", before=before, after=after))
        if row["score"] is not None:
            parts.append(self._say("score", score=self._plain(row["score"])))
        day = _day(row["completed_on"] or row["started_on"])
        return Moment(day, "training", self._title(row["program_id"]), ", ".join(parts), row["program_id"])

    def assessment(self, row: _Row) -> Moment:
        id_ = row["competency_id"]
        at = self.dataset.competencies.ids.row(id_)
        name = id_ if at == MISSING else competency_name(self.dataset, at, self.language)
        source = source_name((row["source"] or "").strip().casefold(), self.language)
        detail = self._say("judged", level=self._plain(row["level"]), source=source)
        return Moment(_day(row["assessed_on"]), "assessment", name, detail, id_)

    def review(self, row: _Row) -> Moment:
        told = ("result_rating", "behaviour_rating", "predicate", "score")
        known = [name for name in told if row[name] is not None]
        parts = [self._say(f"review_{name}", said=self._plain(row[name])) for name in known]
        return Moment(_day(row["period_end"]), "review", self._say("review"), ", ".join(parts), "")

    def decision(self, made: Decision) -> Moment:
        detail = self._say(made.verdict, by=made.decided_by)
        if made.reason:
            detail = self._say("reason", what=detail, reason=made.reason)
        title = self._title(made.program_id)
        return Moment(made.decided_at[:10], "decision", title, detail, made.decision_id)

    def _title(self, program_id: str) -> str:
        at = self.dataset.programs.ids.row(program_id)
        return program_id if at == MISSING else program_title(self.dataset, at)

    def _plain(self, value: object) -> str:
        return decimal(f"{value:g}", self.language) if isinstance(value, float) else str(value)

    def _say(self, name: str, **fields: object) -> str:
        return phrase("moments", name, self.language, **fields)


def _day(day: object) -> str:
    return "" if day is None else str(day)
