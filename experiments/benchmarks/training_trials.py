"""Trials by lot: what `estimate_effect` finds of what lots have shown, and of a made-up choice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from scipy.special import expit

from experiments.benchmarks.trial_data import GRADES, Trial, read_grants, read_jobs, read_star
from experiments.pages import Page, bullets, table
from experiments.show import Say, number
from recommender.domain import BoolArray
from recommender.effects import TreatedEffect, estimate_effect, hidden_cause
from recommender.errors import DataError

SEEDS = range(1, 21)
_SLOPE = 2.0  # how steeply the untreated are dropped, per standard deviation of depression before
_Z = 1.96
_PEOPLE = ("treated (left out)", "untreated (effective)")


@dataclass(frozen=True, slots=True)
class Known:
    """An effect as it is known without adjustment: by lot, or by a plain difference."""

    effect: float
    standard_error: float

    def holds(self, value: float) -> bool:
        """Return whether the 95 % interval holds a value."""
        return abs(value - self.effect) <= _Z * self.standard_error


def training_trials(source: Path, say: Say) -> Page:
    """Estimate the effects of three trials; a trial whose file is absent is left out and named.

    Raises
    ------
    DataError
        None of the files is there.
    """
    parts: list[str] = []
    headlines: list[str] = []
    absent: list[DataError] = []
    sections: tuple[Callable[[Path, Say], tuple[str, list[str]]], ...] = (_jobs, _star, _grants)
    for section in sections:
        try:
            headline, found = section(source, say)
        except DataError as error:
            absent.append(error)
            parts.append(f"Left out: {error.faults[0]}")
            continue
        headlines.append(headline)
        parts += found
    if not headlines:
        raise DataError([fault for error in absent for fault in error.faults])
    parts.append(
        "Intervals on this page are those of the estimates (normal, ours Student's t), not bootstrapped."
    )
    return Page("Trials by lot: effects that are known", " ".join(headlines), parts)


def difference(trial: Trial) -> Known:
    """Return the mean of the treated less that of the untreated within groups, averaged over the treated.

    With lots drawn within groups this is the effect on the treated without any assumption (Neyman).
    """
    effect, variance = 0.0, 0.0
    for name in np.unique(trial.group):
        sides = [trial.outcome[(trial.group == name) & side] for side in (trial.treated, ~trial.treated)]
        share = len(sides[0]) / trial.treated.sum()
        effect += share * (sides[0].mean() - sides[1].mean())
        variance += share**2 * sum(side.var(ddof=1) / len(side) for side in sides)
    return Known(float(effect), float(np.sqrt(variance)))


def kept_by_choice(trial: Trial, seed: int) -> BoolArray:
    """Return all treated, and the untreated who happen to be kept: mostly those who were well before."""
    standing = (trial.before - trial.before.mean()) / trial.before.std()
    lot = np.random.default_rng(seed).random(len(standing))
    kept: BoolArray = trial.treated | (lot < expit(-_SLOPE * standing))
    return kept


def _estimate(trial: Trial) -> TreatedEffect:
    return estimate_effect(trial.treated, trial.outcome, trial.covariates)


def _with_placebo(trial: Trial) -> TreatedEffect:
    others = np.delete(trial.covariates, 0, axis=1)
    return estimate_effect(trial.treated, trial.outcome, others, trial.before)


@dataclass(frozen=True, slots=True)
class _Choice:
    """A confounded subsample: naive, ours, and ours without the cause of the choice, given as placebo."""

    naive: Known
    ours: TreatedEffect
    blind: TreatedEffect

    def row(self, name: str) -> list[str]:
        failed = "yes" if _has_failed(self.blind) else "no"
        return [name, *_cells(self.ours), _known(self.naive), *_comparison(self.ours), failed]


def _jobs(source: Path, say: Say) -> tuple[str, list[str]]:
    say("  JOBS II ...")
    trial = read_jobs(source)
    lot, ours = difference(trial), _estimate(trial)
    choices = []
    for seed in SEEDS:
        say(f"  JOBS II, choice {seed} of {len(SEEDS)} ...")
        some = trial.of(kept_by_choice(trial, seed))
        choices.append(_Choice(difference(some), _estimate(some), _with_placebo(some)))
    held = sum(_holds(one.ours, lot.effect) for one in choices)
    naive = sum(one.naive.holds(lot.effect) for one in choices)
    headline = (
        f"JOBS II: by lot {number(lot.effect)}, ours on all people {number(ours.effect)}; on {len(choices)} "
        "subsamples that a made-up choice confounds, our interval holds the effect by lot in "
        f"{held}, the naive interval in {naive}."
    )
    everybody = [["by lot", _known(lot), "", ""], ["ours", *_cells(ours), *_comparison(ours)]]
    rows = [one.row(str(seed)) for seed, one in zip(SEEDS, choices, strict=True)]
    header = ["choice", "ours", "naive", *_PEOPLE, "placebo fails"]
    return headline, [
        "## JOBS II: a workshop for the unemployed",
        table(["all people", "effect", *_PEOPLE], everybody),
        table(header, rows),
        bullets(_remarks(choices, passes=not _has_failed(_with_placebo(trial)))),
    ]


def _remarks(choices: Sequence[_Choice], *, passes: bool) -> list[str]:
    outside = sum(not _holds(one.ours, one.naive.effect) for one in choices)
    failed = sum(_has_failed(one.blind) for one in choices)
    return [
        "Outcome: depression after the workshop (1 to 5); covariates: depression and economic hardship "
        "before, sex, age, occupation, marital status, ethnicity, education, income.",
        "The choice: all treated stay, an untreated person stays with the probability 1 / (1 + exp"
        f"({_SLOPE:g} z)), z being depression before in standard deviations; so the effect on the treated "
        f"remains what lots have shown. Seeds {SEEDS[0]} to {SEEDS[-1]}; rule and seeds were set before the "
        "first run.",
        f"The naive effect lies outside our interval in {outside} of {len(choices)}.",
        "Last column: depression before taken out of the covariates and given as placebo outcome, to see "
        f"whether the missing cause is noticed: it is in {failed} of {len(choices)}; on all people, where "
        f"lots were drawn, the placebo {'passes' if passes else 'fails'}.",
    ]


def _star(source: Path, say: Say) -> tuple[str, list[str]]:
    rows, within = [], 0
    for grade, title in GRADES.items():
        for subject in ("math", "read"):
            say(f"  STAR, {title}, {subject} ...")
            trial = read_star(source, grade, subject)
            lot, ours = difference(trial), _estimate(trial)
            apart = abs(ours.effect - lot.effect) / lot.standard_error
            within += apart <= 1
            rows.append(
                [f"{title}, {subject}", _known(lot), *_cells(ours), number(apart, 2), *_comparison(ours)]
            )
    headline = (
        f"STAR: {within} of {len(rows)} effects of a small class lie within a standard error of those by lot."
    )
    remarks = [
        "Newcomers of the grade, small against regular classes, points of the Stanford test. By lot: "
        "difference within each school, averaged over the pupils of small classes.",
        "Ours: gender, ethnicity, quarter of birth, free lunch and school as covariates, lots unknown to it.",
        "Intervals of both take pupils as independent; pupils of a class are not quite.",
    ]
    header = [
        "",
        "by lot",
        "ours",
        "apart, in its standard errors",
        "treated (left out)",
        "untreated (effective)",
    ]
    return headline, ["## STAR: small classes", table(header, rows), bullets(remarks)]


def _grants(source: Path, say: Say) -> tuple[str, list[str]]:
    say("  training grants ...")
    trial = read_grants(source)
    ours = _estimate(trial)
    both_years = trial.of(~np.isnan(trial.before))
    change = replace(both_years, outcome=both_years.outcome - both_years.before)
    headline = (
        f"Training grants: {number(ours.effect, 1)} more hours of training a head "
        f"[{number(ours.interval[0], 1)}, {number(ours.interval[1], 1)}]."
    )
    rows = [
        ["ours", *_cells(ours, 1), *_comparison(ours)],
        ["change from 1987 to 1988, difference", _known(difference(change), 1), "", ""],
    ]
    remarks = [
        f"{hidden_cause(ours.robustness_interval)} (To explain all of the effect: {ours.robustness:.0%}.)",
        "Not by lot: firms that asked early got a grant, so that nothing here says what is true. Covariates: "
        "hours of training, employees, sales, pay and union of the year before.",
        *(f"Warning of the estimate: {warning}" for warning in ours.warnings),
    ]
    header = ["", "effect", *_PEOPLE]
    return headline, ["## Training grants: firms of Michigan", table(header, rows), bullets(remarks)]


def _has_failed(found: TreatedEffect) -> bool:
    return any(warning.startswith("failed placebo") for warning in found.warnings)


def _holds(found: TreatedEffect, value: float) -> bool:
    return found.interval[0] <= value <= found.interval[1]


def _known(known: Known, digits: int = 3) -> str:
    ends = (known.effect - _Z * known.standard_error, known.effect + _Z * known.standard_error)
    return f"{number(known.effect, digits)} [{', '.join(number(end, digits) for end in ends)}]"


def _cells(found: TreatedEffect, digits: int = 3) -> Sequence[str]:
    ends = ", ".join(number(end, digits) for end in found.interval)
    return [f"{number(found.effect, digits)} [{ends}]"]


def _comparison(found: TreatedEffect) -> Sequence[str]:
    return [f"{found.treated} ({found.trimmed})", f"{found.controls} ({found.effective_controls:.0f})"]
