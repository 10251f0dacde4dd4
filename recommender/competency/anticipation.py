"""How far beliefs would move if a person were judged: what an assessment is worth before it is made.

If a source judges competency c, its reading has variance S before it is seen, and the mean of level d will
move by Cov(level d, reading) / S times the surprise; seen from today the move is normal with deviation

    move(c, d) = Cov(level d, reading c) / sqrt(S)

and the variance of level d falls by its square (Raiffa & Schlaifer, Applied Statistical Decision Theory,
1961, on preposterior analysis).
"""

from __future__ import annotations

import numpy as np

from recommender.competency.filter import Levels
from recommender.competency.model import Parameters
from recommender.domain import FloatArray


def moves(levels: Levels, parameters: Parameters, source: int) -> FloatArray:
    """Return how far a judgement by a source would move each mean, in levels, shape (n, C judged, C)."""
    response = parameters.response[source]
    loading = response * levels.slope
    habit = np.hypot(parameters.habit[source], parameters.severity[source])
    loading[:, :, parameters.loading.shape[1] + source] += habit
    shared = np.einsum("nik,nkl->nil", loading, levels.factors)
    own = response**2 * levels.own_variance + parameters.noise[source]
    total = np.einsum("nik,nik->ni", shared, loading) + own
    together = np.einsum("nck,ndk->ncd", shared, levels.slope)
    competencies = np.arange(together.shape[1])
    together[:, competencies, competencies] += response * levels.own_variance
    return np.asarray(together / np.sqrt(total)[:, :, None])
