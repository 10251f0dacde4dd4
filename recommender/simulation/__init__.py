"""A synthetic city with a known truth, as tables of the data contract; README.md has the model."""

from recommender.simulation.city import LEAST_EMPLOYEES, LEAST_PROGRAMS, STAGES, City, simulate_city
from recommender.simulation.write import check_folder, write_city

__all__ = [
    "LEAST_EMPLOYEES",
    "LEAST_PROGRAMS",
    "STAGES",
    "City",
    "check_folder",
    "simulate_city",
    "write_city",
]
