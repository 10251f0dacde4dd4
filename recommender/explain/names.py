"""What competencies and positions are called to people; the id stands in where a name is missing."""

from __future__ import annotations

from recommender.dataset import Dataset
from recommender.domain import MISSING
from recommender.explain.phrases import Language, has_phrase, phrase


def competency_name(dataset: Dataset, competency: int, language: Language) -> str:
    """Return a competency's name in the language, else in the other one, else its id."""
    competencies = dataset.competencies
    names = (competencies.name_id[competency], competencies.name[competency])
    first, second = names if language == "id" else names[::-1]
    return str(first or second or competencies.ids[competency])


def position_title(dataset: Dataset, position: int) -> str:
    """Return a position's title, else its id; "" for no position."""
    positions = dataset.positions
    return "" if position == MISSING else str(positions.title[position] or positions.ids[position])


def source_name(source: str, language: Language) -> str:
    """Return what a source of assessments is called; a source of one's own keeps its name."""
    if not source:
        return phrase("sources", "unnamed", language)
    return phrase("sources", source, language) if has_phrase("sources", source) else source
