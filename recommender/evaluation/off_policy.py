"""Off-policy: what a model would bring that never answered anybody, from the lists of one that did.

The value of a model is what comes of a list of its own, on average: the sum of the rewards of its programs.
It is told from lists in which chance had a known part, on three assumptions:

- What comes of a program that is shown depends on the program and the person, not on its place in the list
  nor on what stands beside it (the document-based model of Li et al., KDD 2018, doi 10.1145/3219819.3220028).
  Hence single programs are compared, not whole lists, of which almost none would ever match.
- The probabilities are those by which it was really drawn.
- What one person does is not moved by what another is shown.

`snips` weighs each shown program by the probability that the new model shows it over that by which it was
shown, and divides by the sum of weights instead of its expectation: little bias for much less variance
(Swaminathan and Joachims, NeurIPS 2015). `doubly_robust` takes a foretelling of each reward and corrects it
where a program was shown; it is unbiased whatever the foretelling is worth, if that did not see the person
(Dudík et al., Statistical Science 29(4), 2014). Programs that could not have been shown are left out of both,
as if they brought nothing: `unsupported` says how many there are, and the user must.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from recommender.domain import BoolArray, FloatArray, IntArray

_RARE = 0.5  # probability below which a program does not usually stand where it was shown


@dataclass(frozen=True, slots=True)
class Log:
    """Pairs of decision and program: k that were shown or would be, of d decisions about people.

    Attributes
    ----------
    decision : row of the decision, shape (k,).
    shown : whether it was shown, shape (k,).
    logged : probability that it was going to be shown, shape (k,); 0 where it could not be.
    target : probability that the new model shows it, shape (k,).
    reward : what came of it, shape (k,); NaN where it was not shown.
    person : whose each decision is, shape (d,).
    """

    decision: IntArray
    shown: BoolArray
    logged: FloatArray
    target: FloatArray
    reward: FloatArray
    person: IntArray

    def __post_init__(self) -> None:
        sizes = {len(one) for one in (self.decision, self.shown, self.logged, self.target, self.reward)}
        if len(sizes) > 1:
            raise ValueError(f"columns of {sorted(sizes)} pairs; give one value per pair in each.")
        inside = (self.decision >= 0) & (self.decision < len(self.person))
        if not inside.all():
            raise ValueError(f"a pair is of a decision that is none of the {len(self.person)}.")
        for name, chance in (("logged", self.logged), ("target", self.target)):
            if not ((chance >= 0) & (chance <= 1)).all():
                raise ValueError(f"a probability in {name} is not between 0 and 1.")
        if not (self.logged[self.shown] > 0).all():
            raise ValueError("a program was shown that by `logged` could not be.")
        if not np.isfinite(self.reward[self.shown]).all():
            raise ValueError("a program was shown of which the reward is not known; leave its decision out.")

    @property
    def weight(self) -> FloatArray:
        """Importance weight of each pair, shape (k,); 0 where it was not shown."""
        chance = np.where(self.shown, self.logged, 1.0)
        return np.asarray(np.where(self.shown, self.target / chance, 0.0))

    @property
    def supported(self) -> FloatArray:
        """Probability that the new model shows what could have been shown, shape (k,)."""
        return np.asarray(np.where(self.logged > 0, self.target, 0.0))

    def by_decision(self, values: FloatArray) -> FloatArray:
        """Return the sum of values (k,) over the pairs of each decision, shape (d,)."""
        return np.bincount(self.decision, values, minlength=len(self.person)).astype(float)


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value per list and how far it could be off; NaN where nothing can be told."""

    value: float
    standard_error: float
    lower: float
    upper: float


def snips(log: Log, *, level: float = 0.95) -> Estimate:
    """Return the value of the new model by self-normalised weights: mean reward times programs per list.

    With sums over decisions of rewards weighed (A), of weights (B), of supported programs that the new model
    shows (L) and of decisions (D), it is A L / (B D); the interval follows from its derivative by person.
    """
    weight = log.weight
    rewarded = log.by_decision(weight * np.where(log.shown, log.reward, 0.0))
    parts = [rewarded, log.by_decision(weight), log.by_decision(log.supported), np.ones(len(log.person))]
    a, b, size, decisions = (_by_person(part, log.person) for part in parts)
    if not b.sum():
        return Estimate(*[float("nan")] * 4)
    rate, length = a.sum() / b.sum(), size.sum() / decisions.sum()
    pull = (a - rate * b) * length / b.sum() + (size - length * decisions) * rate / decisions.sum()
    return _estimate(float(rate * length), pull, level)


