"""The parameters of the covariance as one vector for the optimiser: where they start, and what holds them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from recommender.competency.likelihood import Gradient
from recommender.competency.model import Model, Parameters, Severities
from recommender.competency.prior import plain_prior
from recommender.competency.training import SHARE, scale_step
from recommender.dataset import Dataset
from recommender.domain import BoolArray, FloatArray, Vocabulary

_POSITIVE = (
    "response",
    "spread",
    "fading",
    "share_sd",
    "noise",
    "habit",
    "review_habit",
    "review_noise",
    "tier_scale",
)
_FREE = ("loading", "review_slope")
_NAMES = (*_POSITIVE, *_FREE)
_SCALE_SD = 0.3  # how far the scales of tiers and the responses of sources differ, in their logarithm
_LOG_SD = 1.0  # how surely a positive parameter is guessed, in its logarithm
_LOADING_SD = 0.25  # how far the loadings of competencies differ, in steps
_REACH = 5.0  # how far from its guess the logarithm of a positive parameter may come to lie
_SLOPE_SD = 0.5  # how far the slopes of reviews may lie from nothing


def first_model(dataset: Dataset, sources: tuple[str, ...], factors: int, seed: int) -> Model:
    """Return the model that learning starts from, in steps of the scale."""
    step, count = scale_step(dataset), len(sources)
    # Further factors start small and mixed: from nothing at all no gradient would lead away.
    mixed = np.random.default_rng(seed).standard_normal((len(dataset.competencies.ids), factors))
    loading = 0.1 * step * mixed
    loading[:, 0] = 0.4 * step
    slope = np.zeros(factors + count)
    slope[0] = 0.3
    prior = plain_prior(dataset)
    parameters = Parameters(
        spread=0.5 * step,
        fading=0.1,
        loading=loading,
        tier_scale=np.ones(len(prior.tiers)),
        share=SHARE,
        share_sd=0.4,
        bias=np.zeros(count),
        bias_sd=np.full(count, 0.5 * step),
        bias_slope=np.zeros(count),
        response=np.ones(count),
        centre=0.0,
        noise=np.full(count, (0.6 * step) ** 2),
        habit=np.full(count, 0.3 * step),
        severity=np.full(count, 0.3 * step),
        review_slope=slope,
        review_habit=0.5,
        review_noise=0.5,
        step=step,
    )
    nobody = Severities(Vocabulary(()), np.zeros(0), np.zeros(0))
    return Model(sources, dataset.competencies.ids, prior, parameters, nobody)


@dataclass(frozen=True, slots=True)
class Scales:
    """Turns parameters into a vector and back: logarithms of the positive ones, the others in their units.

    `is_standard` tells the sources whose response is 1 by definition, shape (sources,).
    """

    first: Parameters
    is_standard: BoolArray

    def pack(self, parameters: Parameters) -> FloatArray:
        """Return the vector of some parameters."""
        parts = [np.log(np.ravel(getattr(parameters, name))) for name in _POSITIVE]
        parts += [np.ravel(getattr(parameters, name)) / self._unit(name) for name in _FREE]
        return np.concatenate(parts)

    def unpack(self, vector: FloatArray, parameters: Parameters) -> Parameters:
        """Return the parameters with those of the vector put in."""
        changes = dict(self._split(vector))
        for name in _POSITIVE:
            changes[name] = np.exp(changes[name])
        for name in _FREE:
            changes[name] = changes[name] * self._unit(name)
        shaped = {name: value if value.ndim else float(value) for name, value in changes.items()}
        return parameters.with_(**shaped)

    def gradient(self, gradient: Gradient, parameters: Parameters) -> FloatArray:
        """Return the derivative of the log-likelihood by the vector."""
        parts = [np.ravel(getattr(gradient, name) * getattr(parameters, name)) for name in _POSITIVE]
        parts += [np.ravel(getattr(gradient, name)) * self._unit(name) for name in _FREE]
        whole = np.concatenate(parts)
        for name, part in self._split(whole):
            if name == "response":
                part[self.is_standard] = 0.0
        return whole

    def held(self, vector: FloatArray) -> tuple[float, FloatArray]:
        """Return the logarithm of the prior density of a vector, and its derivative."""
        log_density, pulls = 0.0, []
        for name, value in self._split(vector):
            off, sd = self._off(name, value)
            log_density -= 0.5 * float(np.sum(off**2)) / sd**2
            pulls.append(np.ravel(-off / sd**2))
        return log_density, np.concatenate(pulls)

    def bounds(self) -> list[tuple[float, float]]:
        """Return between what the optimiser may look: judgements that agree would make the noise vanish."""
        centre = self.pack(self.first)
        free = sum(np.size(getattr(self.first, name)) for name in _FREE)
        reach = np.where(np.arange(len(centre)) < len(centre) - free, _REACH, 2.0 * _REACH)
        return list(zip(centre - reach, centre + reach, strict=True))

    def _off(self, name: str, value: FloatArray) -> tuple[FloatArray, float]:
        """Return how far a part of the vector lies from where it is held, and how surely it is held there."""
        if name == "loading":
            # The first factor is shared; competencies differ around what they have in common.
            centre = np.zeros(value.shape[1])
            centre[:1] = value[:, :1].mean(axis=0) if len(value) else 0.0
            return value - centre, _LOADING_SD
        if name == "review_slope":
            return value, _SLOPE_SD
        return value - np.log(getattr(self.first, name)), _SCALE_SD if name in (
            "tier_scale",
            "response",
        ) else _LOG_SD

    def _split(self, vector: FloatArray) -> list[tuple[str, FloatArray]]:
        parts, begin = [], 0
        for name in _NAMES:
            shape = np.shape(getattr(self.first, name))
            size = int(np.prod(shape))
            parts.append((name, np.reshape(vector[begin : begin + size], shape)))
            begin += size
        return parts

    def _unit(self, name: str) -> float:
        return self.first.step if name == "loading" else 1.0
