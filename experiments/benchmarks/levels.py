"""Simulated cities whose true levels are known: how close beliefs come, and whether they know how close."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.benchmarks.cells import assessment_counts, read_levels, required, simple_levels
from experiments.benchmarks.clusters import coverage, pooled_rmse, rmse_ratio
from experiments.benchmarks.forecasts import OURS, SHARES
from experiments.benchmarks.offsets import RECENT_DAYS, OffsetCheck, check_offsets
from experiments.pages import Page, bullets, table
from experiments.show import Say, number, with_bounds
from recommender.competency import CompetencyEstimator
from recommender.competency.prior import tiers_of
from recommender.dataset import Dataset
from recommender.domain import BoolArray, FloatArray, IntArray, TextArray
from recommender.simulation import simulate_city, write_city

_EMPLOYEES, _PROGRAMS, _SEEDS = 1000, 120, (201, 202, 203, 204, 205)
_TARGET = 0.85
_SHARE_TITLES = [f"% in the {share:.0%} interval" for share in SHARES]
_RATIO = f"`{OURS}` / this"
_RMSE_TITLES = ("RMSE in levels", "all cells", _RATIO, "cells with an assessment", _RATIO)
_OFFSET_TITLES = (
    *("city and source", "assessments", "learnt bias ± sd", "learnt offset", "realised offset"),
    *("difference", "allowed", "agrees"),
)


@dataclass(frozen=True, slots=True)
class Errors:
    """Errors of means with their standard deviations, person and group, arrays of shape (values,)."""

    error: FloatArray
    sd: FloatArray
    person: IntArray
    group: TextArray

    def of(self, rows: BoolArray) -> Errors:
        """Return some of them."""
        return Errors(self.error[rows], self.sd[rows], self.person[rows], self.group[rows])


@dataclass(frozen=True, slots=True)
class Measured:
    """One city, or several together.

    Attributes
    ----------
    levels : the estimator's errors of true levels, grouped by tier, one per required cell.
    rules : the errors of each simple rule in the same cells.
    assessed : which cells have an assessment.
    foreseen : the estimator's errors of assessments, a step ahead, grouped by source.
    offsets : learnt against realised offsets.
    """

    levels: Errors
    rules: Mapping[str, FloatArray]
    assessed: BoolArray
    foreseen: Errors
    offsets: Sequence[OffsetCheck]


def levels(source: Path, say: Say) -> Page:  # noqa: ARG001 - all benchmarks take a source; cities need none
    """Simulate five cities that were never developed on, and compare beliefs with the truth."""
    cities = {seed: measure_city(seed, _EMPLOYEES, _PROGRAMS, say) for seed in _SEEDS}
    return _page(cities)


def measure_city(seed: int, employees: int, programs: int, say: Say) -> Measured:
    """Simulate a city, fit the estimator to its tables and compare it with the truth at the end."""
    say(f"  city {seed}: simulating ...")
    with tempfile.TemporaryDirectory() as folder:
        write_city(simulate_city(employees, programs, seed), Path(folder), truth=True)
        dataset = Dataset.load(folder)
        truth = read_levels(Path(folder) / "truth" / "levels.csv", dataset)
    say(f"  city {seed}: fitting ...")
    return measure(dataset, CompetencyEstimator().fit(dataset), truth)


def measure(dataset: Dataset, estimator: CompetencyEstimator, truth: FloatArray) -> Measured:
    """Compare a fitted estimator and the simple rules with the true levels, shape (n, C)."""
    person, competency = np.nonzero(~np.isnan(required(dataset)) & ~np.isnan(truth))
    cells = (person, competency)
    beliefs, judged = estimator.estimate(dataset), dataset.assessments
    everybody = np.arange(len(dataset.employees.ids))
    tier = np.array(tiers_of(dataset, everybody), dtype=object)
    mean, sd = estimator.predict(dataset)
    source = judged.source.astype(str).astype(object)
    return Measured(
        Errors(beliefs.mean[cells] - truth[cells], beliefs.sd[cells], person, tier[person]),
        {name: values[cells] - truth[cells] for name, values in simple_levels(dataset).items()},
        assessment_counts(dataset)[cells] > 0,
        Errors(mean - judged.level, sd, judged.employee, source),
        check_offsets(dataset, estimator, truth),
    )


def pooled(cities: Sequence[Measured]) -> Measured:
    """Return several cities as one; no person of one is a person of another."""
    return Measured(
        _joined([one.levels for one in cities]),
        {name: np.concatenate([one.rules[name] for one in cities]) for name in cities[0].rules},
        np.concatenate([one.assessed for one in cities]),
        _joined([one.foreseen for one in cities]),
        [check for one in cities for check in one.offsets],
    )


def _joined(parts: Sequence[Errors]) -> Errors:
    most = 1 + max(int(part.person.max(initial=0)) for part in parts)
    person = np.concatenate([part.person + place * most for place, part in enumerate(parts)])
    error, sd = (np.concatenate([getattr(part, name) for part in parts]) for name in ("error", "sd"))
    return Errors(error, sd, person, np.concatenate([part.group for part in parts]))


def best_rule(city: Measured, cells: BoolArray) -> str:
    """Return the simple rule of least RMSE in some cells."""
    return min(city.rules, key=lambda name: float(np.mean(city.rules[name][cells] ** 2)))


def _page(cities: Mapping[int, Measured]) -> Page:
    everything = pooled(list(cities.values()))
    cells = np.ones(len(everything.assessed), dtype=bool)
    best = best_rule(everything, cells)
    ours = everything.levels
    shares = [coverage(ours.error, ours.sd, ours.person, share).mean for share in SHARES]
    headline = (
        "In cities with a known truth the estimator's RMSE of levels is "
        f"{with_bounds(rmse_ratio(ours.error, everything.rules[best], ours.person))} of that of {best}, the "
        f"best simple rule (aim: {_TARGET}); its 80 % intervals hold {shares[0]:.1f} % and its 95 % "
        f"intervals {shares[1]:.1f} % of them."
    )
    parts = [
        "## Levels",
        table(_RMSE_TITLES, _rmse_rows(everything)),
        "By city, all cells:",
        table(["RMSE in levels", *(f"city {seed}" for seed in cities)], _city_rows(cities)),
        "## Intervals of levels",
        table(["cells", "number", *_SHARE_TITLES], _interval_rows(everything)),
        "## Intervals of assessments, a step ahead",
        table(["source", "number", *_SHARE_TITLES], _coverage_rows(everything.foreseen)),
        "## Biases",
        table(_OFFSET_TITLES, [_offset_row(seed, one) for seed in cities for one in cities[seed].offsets]),
        bullets(_remarks(everything)),
    ]
    return Page("Simulated cities: true levels", headline, parts)


def _rmse_rows(city: Measured) -> list[list[str]]:
    """Return the estimator and each rule, in all cells and in those with an assessment."""
    ours, rows = city.levels, []
    for name, error in {OURS: ours.error, **city.rules}.items():
        row = [name]
        for cells in (np.ones(len(error), dtype=bool), city.assessed):
            mine, person = error[cells], ours.person[cells]
            ratio = "–" if name == OURS else with_bounds(rmse_ratio(ours.error[cells], mine, person))
            row += [with_bounds(pooled_rmse(mine, person)), ratio]
        rows.append(row)
    return rows


def _city_rows(cities: Mapping[int, Measured]) -> list[list[str]]:
    """Return the RMSE of the estimator and of each rule in each city, and how it stands to the best one."""
    parts = list(cities.values())
    rows = [[OURS, *(with_bounds(pooled_rmse(one.levels.error, one.levels.person)) for one in parts)]]
    for name in parts[0].rules:
        rows.append([name, *(with_bounds(pooled_rmse(p.rules[name], p.levels.person)) for p in parts)])
    for title, only_assessed in (("ratio to the best rule", False), ("the same, assessed cells", True)):
        rows.append([title, *(_ratio(one, one.assessed | (not only_assessed)) for one in parts)])
    return rows


def _ratio(city: Measured, cells: BoolArray) -> str:
    rule = city.rules[best_rule(city, cells)]
    return with_bounds(rmse_ratio(city.levels.error[cells], rule[cells], city.levels.person[cells]))


def _interval_rows(city: Measured) -> list[list[str]]:
    """Return the coverage of levels: of all, with and without an assessment, by tier."""
    first, *tiers = _coverage_rows(city.levels)
    with_one = _coverage_row("with an assessment", city.levels.of(city.assessed))
    return [first, with_one, _coverage_row("without one", city.levels.of(~city.assessed)), *tiers]


def _coverage_rows(errors: Errors) -> list[list[str]]:
    """Return the coverage of all and of each group."""
    groups = sorted({str(group) for group in errors.group})
    rows = [_coverage_row(group or "(none)", errors.of(errors.group == group)) for group in groups]
    return [_coverage_row("all", errors), *rows]


def _coverage_row(name: str, errors: Errors) -> list[str]:
    if not len(errors.error):
        return [name, "0", *("–" for _ in SHARES)]
    shares = [with_bounds(coverage(errors.error, errors.sd, errors.person, share), 1) for share in SHARES]
    return [name, f"{len(errors.error):,}", *shares]


def _offset_row(seed: int, one: OffsetCheck) -> list[str]:
    offsets = [number(value) for value in (one.learnt, one.realised)]
    difference = f"{one.learnt - one.realised:+.3f}"
    bias = f"{number(one.bias)} ± {number(one.bias_sd)}"
    told = [difference, number(one.allowed), "yes" if one.agrees else "**no**"]
    return [f"{seed}, {one.source}", f"{one.assessments:,}", bias, *offsets, *told]


def _remarks(everything: Measured) -> list[str]:
    seeds = ", ".join(map(str, _SEEDS))
    agreed = sum(one.agrees for one in everything.offsets)
    return [
        f"{len(_SEEDS)} cities as by `recommender simulate DIR --employees {_EMPLOYEES} --programs "
        f"{_PROGRAMS} --seed S --truth`, S = {seeds}; none of these seeds was used in development. The "
        "estimator is fitted to each and asked for the levels at the end, which are compared with "
        "`truth/levels.csv`.",
        "A cell is an employee and a competency that the position requires at a level above 0.",
        "Role mean: the mean of all assessments of holders of the position in that competency, else of the "
        "competency, else the level required. Each other rule falls back to it where it has nothing. Manager "
        "over self: the latest rating by a supervisor, else by oneself, else by another.",
        "Intervals of assessments: each assessment is foreseen from strictly earlier evidence on the person; "
        "what sources are worth was learnt from all of them. Assessments are whole or half steps.",
        f"Biases: truth is known at the end alone, so only assessments of the last {RECENT_DAYS} days are "
        "compared with it. A learnt bias holds where an average level is asked, and supervisors' severities "
        "come on top; so what is compared, over the same assessments, are means: of what the estimator takes "
        "off each (bias, its slope, severity), and of assessment less true level. Allowed are 1.96 standard "
        "errors: of the learnt bias, and of the mean difference, in which errors of one assessor go "
        "together. Rounding and the ends of the scale are part of the realised offset.",
        f"{agreed} of {len(everything.offsets)} offsets agree; 95 % should.",
    ]
