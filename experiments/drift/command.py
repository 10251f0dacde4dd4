"""`python -m experiments drift`: the report, for people or for machines."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from experiments.drift.comparison import compare, pair_of
from experiments.drift.foretelling import foretelling
from experiments.drift.measures import CHANCE, LEAST, LIMITS, MOVED, STEADY, Line, judged
from experiments.provenance import source_name
from experiments.show import ABSENT, number, output, plain_table
from recommender.bundle import bundle_folder, load_bundle, read_manifest
from recommender.dataset import Dataset
from recommender.engine import Engine, without_identities
from recommender.errors import RecommenderError

_SIGNS = {"mix": "PSI", "mean": "d", "spread": "D", "unknown": "share", "fall": "loss"}
_OF_LIMITS = (
    f"Moved: effect above its limit, and p below {CHANCE:g} after Holm's correction for the number of lines; "
    f"told from {LEAST} people (programs, units, records) on either side. PSI: population stability index of "
    "shares, less what chance adds; the label that changed most is shown. d: Cohen's, of people's means. D: "
    "Kolmogorov-Smirnov. Limits and their sources: experiments/drift/measures.py."
)


@dataclass(frozen=True, slots=True)
class Report:
    """What a comparison of new data with a model's found.

    Attributes
    ----------
    lines : the comparisons with their verdicts; none where nothing has changed.
    unchanged : whether the data are the very ones the model was trained on.
    periods : which records were compared, in words.
    notes : what could not be compared, and why.
    """

    lines: tuple[Line, ...]
    unchanged: bool
    periods: str
    notes: tuple[str, ...] = ()

    @property
    def moved(self) -> list[Line]:
        """What has moved: the reasons to train again."""
        return [line for line in self.lines if line.verdict == MOVED]


def drift(data: str, bundle: Path, *, as_json: bool) -> bool:
    """Print how new data differ from those a bundle was trained on, and return whether to train again."""
    errors, out = Console(stderr=True), output()
    with errors.status("Reading the bundle ...") as status:
        folder = bundle_folder(bundle)
        engine = load_bundle(folder)
        status.update("Reading and checking the data ...")
        now = Dataset.load(data)
        if not engine.knows_some_of(now):
            raise RecommenderError(
                f"no program of {source_name(data)} is known to {folder.name}: it was trained on another "
                "catalogue. Is this the right folder, and the right bundle?"
            )
        status.update("Comparing, and ranking for everybody who took something since ...")
        report = report_on(engine, read_manifest(folder)["about"], now)
    if as_json:
        facts = {"bundle": folder.name, "trained_on": _facts(engine.dataset), "data": _facts(now)}
        out.print_json(json.dumps({**facts, **_plain(report)}))
    elif report.unchanged:
        out.print("Nothing has changed: these are the data the model was trained on.\nRetrain: no.")
    else:
        sides = (
            f"Then: {folder.name}, data to {engine.dataset.as_of}. Now: {source_name(data)}, to {now.as_of}."
        )
        texts = (sides, f"Compared: {report.periods}.", _table(report.lines), *report.notes, _OF_LIMITS)
        for text in (*texts, _verdict(report)):
            out.print(text, soft_wrap=isinstance(text, str), markup=False)
    return bool(report.moved)


def report_on(engine: Engine, about: dict[str, Any], now: Dataset) -> Report:
    """Compare new data, with plain employee ids, with those of an engine loaded from a bundle.

    Parameters
    ----------
    about : facts of the bundle's manifest.
    """
    then = engine.dataset
    if now.digest == then.digest:
        return Report((), True, "")
    if engine.people_key is not None:
        now = without_identities(now, engine.people_key)
    pair = pair_of(then, now)
    lines, reason = foretelling(engine, about, now)
    notes = [f"The model's own figure is not compared: {reason}"] if reason else []
    if now.as_of < then.as_of:
        notes.append("The data end before those the model was trained on.")
    for when, absent in (
        ("now", set(now.absent) - set(then.absent)),
        ("then", set(then.absent) - set(now.absent)),
    ):
        if absent:
            notes.append(f"Absent {when} only: {', '.join(sorted(absent))}.")
    return Report(tuple(judged([*compare(pair), *lines])), False, pair.periods, tuple(notes))


def _facts(data: Dataset) -> dict[str, str]:
    return {"digest": data.digest, "as_of": "" if np.isnat(data.as_of) else str(data.as_of)}


def _plain(report: Report) -> dict[str, Any]:
    lines = [asdict(line) | {"limit": LIMITS[line.measure]} for line in report.lines]
    return {
        "retrain": bool(report.moved),
        "unchanged": report.unchanged,
        "periods": report.periods,
        "reasons": [_named(line) for line in report.moved],
        "notes": report.notes,
        "lines": [
            {name: None if _is_no_number(value) else value for name, value in line.items()} for line in lines
        ],
    }


def _is_no_number(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)


def _table(lines: Sequence[Line]) -> Table:
    table = plain_table("", ["", "then", "now", "effect", "limit", "p", "counted", "verdict"])
    for place, line in enumerate(lines):
        if place and line.topic != lines[place - 1].topic:
            table.add_section()
        effect = ABSENT if math.isnan(line.effect) else f"{_SIGNS[line.measure]} {line.effect:.3f}"
        limit = f"{LIMITS[line.measure]:g}"
        p = "<0.001" if line.p < 0.001 else number(line.p)
        counted = " / ".join(f"{many:,}" for many in line.people)
        table.add_row(_named(line), line.then, line.now, effect, limit, p, counted, line.verdict)
    return table


def _verdict(report: Report) -> str:
    moved, told = report.moved, sum(line.verdict in (MOVED, STEADY) for line in report.lines)
    count = f"{len(moved)} of {told} lines moved; {len(report.lines) - told} could not be told."
    reasons = "".join(f"\n  {_named(line)}: {line.then} then, {line.now} now" for line in moved)
    return f"Retrain: {'yes' if moved else 'no'}. {count}{reasons}"


def _named(line: Line) -> str:
    return f"{line.topic}: {line.name}"
