"""From numbers to words: reasons whose contributions add up to the score, by template, in two languages."""

from recommender.explain.phrases import LANGUAGES, Language, phrase
from recommender.explain.picture import profile_svg
from recommender.explain.profile import describe
from recommender.explain.reasons import explain_pairs

__all__ = ["LANGUAGES", "Language", "describe", "explain_pairs", "phrase", "profile_svg"]
