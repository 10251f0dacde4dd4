"""Competency-based course recommendation: from tables to ranked, explained recommendations.

>>> from recommender import Dataset, load_bundle  # doctest: +SKIP
>>> load_bundle("models/current").recommend("E00042", n=5)  # doctest: +SKIP
"""

from recommender.bundle import load_bundle
from recommender.dataset import Dataset
from recommender.engine import Engine

__all__ = ["Dataset", "Engine", "load_bundle"]
