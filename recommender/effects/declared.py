"""What programs declare that they teach: an effect is asked for and measured only where something is."""

from __future__ import annotations

import numpy as np

from recommender.dataset import Dataset
from recommender.domain import MISSING, Vocabulary
from recommender.errors import RecommenderError, UndeclaredOutcome


def check_declared(dataset: Dataset, program: str | None, competency: str | None) -> None:
    """Refuse a program or a competency of which nothing can have been measured; None = not asked for.

    Raises
    ------
    RecommenderError
        The data know no such id, or nothing is declared of it.
    UndeclaredOutcome
        The program does not declare that it teaches the competency.
    """
    declared = ~np.isnan(dataset.programs.target)
    row = _row(dataset.programs.ids, program, "program")
    column = _row(dataset.competencies.ids, competency, "competency")
    if program is not None and competency is not None and not declared[row, column]:
        mine = [dataset.competencies.ids[one] for one in np.flatnonzero(declared[row])]
        raise UndeclaredOutcome(program, competency, mine)
    if program is not None and not declared[row].any():
        raise RecommenderError(
            f"program {program!r} does not declare what it teaches, so nothing was measured. Add rows to "
            "program_outcomes with the target level."
        )
    if competency is not None and not declared[:, column].any():
        raise RecommenderError(
            f"no program declares that it teaches {competency!r}, so nothing was measured. Add rows to "
            "program_outcomes with the target level."
        )


def _row(ids: Vocabulary, wanted: str | None, what: str) -> int:
    if wanted is None:
        return MISSING
    if wanted not in ids:
        some = ", ".join(ids[:5]) + (" and more" if len(ids) > 5 else "")
        raise RecommenderError(
            f"no {what} {wanted!r} in the data; its ids are {some or 'not given'}; leading zeros count."
        )
    return ids.row(wanted)
