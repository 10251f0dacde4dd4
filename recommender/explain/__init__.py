"""From numbers to words: reasons whose contributions add up to the score, by template, in two languages."""

from recommender.explain.bars import Bar, Heading, bars_svg
from recommender.explain.findings import VERDICTS, Verdict, lessons, outcome_name, verdicts, warnings_in
from recommender.explain.forest import forest_svg
from recommender.explain.phrases import LANGUAGES, Language, decimal, phrase
from recommender.explain.picture import profile_svg
from recommender.explain.profile import describe
from recommender.explain.reasons import explain_pairs
from recommender.explain.shown import main_reasons
from recommender.explain.timeline import Event, EventKind, timeline_svg

__all__ = [
    "LANGUAGES",
    "VERDICTS",
    "Bar",
    "Event",
    "EventKind",
    "Heading",
    "Language",
    "Verdict",
    "bars_svg",
    "decimal",
    "describe",
    "explain_pairs",
    "forest_svg",
    "lessons",
    "main_reasons",
    "outcome_name",
    "phrase",
    "profile_svg",
    "timeline_svg",
    "verdicts",
    "warnings_in",
]