def doubly_robust(log: Log, foretold: FloatArray) -> FloatArray:
    """Return what each decision says of the new model's value, shape (d,); `over_people` has their mean.

    Parameters
    ----------
    foretold : reward foretold of each pair by a model that did not see the person's rewards, shape (k,).
    """
    error = np.where(log.shown, log.reward, foretold) - foretold
    return log.by_decision(log.supported * foretold + log.weight * error)


def observed(log: Log) -> FloatArray:
    """Return what came of each list that was shown, shape (d,)."""
    return log.by_decision(np.where(log.shown, log.reward, 0.0))


def over_people(values: FloatArray, person: IntArray, *, level: float = 0.95) -> Estimate:
    """Return the mean over decisions, with the interval that follows from how much people differ.

    Parameters
    ----------
    values : one per decision, shape (d,).
    person : whose each decision is, shape (d,).
    """
    if not len(values):
        return Estimate(*[float("nan")] * 4)
    total, count = _by_person(values, person), _by_person(np.ones(len(values)), person)
    mean = total.sum() / count.sum()
    return _estimate(float(mean), (total - mean * count) / count.sum(), level)


def unsupported(log: Log) -> float:
    """Return the share of the new model's lists that could not have been shown; NaN for empty lists."""
    listed = log.target.sum()
    return float(1 - log.supported.sum() / listed) if listed else float("nan")


def effective(log: Log) -> float:
    """Return how many programs of equal weight would tell as much: (sum w)^2 / sum w^2 (Kish, 1965)."""
    weight = log.weight
    squares = float(weight @ weight)
    return float(weight.sum() ** 2 / squares) if squares else 0.0


def rare(log: Log) -> BoolArray:
    """Return which pairs the new model lists that only a lot shows now and then, shape (k,).

    All that can be told of what is new on its lists rests on those of them that were shown.
    """
    return np.asarray((log.target > 0) & (log.logged > 0) & (log.logged < _RARE))


def foretell(features: FloatArray, reward: FloatArray, person: IntArray, *, folds: int = 5) -> FloatArray:
    """Return the probability of a reward of 0 or 1 for each pair, from the pairs of other people, (k,).

    A logistic regression for each fold of people, fitted to the pairs with a reward of all others. Where they
    all have the same reward, that is the answer.

    Parameters
    ----------
    features : what the probability may depend on, shape (k, f).
    reward : 0 or 1, NaN where the program was not shown, shape (k,).
    person : whose each pair is, shape (k,).
    """
    known = ~np.isnan(reward)
    _, number = np.unique(person, return_inverse=True)
    fold = np.random.default_rng(0).permutation(number.max(initial=-1) + 1)[number] % folds
    out = np.zeros(len(reward))
    for one in range(folds):
        learn, ask = known & (fold != one), fold == one
        if not ask.any():
            continue
        if len(np.unique(reward[learn])) < 2:
            out[ask] = reward[learn].mean() if learn.any() else 0.0
            continue
        model = make_pipeline(StandardScaler(), LogisticRegression()).fit(features[learn], reward[learn])
        out[ask] = model.predict_proba(features[ask])[:, 1]
    return out


def _by_person(values: FloatArray, person: IntArray) -> FloatArray:
    return np.bincount(np.unique(person, return_inverse=True)[1], values).astype(float)


def _estimate(value: float, pull: FloatArray, level: float) -> Estimate:
    """Return the interval from each person's pull on the value, shape (people,); the pulls sum to 0.

    Where a few heavy weights make up the variance, it is itself known from these few only. Student's
    distribution has as many degrees of freedom as equal pulls would be (sum of squares)^2 / sum of fourth
    powers, in the manner of Satterthwaite (Biometrics Bulletin 2(6), 1946).
    """
    people, squares = len(pull), float((pull**2).sum())
    if people < 2:
        return Estimate(value, *[float("nan")] * 3)
    error = float(np.sqrt(squares * people / (people - 1)))
    freedom = max(1.0, squares**2 / float((pull**4).sum()) - 1) if squares else np.inf
    reach = float(stats.t.ppf((1 + level) / 2, freedom)) * error
    return Estimate(value, error, value - reach, value + reach)
