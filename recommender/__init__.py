"""Competency-based course recommendation: from tables to ranked, explained recommendations.

>>> from recommender import Dataset, load_bundle  # doctest: +SKIP
>>> load_bundle("models/current").recommend("E00042", n=5)  # doctest: +SKIP
"""

from importlib.metadata import version

from recommender.bundle import load_bundle
from recommender.dataset import Dataset
from recommender.engine import Engine

__version__ = version("course-recommender")
__all__ = ["Dataset", "Engine", "load_bundle"]
