"""The chance that who begins a program completes it: a small regression on how training records ended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import OneHotEncoder

from recommender.dataset import Dataset
from recommender.domain import FloatArray, IntArray, TextArray
from recommender.rankers.hours import lengths, usual_length
from recommender.rankers.once import once
from recommender.rankers.people import People

# How far effects may be expected to lie from 0, in log-odds: the normal prior by which a program with few
# records leans on its form and provider, and these on the whole. Of 0.1 to 0.5 this gave the best or nearly
# the best Brier score of later records, on three simulated cities and on OULAD.
_SPREAD = 0.15  # of a program, a form, a kind of provider, and of a program e times as long
_OWN_SPREAD = 1.0  # of a person who completed all so far, where usually nothing is completed
_LEANING = 3.0  # a person's share so far leans on the usual one as if on so many records more


@dataclass(frozen=True, slots=True)
class Completion:
    """Log-odds of completing, as a sum over what is known of the program and of the person.

    Attributes
    ----------
    usual : the share of all records that were completed; 1 where no other ending is on record.
    usual_hours : what programs of unknown length count as.
    encoder : turns id, form and kind of provider into columns; what it did not meet is in none of them.
    weights : of log hours beside the usual ones, of these columns and, last, of the person's share so far.
    """

    usual: float
    usual_hours: float
    encoder: OneHotEncoder
    intercept: float
    weights: FloatArray

    @property
    def certain(self) -> bool:
        """Whether nothing but completion is on record, so that every chance is 1."""
        return self.usual == 1.0

    def chance(self, people: People) -> FloatArray:
        """Return the chance that each person completes each program once begun, shape (n, P)."""
        dataset, employee = people.dataset, people.dataset.history.employee
        if self.certain:
            return np.ones((len(people), len(dataset.programs.ids)))
        of_program = once(self, dataset.programs, lambda: self._of_program(dataset))
        first = np.searchsorted(employee, people.rows, side="left")
        own = _own_share(dataset, first, np.searchsorted(employee, people.rows, side="right"), self.usual)
        logit = self.intercept + of_program[None, :] + self.weights[-1] * own[:, None]
        return np.asarray(expit(logit))

    def _of_program(self, dataset: Dataset) -> FloatArray:
        return np.asarray(_columns(dataset, self.encoder, self.usual_hours) @ self.weights[:-1])


def fit_completion(dataset: Dataset) -> Completion:
    """Return what the records say: logistic regression with normal priors, so that few records say little.

    A record knows of its person what came before it. One record of either ending is added, of no program
    and nobody, so that no chance is 0 or 1 once both are on record.
    """
    history = dataset.history
    hours, encoder = usual_length(dataset), OneHotEncoder(handle_unknown="ignore").fit(_labels(dataset))
    columns = _columns(dataset, encoder, hours)
    completed = history.status == "completed"
    if completed.all():
        return Completion(1.0, hours, encoder, 0.0, np.zeros(columns.shape[1] + 1))
    usual = (completed.sum() + 1.0) / (len(completed) + 2.0)
    first = np.searchsorted(history.employee, history.employee, side="left")
    own = _own_share(dataset, first, np.arange(len(history)), usual)
    scale = np.append(np.full(columns.shape[1], _SPREAD), _OWN_SPREAD)
    seen = sparse.hstack([columns[history.program], sparse.csr_array(own[:, None])])
    nobody = sparse.csr_array((2, seen.shape[1]))
    rows = sparse.csr_array(sparse.vstack([seen, nobody]) @ sparse.diags_array(scale))
    fitted = LogisticRegression(max_iter=1000).fit(rows, np.append(completed, [True, False]))
    return Completion(float(usual), hours, encoder, float(fitted.intercept_[0]), scale * fitted.coef_[0])


def _columns(dataset: Dataset, encoder: OneHotEncoder, usual_hours: float) -> sparse.csr_array:
    """Return log hours beside the usual ones, and the columns of the encoder, shape (P, 1 + columns)."""
    log_hours = np.log(lengths(dataset, usual_hours) / usual_hours)
    labels = sparse.csr_array(encoder.transform(_labels(dataset)))
    return sparse.csr_array(sparse.hstack([sparse.csr_array(log_hours[:, None]), labels]))


def _labels(dataset: Dataset) -> TextArray:
    programs = dataset.programs
    ids = np.array(programs.ids.ids, dtype=object)
    return np.stack([ids, programs.form, programs.provider_type], axis=1)


def _own_share(dataset: Dataset, first: IntArray, last: IntArray, usual: float) -> FloatArray:
    """Return the share completed of the records first : last, above the usual one and leaning on it."""
    completed = np.concatenate([[0], np.cumsum(dataset.history.status == "completed")])
    taken = last - first
    return np.asarray((completed[last] - completed[first] - usual * taken) / (taken + _LEANING))
