"""Promote a run to what is served, if it passes the gate of its recipe and that of the champion."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from experiments.promotion.audit import Entry, append, champion_for, is_unfinished, now, read, served_until
from experiments.promotion.comparison import lead_over
from experiments.promotion.gate import Line, demands, is_backtested, judge_gate
from experiments.promotion.models import Model, find_model, model_at, open_store, run_of, served_now
from experiments.show import output, plain_table
from experiments.tracking import Store
from recommender.bundle import load_bundle, make_current
from recommender.errors import BundleError, RecommenderError


class Refused(RecommenderError):  # noqa: N818 - reads as what it says
    """A model did not pass the gate."""


def promote(wanted: str, models: Path, *, data: str = "", by: str = "", without_champion: str = "") -> None:
    """Judge a run by the gate, print every line and, if all passed, let `models/current` name its bundle.

    Each step may be done again: a promotion that was cut off is finished by saying it once more. Of two
    promotions at once both are judged by the old champion and written down; the later one is served.

    Parameters
    ----------
    wanted : a bundle's path or name, a run's name, or the beginning of a run's id.
    data : see `lead_over`.
    by : who decided, as it is to stand in the audit.
    without_champion : why the champion is left out of account; "" takes it into account.

    Raises
    ------
    Refused
        A line of the gate failed; nothing was changed.
    """
    out, errors = output(), Console(stderr=True)
    with errors.status("Reading the run and its bundle ...") as status:
        store = open_store()
        challenger = find_model(wanted, models, store)
        run = run_of(challenger)
        load_bundle(challenger.bundle)  # what cannot be opened must not be served
        entries, name, current = read(models), challenger.bundle.name, served_now(models)
        if served_until(entries, current)[-1:] == [name]:  # it passed
            store.make_champion(run)
            make_current(challenger.bundle)
            said = (
                "nothing is changed" if current == name else "`current` was moved by hand, and names it again"
            )
            out.print(f"{name} is the champion already; {said}.", soft_wrap=True, markup=False)
            return
        status.update("Judging it by the gate ...")
        before = champion_for(entries, current, name)
        champion = None if without_champion or not before else _champion(models / before, store)
        lines = _judged(challenger, champion, store, data, without_champion)
    _print(out, name, lines)
    _refuse_if_failed(name, lines, served=current == name)
    gate = [{"line": one.name, "asked": one.asked, "found": one.found, "passed": one.passed} for one in lines]
    entry = Entry(
        now(), "promote", name, challenger.digest, run.run_id, before, gate, by=by, reason=without_champion
    )
    if not (entries and entries[-1].bundle == name and is_unfinished(entries[-1], current)):
        append(models, entry)
    store.make_champion(run)
    make_current(challenger.bundle)
    out.print(_in_words(name, models, before), soft_wrap=True, markup=False)


def _judged(
    challenger: Model, champion: Model | None, store: Store, data: str, without_champion: str
) -> list[Line]:
    own = challenger.recipe.gate
    if champion is None:
        why = f"left out: {without_champion}" if without_champion else "no champion yet"
        return judge_gate(challenger.about, demands(own), why)
    # By both gates, or a challenger could bring along a lax one.
    asked = demands(own, champion.recipe.gate)
    lead = lead_over(champion, challenger, store, data)
    return judge_gate(challenger.about, asked, lead, champion_backtested=is_backtested(champion.about))


def _champion(folder: Path, store: Store) -> Model:
    try:
        return model_at(folder, store)
    except BundleError as error:
        raise BundleError(
            f"The champion cannot be read: {error} With --without-champion REASON it is left out of account, "
            "and the reason stands in the audit."
        ) from error


def _print(out: Console, name: str, lines: Sequence[Line]) -> None:
    table = plain_table(f"Gate for {name}", ["line", "asked", "found", "result"])
    for column in table.columns:
        column.justify = "left"
    for line in lines:
        cells = (line.name, line.asked, line.found, "passed" if line.passed else "FAILED")
        table.add_row(*map(escape, cells))
    out.print(table)


def _refuse_if_failed(name: str, lines: Sequence[Line], *, served: bool) -> None:
    failed = [line for line in lines if not line.passed]
    if not failed:
        return
    said = [f"{name} is not promoted, and nothing is changed."]
    said += [f"- {one.name}: asked {one.asked}, found {one.found}; {one.remedy}." for one in failed]
    if served:
        said.append(
            "It is served all the same, since `current` names it without a promotion; "
            "`python -m experiments rollback` goes back to what was promoted before, if anything was."
        )
    raise Refused("\n".join(said))


def _in_words(name: str, models: Path, previous: str) -> str:
    said = f"{models / 'current'} names {name}."
    if not previous:
        return said
    if not (models / previous).is_dir():
        return f"{said} The one before, {previous}, is gone: there is no way back to it."
    return f"{said} Before it was {previous}; `python -m experiments rollback` goes back to it."
