"""Competency-based course recommendation: from tables to ranked, explained recommendations.

>>> from recommender import Dataset, load_bundle  # doctest: +SKIP
>>> load_bundle("models/current").recommend("E00042", n=5)  # doctest: +SKIP
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version


@contextmanager
def _taken_for_absent(*libraries: str) -> Iterator[None]:
    """Let what is imported inside do without these libraries, unless they are loaded already."""
    hidden = [name for name in libraries if name not in sys.modules]
    sys.modules.update(dict.fromkeys(hidden))  # type: ignore[arg-type]
    try:
        yield
    finally:
        for name in hidden:
            del sys.modules[name]


# scikit-learn and LightGBM take tables too, and so load pandas and dask where these are installed. They are
# given arrays here, and the tables would cost a server a third of a second and 40 MB.
with _taken_for_absent("pandas", "dask"):
    from recommender.bundle import load_bundle
    from recommender.dataset import Dataset
    from recommender.engine import Engine

__version__ = version("course-recommender")
__all__ = ["Dataset", "Engine", "load_bundle"]
