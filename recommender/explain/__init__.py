"""From numbers to words: reasons whose contributions add up to the score, by template, in two languages."""

from recommender.explain.findings import VERDICTS, Verdict, lessons, outcome_name, verdicts, warnings_in
from recommender.explain.forest import forest_svg
from recommender.explain.phrases import LANGUAGES, Language, phrase
from recommender.explain.picture import profile_svg
from recommender.explain.profile import describe
from recommender.explain.reasons import explain_pairs

__all__ = [
    "LANGUAGES",
    "VERDICTS",
    "Language",
    "Verdict",
    "describe",
    "explain_pairs",
    "forest_svg",
    "lessons",
    "outcome_name",
    "phrase",
    "profile_svg",
    "verdicts",
    "warnings_in",
]
