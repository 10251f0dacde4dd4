"""The data of one city: validated tables as arrays. The last place where DataFrames live."""

from recommender.dataset.dataset import Dataset
from recommender.dataset.tables import (
    Assessments,
    Competencies,
    Eligibility,
    Employees,
    Feedback,
    History,
    Mandates,
    Positions,
    Programs,
    Reviews,
    Sessions,
    Units,
)

__all__ = [
    "Assessments",
    "Competencies",
    "Dataset",
    "Eligibility",
    "Employees",
    "Feedback",
    "History",
    "Mandates",
    "Positions",
    "Programs",
    "Reviews",
    "Sessions",
    "Units",
]
