"""`python -m experiments offpolicy`: the estimates, for people or for machines."""

from __future__ import annotations

import json
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from rich.console import Console
from rich.table import Table

from experiments.offpolicy.evidence import Evidence, evidence_of
from experiments.promotion.models import NoSuchModel, find_model, open_store
from experiments.provenance import source_name
from experiments.show import ABSENT, number, output, plain_table
from experiments.tracking import store_exists
from recommender.bundle import bundle_folder, load_bundle
from recommender.dataset import Dataset
from recommender.domain import FloatArray
from recommender.engine import read_ledger
from recommender.errors import RecommenderError
from recommender.evaluation.off_policy import (
    Estimate,
    Log,
    doubly_robust,
    effective,
    observed,
    over_people,
    rare,
    snips,
    unsupported,
)

LEAST = 10  # programs shown by lot that the new model lists: on fewer nobody should decide
_ASSUMED = (
    "Taken: begun after the day of the answer and completed within {months} months. Gap: levels that the new "
    "model expects the taken programs to close. Intervals of 95 % over people. Assumed: what comes of a "
    "program depends on it and the person, not on its place or on what stands beside it."
)


@dataclass(frozen=True, slots=True)
class Block:
    """One kind of reward per list: what was shown, and what the new model would bring.

    Attributes
    ----------
    shown : what came of the lists that were shown.
    snips, robust : the two estimates of the new model's, of what could have been shown.
    difference : `robust` less `shown`, person by person.
    missing : at most so much would come of what could not have been shown.
    """

    reward: str
    shown: Estimate
    snips: Estimate
    robust: Estimate
    difference: Estimate
    missing: float


@dataclass(frozen=True, slots=True)
class Report:
    """What a ledger says of a model.

    Attributes
    ----------
    lists, people : how many answers there are, to how many people.
    matched : programs shown by lot alone that the new model lists too.
    effective : how many shown programs of equal weight would tell as much.
    unsupported : share of the new model's lists that could not have been shown.
    """

    lists: int
    people: int
    matched: int
    effective: float
    unsupported: float
    blocks: tuple[Block, ...]
    verdict: str


def offpolicy(wanted: str, ledger: Path, data: str, months: int, models: Path, *, as_json: bool) -> None:
    """Print what a model would have brought to the people of a ledger."""
    errors, out = Console(stderr=True), output()
    with errors.status("Reading the ledger ...") as status:
        lines = read_ledger(ledger)
        status.update("Reading the bundle ...")
        folder = _folder(wanted, models)
        engine = load_bundle(folder)
        status.update("Reading and checking the data ...")
        dataset = Dataset.load(data)
        if not engine.knows_some_of(dataset):
            raise RecommenderError(
                f"no program of {source_name(data)} is known to {folder.name}: it was trained on another "
                "catalogue. Is this the right folder, and the right bundle?"
            )
        status.update("Asking the model for its own lists ...")
        evidence = evidence_of(lines, engine, dataset, months)
        report = report_on(evidence)
    if as_json:
        days = {"from": str(evidence.days[0]), "to": str(evidence.days[1])}
        out.print_json(
            json.dumps({"bundle": folder.name, **days, **_plain(asdict(report)), "notes": evidence.notes})
        )
        return
    about = (
        f"{folder.name} on {report.lists:,} lists shown to {report.people:,} people, data of "
        f"{evidence.days[0]} to {evidence.days[1]}."
    )
    for part in (about, *evidence.notes, _table(report), *_said(report), _ASSUMED.format(months=months)):
        out.print(part, soft_wrap=isinstance(part, str), markup=False)
    out.print(report.verdict, soft_wrap=True, markup=False)


def report_on(evidence: Evidence) -> Report:
    """Return the estimates and the verdict."""
    log = evidence.log
    most = np.ones(len(log.target))
    blocks = (
        _block("programs taken", log, evidence.foretold, most),
        _block("gap closed", *_worth(evidence)),
    )
    return Report(
        len(log.person),
        len(np.unique(log.person)),
        int((rare(log) & log.shown).sum()),
        effective(log),
        unsupported(log),
        blocks,
        verdict(blocks[0], log),
    )


def verdict(block: Block, log: Log) -> str:
    """Return in a sentence whether the new model does better, all that is not known held against it."""
    by_lot = rare(log)
    matched = int((by_lot & log.shown).sum())
    if not log.target.sum():
        return "Verdict: the new model lists nothing for these people."
    if by_lot.any() and matched < LEAST:
        return (
            f"Verdict: too few to tell. Lots have shown {matched} programs of the new model's; it takes "
            f"{LEAST}. Keep more answers, or raise the exploration share."
        )
    found = block.difference
    if found.lower > 0:
        return f"Verdict: better, by at least {found.lower:.3f} programs taken per list."
    if found.upper + block.missing < 0:
        return f"Verdict: worse, by at least {-(found.upper + block.missing):.3f} programs taken per list."
    why = " What could not have been shown might decide it." if found.upper < 0 or found.value > 0 else ""
    return f"Verdict: cannot be told from as good as what was shown.{why if block.missing else ''}"


def _worth(evidence: Evidence) -> tuple[Log, FloatArray, FloatArray]:
    """Return the log with the gap closed for reward, what is foretold of it, and the most it can be."""
    log, benefit = evidence.log, evidence.benefit
    return replace(log, reward=log.reward * benefit), evidence.foretold * benefit, benefit


def _block(reward: str, log: Log, foretold: FloatArray, most: FloatArray) -> Block:
    robust, shown = doubly_robust(log, foretold), observed(log)
    missing = float(((log.target - log.supported) * most).sum() / len(log.person))
    return Block(
        reward,
        over_people(shown, log.person),
        snips(log),
        over_people(robust, log.person),
        over_people(robust - shown, log.person),
        missing,
    )


def _table(report: Report) -> Table:
    header = [
        "per list",
        "as shown",
        "new: SNIPS",
        "new: doubly robust",
        "difference",
        "not supported, at most",
    ]
    table = plain_table("", header)
    for block in report.blocks:
        cells = (_with_bounds(one) for one in (block.shown, block.snips, block.robust))
        added = f"+{block.missing:.3f}" if block.missing else ABSENT
        table.add_row(block.reward, *cells, _with_bounds(block.difference, sign=True), added)
    return table


def _said(report: Report) -> list[str]:
    said = [
        f"Lots have shown {report.matched:,} programs that the new model lists and the lists would not have "
        f"held; effective number of programs {report.effective:,.0f}."
    ]
    if report.unsupported > 0:
        said.append(
            f"{report.unsupported:.1%} of what the new model lists could not have been shown. The estimates "
            "count it as nothing; the last column says how much it might add."
        )
    return said


def _with_bounds(found: Estimate, *, sign: bool = False) -> str:
    if math.isnan(found.lower):
        return number(found.value)
    form = "+.3f" if sign else ".3f"
    return f"{found.value:{form}} [{found.lower:{form}}, {found.upper:{form}}]"


def _plain(value: Any) -> Any:
    """Return a value as JSON knows it: no NaN."""
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _folder(wanted: str, models: Path) -> Path:
    """Return the bundle meant by a path, by a name in `models`, or by the run that made it."""
    for path in (Path(wanted), models / wanted):
        if wanted and path.exists():
            return bundle_folder(path)
    if not store_exists():
        raise NoSuchModel(
            f"no bundle is called {wanted!r}, here or in {models}, and there are no runs to look it up in; "
            "name a bundle's folder, or its folder of bundles with --models."
        )
    return find_model(wanted, models, open_store()).bundle
