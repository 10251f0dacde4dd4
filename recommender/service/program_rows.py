"""Programs as the list shows them, and which of them are wanted, in which order."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.dataset.norms_of import program_norms
from recommender.domain import DateArray
from recommender.effects import Caution, Effects, known_effects
from recommender.effects.programs import TWO_SIDED
from recommender.engine.exclusions import closed_programs, credited_in, sessions_ahead
from recommender.explain import Language, phrase
from recommender.explain.names import competency_name
from recommender.service.findings import Finding, Findings
from recommender.service.member import program_title
from recommender.service.program_told import ProgramRow, ProgramsWanted, Taught
from recommender.store.program_counts import Ratings

_LAST = math.inf  # where what is not known stands in every order
Found = tuple[Findings | None, Mapping[str, Ratings]]  # effects that were measured, ratings by program


def program_rows(
    dataset: Dataset, estimator: CompetencyEstimator, found: Found, language: Language
) -> tuple[ProgramRow, ...]:
    """Return all programs in the catalogue's order.

    Parameters
    ----------
    dataset : the catalogue with the city's norms; of people nothing is asked.
    """
    findings, ratings = found
    programs, norms = dataset.programs, program_norms(dataset)
    least = dataset.policy.privacy.small_group
    taught = _taught(dataset, known_effects(dataset, estimator), findings or {}, language)
    closed, credited, nexts = closed_programs(dataset), credited_in(dataset), _next_sessions(dataset)
    mandated = set(dataset.mandates.program.tolist())
    return tuple(
        ProgramRow(
            program_id,
            program_title(dataset, row),
            str(programs.provider[row]),
            str(programs.form[row]),
            known(programs.hours[row]),
            known(credited[row]),
            known(programs.cost[row]),
            not closed[row],
            enough(int(norms.takers[row]), least),
            _rating(ratings.get(program_id), least),
            "" if np.isnat(nexts[row]) else str(nexts[row]),
            taught[row],
            taught[row][0] if taught[row] else None,
            row in mandated,
        )
        for row, program_id in enumerate(programs.ids)
    )


def known(value: float) -> float | None:
    """Return a number, None where it is not known."""
    return None if np.isnan(value) else float(value)


def enough(people: int, least: int) -> int | None:
    """Return a count of people that may be shown; None for a few. Nobody is no small group."""
    return people if people >= least or not people else None


def _rating(found: Ratings | None, least: int) -> float | None:
    return found.total / found.ratings if found is not None and found.people >= least else None


def _next_sessions(dataset: Dataset) -> DateArray:
    """Return the first day of each program's next session, NaT where none is ahead, shape (P,)."""
    out = np.full(len(dataset.programs.ids), np.datetime64("NaT", "D"))
    ahead = sessions_ahead(dataset)
    np.fmin.at(out, dataset.sessions.program[ahead], dataset.sessions.starts_on[ahead])
    return out


def _taught(
    dataset: Dataset, effects: Effects, findings: Findings, language: Language
) -> list[tuple[Taught, ...]]:
    """Return what each program teaches, the largest effect first."""
    found: list[list[Taught]] = [[] for _ in dataset.programs.ids]
    for outcome, program in enumerate(effects.program.tolist()):
        pair = (dataset.programs.ids[program], dataset.competencies.ids[effects.competency[outcome]])
        found[program].append(_told(dataset, effects, outcome, findings.get(pair), language))
    return [tuple(sorted(one, key=lambda taught: -taught.effect)) for one in found]


def _told(
    dataset: Dataset, effects: Effects, outcome: int, finding: Finding | None, language: Language
) -> Taught:
    competency, least = int(effects.competency[outcome]), dataset.policy.privacy.small_group
    entry, target = float(effects.entry[outcome]), float(effects.target[outcome])
    promised, share = max(target - entry, 0.0), float(effects.share[outcome])
    effect, reach = share * promised, TWO_SIDED * float(effects.share_sd[outcome]) * promised
    verdict = "unknown" if finding is None else finding.verdict
    return Taught(
        dataset.competencies.ids[competency],
        competency_name(dataset, competency, language),
        str(dataset.competencies.kind[competency]),
        entry,
        target,
        promised,
        share,
        effect,
        effect - reach if finding is None else finding.lower,
        effect + reach if finding is None else finding.upper,
        finding is not None and finding.is_own,
        None if finding is None else enough(finding.judged, least),
        None if finding is None else finding.borrowed,
        verdict,
        phrase("verdicts", verdict, language),
        () if finding is None else tuple(_warning(one, least, language) for one in finding.cautions),
    )


def _warning(caution: Caution, least: int, language: Language) -> str:
    """Return a warning in words; one that counts a few people does not say how many."""
    if 1.0 <= caution.number < least and caution.code in _COUNTS:
        return phrase("verdicts", "few", language)
    number = caution.number
    return phrase("effect_warnings", caution.code, language, count=f"{number:.0f}", share=f"{number:.0%}")


_COUNTS = ("few_people", "few_judged", "few_before", "undated")  # cautions whose number counts people


def is_wanted(wanted: ProgramsWanted) -> Callable[[ProgramRow], bool]:
    """Return what tells whether a program is among those that are wanted."""
    words = wanted.search.casefold().split()

    def tell(row: ProgramRow) -> bool:
        text = f"{row.program_id} {row.title} {row.provider}".casefold()
        return (
            all(word in text for word in words)
            and (not wanted.form or row.form == wanted.form)
            and (not wanted.competency or any(one.competency_id == wanted.competency for one in row.taught))
            and _ONLY.get(wanted.only, _of_verdict(wanted.only))(row)
        )

    return tell


def _of_verdict(verdict: str) -> Callable[[ProgramRow], bool]:
    return lambda row: any(one.verdict == verdict for one in row.taught)


_ONLY: dict[str, Callable[[ProgramRow], bool]] = {
    "": lambda _: True,
    "open": lambda row: row.is_open,
    "compulsory": lambda row: row.is_compulsory,
}

# What each order goes by, the least first; then by title.
_BY: dict[str, Callable[[ProgramRow], float | str]] = {
    "title": lambda _: 0.0,
    "hours": lambda row: _LAST if row.hours is None else row.hours,
    "cost": lambda row: _LAST if row.cost is None else row.cost,
    "takers": lambda row: _LAST if row.takers is None else -row.takers,
    "rating": lambda row: _LAST if row.rating is None else -row.rating,
    "effect": lambda row: _LAST if row.best is None else -row.best.effect,
    "session": lambda row: row.next_session or "9999-99-99",
}


def in_order(sort: str) -> Callable[[ProgramRow], tuple[float | str, str, str]]:
    """Return the key of an order; one that is not known goes by title."""
    by = _BY.get(sort, _BY["title"])
    return lambda row: (by(row), row.title.casefold(), row.program_id)
