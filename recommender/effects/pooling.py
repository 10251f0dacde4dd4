"""Partial pooling: what is known of all programs together tells what to believe of each.

Shares of the planned lift differ by program, outcome, competency, form and provider (and, where they are told
apart, by where people entered), each kind by a spread of its own (a normal with mean 0: Lindley & Smith, JRSS
B 34, 1972; Gelman et al., Bayesian Data Analysis, 5.4):

    share_k     =  usual + program + outcome + competency + form + provider
    judgements:    share ~ N(information⁻¹ pull, information⁻¹)        (`competency/lifts.py`)
    signal of p:   mean answer = base_p + worth · Σ_k planned_pk share_k + own of p + noise of the mean
    base_p:        a straight line in Σ_k planned_pk, the promise

What is known of the shares, given the rest, is normal and in closed form. The spreads are those under which
the data are likeliest, by expectation-maximisation (Dempster, Laird & Rubin, JRSS B 39, 1977); so are base,
worth and own of each signal, given what is believed without it. A signal's worth is 0 or more; one that does
not follow the judgements gets next to 0.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.linalg import cho_factor, cho_solve
from scipy.optimize import minimize

from recommender.competency import Lifts
from recommender.competency.training import SHARE, SHARE_SD
from recommender.domain import FloatArray, IntArray
from recommender.effects.signals import Signal

_SPREADS = {
    "program": 0.25,
    "outcome": 0.1,
    "entry": 0.1,
    "competency": 0.05,
    "form": 0.05,
    "provider": 0.05,
}
_STEPS = 12  # of expectation-maximisation
_LEAST_OWN = 1e-9
_STILL = 0.02  # it ends when no share moves more than so many of its standard deviations


@dataclass(frozen=True, slots=True)
class Heard:
    """A signal and what it was found to be worth: `worth` is the answer's rise for one level more of lift.

    Attributes
    ----------
    base : answer expected of each program without any lift, shape (m,): it may grow with what is promised.
    worth_variance : how surely the worth is known.
    apart : how far each program's lift lies from what its promise foretells, squared, shape (m,).
    own : variance between programs that the lift does not explain.
    """

    signal: Signal
    base: FloatArray
    worth: float
    worth_variance: float
    apart: FloatArray
    own: float


@dataclass(frozen=True, slots=True)
class Pooled:
    """What is believed of the shares of K outcomes.

    Attributes
    ----------
    mean, covariance : shapes (K,) and (K, K).
    usual : share expected of a program of which nothing is known, and its standard deviation.
    spreads : standard deviation of each kind of difference.
    heard : the signals.
    """

    mean: FloatArray
    covariance: FloatArray
    usual: tuple[float, float]
    spreads: Mapping[str, float]
    heard: tuple[Heard, ...]


def pool(lifts: Lifts, groups: Mapping[str, IntArray], signals: Sequence[Signal]) -> Pooled:
    """Return what is believed of each share, given the judgements, the signals and all other programs.

    Parameters
    ----------
    groups : for some or all kinds of `_SPREADS` the group that each outcome belongs to, shape (K,).
    """
    members = {kind: _members(group) for kind, group in groups.items()}
    alike = {kind: of @ of.T for kind, of in members.items()}
    spreads = {kind: _SPREADS[kind] for kind in groups}
    heard = tuple(_unheard(signal) for signal in signals)
    mean: FloatArray = np.full(len(lifts.program), SHARE)
    covariance: FloatArray = np.zeros((len(mean), len(mean)))
    for step in range(_STEPS):
        before = mean
        prior = _inverse(_covariance(spreads, alike))
        mean, covariance = _believed(lifts, prior, heard)
        if not len(mean) or (step and np.max(np.abs(mean - before) / np.sqrt(np.diag(covariance))) < _STILL):
            break
        spreads = _spreads(spreads, members, prior, mean, covariance)
        for place, one in enumerate(heard):
            others = (*heard[:place], *heard[place + 1 :])
            heard = (*heard[:place], _listen(one, *_believed(lifts, prior, others)), *heard[place + 1 :])
    return Pooled(mean, covariance, _usual(spreads, members, mean), spreads, heard)


def _members(group: IntArray) -> FloatArray:
    """Return which outcomes belong to which group, shape (K, groups)."""
    names, place = np.unique(group, return_inverse=True)
    return np.eye(len(names))[place]


def _covariance(spreads: Mapping[str, float], alike: Mapping[str, FloatArray]) -> FloatArray:
    """Return the prior covariance, shape (K, K), from which outcomes are alike in each kind."""
    total = np.full(alike["program"].shape, SHARE_SD**2)
    for kind, spread in spreads.items():
        total += spread**2 * alike[kind]
    return total


def _inverse(matrix: FloatArray) -> FloatArray:
    """Return the inverse of a symmetric positive matrix."""
    if not len(matrix):
        return matrix
    return np.asarray(cho_solve(cho_factor(matrix), np.eye(len(matrix))))


def _believed(lifts: Lifts, prior: FloatArray, heard: Sequence[Heard]) -> tuple[FloatArray, FloatArray]:
    """Return mean and covariance of the shares given everything else."""
    total = prior + lifts.information
    drawn = lifts.pull + prior @ np.full(len(prior), SHARE)
    for one in heard:
        lift = one.signal.planned
        variance = one.signal.variance + one.own + one.worth_variance * one.apart
        loaded = one.worth * lift / variance[:, None]
        total = total + one.worth * loaded.T @ lift
        drawn = drawn + loaded.T @ (one.signal.mean - one.base)
    covariance = _inverse(total)
    return covariance @ drawn, (covariance + covariance.T) / 2.0


def _spreads(
    spreads: Mapping[str, float],
    members: Mapping[str, FloatArray],
    prior: FloatArray,
    mean: FloatArray,
    covariance: FloatArray,
) -> dict[str, float]:
    """Return the likeliest spreads; the first guess counts like one group more."""
    pulled = prior @ (mean - SHARE)
    left = prior - prior @ covariance @ prior
    found = {}
    for kind, spread in spreads.items():
        of = members[kind]
        value = spread**2 * (of.T @ pulled)
        variance = spread**2 - spread**4 * np.einsum("kg,kl,lg->g", of, left, of, optimize=True)
        square = float(np.sum(value**2 + np.maximum(variance, 0.0)))
        found[kind] = float(np.sqrt((square + _SPREADS[kind] ** 2) / (of.shape[1] + 1.0)))
    return found


def _unheard(signal: Signal) -> Heard:
    """Return a signal before anything is known of its worth."""
    base = np.full(len(signal.mean), float(np.mean(signal.mean)))
    return Heard(signal, base, 0.0, 0.0, np.zeros(len(base)), float(np.var(signal.mean)) + _LEAST_OWN)


def _listen(heard: Heard, mean: FloatArray, covariance: FloatArray) -> Heard:
    """Return what a signal is worth, given what is believed of the shares without it.

    Its mean answers are then normal around base + worth x lift believed, with the variance of the mean, that
    of what is its own, and worth² x that of the lift; base, worth and own are where that is likeliest. The
    base is a straight line in what is promised: longer courses may drill more, and that is no lift.
    """
    signal = heard.signal
    lift = signal.planned @ mean
    doubt = np.einsum("mk,kl,ml->m", signal.planned, covariance, signal.planned, optimize=True)
    promised = np.stack([np.ones(len(lift)), signal.planned.sum(axis=1)], axis=1)
    between = float(np.var(signal.mean)) + _LEAST_OWN
    unit = float(np.sqrt(between / (np.var(lift) + doubt.mean() + _LEAST_OWN)))

    def variance(worth: float, own: float) -> FloatArray:
        return np.asarray(signal.variance + own + worth**2 * doubt)

    def unlikely(at: FloatArray) -> float:
        worth, spread = at[0] * unit, variance(at[0] * unit, between * np.exp(at[1]))
        off = signal.mean - worth * lift
        off = off - _on_line(promised, off, spread)
        return float(0.5 * np.sum(np.log(spread / between) + off**2 / spread))

    bounds = [(0.0, 10.0), (-12.0, 2.0)]
    found = minimize(unlikely, np.array([0.5, -1.0]), bounds=bounds, method="L-BFGS-B").x
    worth, own = float(found[0] * unit), float(between * np.exp(found[1]))
    spread = variance(worth, own)
    base = _on_line(promised, signal.mean - worth * lift, spread)
    apart = (lift - _on_line(promised, lift, spread)) ** 2
    return Heard(signal, base, worth, 1.0 / float(np.sum((apart + _LEAST_OWN) / spread)), apart, own)


def _on_line(columns: FloatArray, values: FloatArray, variance: FloatArray) -> FloatArray:
    """Return the weighted least squares fit of some columns to values, shape (m,)."""
    root = 1.0 / np.sqrt(variance)
    return np.asarray(columns @ np.linalg.lstsq(columns * root[:, None], values * root, rcond=None)[0])


def _usual(
    spreads: Mapping[str, float], members: Mapping[str, FloatArray], mean: FloatArray
) -> tuple[float, float]:
    """Return mean and standard deviation of the share of a program that nothing is known of."""
    if not len(mean):
        return SHARE, SHARE_SD
    by_program = members["program"].T @ mean / members["program"].sum(axis=0)
    return float(by_program.mean()), float(np.sqrt(sum(spread**2 for spread in spreads.values())))
