"""People of the office, as planning sees them."""

from __future__ import annotations

import numpy as np

from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.effects import learn_with_effects
from recommender.rankers import People, gather_people
from tests.cities import Rows, load, office


def office_people(**tables: Rows) -> People:
    """Return everybody in the office with some tables replaced."""
    dataset: Dataset = load({**office(), **tables})
    estimator = learn_with_effects(CompetencyEstimator(), dataset)
    return gather_people(dataset, estimator, np.arange(len(dataset.employees.ids)))
