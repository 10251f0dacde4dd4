"""How long programs are: what rankers that count by the hour divide by."""

from __future__ import annotations

import numpy as np

from recommender.dataset import Dataset
from recommender.domain import FloatArray

_LEAST = 1.0  # JP: shorter programs count as this long, so that none is endlessly good by the hour


def usual_length(dataset: Dataset) -> float:
    """Return the median length of the catalogue's programs in JP; 1 where none is known."""
    hours = dataset.programs.hours
    return max(float(np.nanmedian(hours)), _LEAST) if np.isfinite(hours).any() else _LEAST


def lengths(dataset: Dataset, usual: float) -> FloatArray:
    """Return the length of each program in JP, shape (P,), `usual` where it is unknown."""
    hours = dataset.programs.hours
    return np.maximum(np.where(np.isfinite(hours), hours, usual), _LEAST)
