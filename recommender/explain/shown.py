"""Which reasons are shown beside a program, where all of them would be too many."""

from __future__ import annotations

from recommender.domain import Reason, Recommendation


def main_reasons(one: Recommendation, most: int = 3) -> tuple[tuple[Reason, ...], float | None]:
    """Return the reasons to show, and what the others add together; None where there are no others.

    Gap and lot are always shown, as facts about the person and the list; of the rest, what lifted the program
    most. What is shown and what is left add up to the score.
    """
    shown = tuple(reason for reason in one.reasons if _speaks_for(reason))[:most]
    if len(shown) == len(one.reasons):
        return shown, None
    return shown, one.score - sum(reason.contribution for reason in shown)


def _speaks_for(reason: Reason) -> bool:
    return reason.kind in ("gap", "lot") or (reason.kind != "base" and reason.contribution > 0)
