"""`recommender effects`: what each program was found to change, as a table, a file and a forest plot."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet
import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table
from rich.text import Text

from recommender.cli.files import check_file, put
from recommender.cli.recommend import checked_language
from recommender.cli.serving import DataOption, LanguageOption
from recommender.competency import CompetencyEstimator
from recommender.dataset import Dataset
from recommender.domain import IntArray
from recommender.effects import ProgramEffects, measure_effects
from recommender.effects.checks import FEWEST
from recommender.effects.declared import check_declared
from recommender.errors import NothingToLearn
from recommender.explain import (
    VERDICTS,
    Language,
    forest_svg,
    lessons,
    outcome_name,
    phrase,
    verdicts,
    warnings_in,
)

_WORDS = {
    "id": (
        "Pelatihan, kompetensi",
        "Pengaruh dari sasaran\n(95 %)",
        "Peserta\ndinilai",
        "Sebanding\ndata lain",
    ),
    "en": ("Program, competency", "Effect of declared\n(95 %)", "People\njudged", "Alike\nborrowed"),
}
_HIDDEN_CAUSE = {"id": "Sebab ter-\nsembunyi", "en": "Hidden\ncause"}
_DIGITS = 4
_WIDEST = 100  # columns: wider, the eye loses its line

# The first eight are the contract's; what is added comes after them.
_COLUMNS = pa.schema(
    [
        ("program_id", pa.string()),
        ("competency_id", pa.string()),
        ("effect", pa.float64()),
        ("standard_error", pa.float64()),
        ("lower", pa.float64()),
        ("upper", pa.float64()),
        ("people", pa.int64()),
        ("warnings", pa.string()),
        ("declared", pa.float64()),
        ("judged", pa.int64()),
        ("borrowed", pa.float64()),
        ("overlap", pa.float64()),
        ("robustness", pa.float64()),
        ("entry", pa.string()),
        ("verdict", pa.string()),
    ]
)


def effects(  # noqa: PLR0913 - each is an option of the command
    data: DataOption,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="FILE", help="Also write all to FILE.csv or FILE.parquet.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE.svg", help="Also draw a forest plot.")
    ] = None,
    program: Annotated[str | None, typer.Option("--program", help="Only this program, by its id.")] = None,
    competency: Annotated[
        str | None, typer.Option("--competency", help="Only this competency, by its id.")
    ] = None,
    by_entry: Annotated[
        bool, typer.Option("--by-entry", help="Tell apart who entered below the program's entry level.")
    ] = False,
    top: Annotated[
        int, typer.Option("--top", min=1, help="How many to show: of those that work, do not, are not known.")
    ] = 5,
    everything: Annotated[bool, typer.Option("--all", help="Show and draw all of them.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print all as one JSON object.")] = False,
    lang: LanguageOption = "id",
) -> None:
    """Measure what each program changes in each competency that it teaches.

    From the assessments before and after, against comparable people who did not attend; what the catalogue
    declares is only a starting point. Programs learn from each other, and what is known of each is told apart
    from what is borrowed. The file holds program_id, competency_id, effect, standard_error, lower, upper,
    people (who completed it), warnings, then declared, judged (of these, assessed afterwards), borrowed,
    overlap (Alike in the table), robustness (Hidden cause), entry, and verdict (works, little or unknown, the
    sections of the table); the largest effect first.

    Example: recommender effects --data data/sample --lang en --out effects.csv --plot effects.svg

    One program: recommender effects --data data/sample --program P061 --lang en

    By level at entry, where enough were assessed: recommender effects --data data/sample --by-entry --lang en
    """
    language = checked_language(lang)
    check_file(out, data, (".csv", ".parquet"), "--out")
    check_file(plot, data, (".svg",), "--plot")
    dataset = Dataset.load(data)
    _check_data(dataset)
    check_declared(dataset, program, competency)
    measured = _measured(dataset, by_entry, language)
    places = _places(measured, program, competency)
    if out is not None:
        put(out, lambda work: _write(_table_of(measured, places), work))
    if plot is not None:
        drawing = forest_svg(measured, language, places, None if everything else 20)
        put(plot, lambda work: work.write_text(drawing, encoding="utf-8"))
    if as_json:
        typer.echo(json.dumps(_plain(measured, places, language), ensure_ascii=False, indent=2))
        return
    console = Console(highlight=False)
    console.width = min(console.width, _WIDEST)
    for part in _page(measured, places, None if everything else top, language):
        console.print(part)
    for file in (out, plot):
        if file is not None:
            console.print(Text(phrase("effects", "written", language, file=file)))


def _check_data(dataset: Dataset) -> None:
    """Refuse data from which no effect can be measured.

    Raises
    ------
    NothingToLearn
        No program says what it teaches.
    """
    if np.isnan(dataset.programs.target).all():
        raise NothingToLearn(
            "no program says what it teaches, so there is no effect to measure. Add program_outcomes: a row "
            "with the target level for each program and competency."
        )


def _measured(dataset: Dataset, by_entry: bool, language: Language) -> ProgramEffects:
    """Fit and measure, and say on stderr which of them takes so long."""
    with Console(stderr=True).status(phrase("effects", "fitting", language)) as status:
        estimator = CompetencyEstimator().fit(dataset)
        status.update(phrase("effects", "measuring", language))
        return measure_effects(dataset, estimator, by_entry=by_entry)


def _places(measured: ProgramEffects, program: str | None, competency: str | None) -> IntArray:
    """Return the places of the outcomes asked for, the largest effect first."""
    wanted = np.ones(len(measured), dtype=bool)
    if program is not None:
        wanted &= measured.program == measured.dataset.programs.ids.row(program)
    if competency is not None:
        wanted &= measured.competency == measured.dataset.competencies.ids.row(competency)
    ranked = np.argsort(-measured.effect, kind="stable")
    return ranked[wanted[ranked]]


def _table_of(measured: ProgramEffects, places: IntArray) -> pa.Table:
    """Return outcomes as the contract has them; a number that is not known is null."""
    dataset = measured.dataset
    texts = {
        "program_id": [dataset.programs.ids[row] for row in measured.program[places]],
        "competency_id": [dataset.competencies.ids[row] for row in measured.competency[places]],
        "entry": [measured.entry[place] for place in places],
        "verdict": _verdict_of(measured, places),
        "warnings": ["; ".join(warnings_in(measured, place, "en")) for place in places],
    }
    columns = [
        texts[field.name]
        if field.name in texts
        else pa.array(getattr(measured, field.name)[places].round(_DIGITS), field.type, from_pandas=True)
        for field in _COLUMNS
    ]
    return pa.table(columns, schema=_COLUMNS)


def _verdict_of(measured: ProgramEffects, places: IntArray) -> list[str]:
    """Return the section of the table that each outcome stands in."""
    said = {int(k): name for name, found in verdicts(measured, places).items() for k in found}
    return [said[int(place)] for place in places]


def _write(table: pa.Table, file: Path) -> None:
    writer = pyarrow.csv.write_csv if file.suffix == ".csv" else pyarrow.parquet.write_table
    writer(table, str(file))


def _plain(measured: ProgramEffects, places: IntArray, language: Language) -> dict[str, object]:
    rows = _table_of(measured, places).to_pylist()
    outcomes = [
        row | {"warnings": warnings_in(measured, place, "en")}
        for row, place in zip(rows, places, strict=True)
    ]
    heard = measured.pooled.heard
    signals = [(one.signal.name, one.worth, math.sqrt(one.worth_variance)) for one in heard]
    return {
        "as_of": _day(measured.dataset),
        "notes": list(_notes(measured, places, language)),
        "forgetting": round(measured.forgetting, _DIGITS),
        "usual_share": round(measured.pooled.usual[0], _DIGITS),
        "signals": [
            {"name": name, "worth": round(worth, _DIGITS), "standard_error": round(error, _DIGITS)}
            for name, worth, error in signals
        ],
        "outcomes": outcomes,
    }


def _day(dataset: Dataset) -> str | None:
    return None if np.isnat(dataset.as_of) else str(dataset.as_of)


def _notes(measured: ProgramEffects, places: IntArray, language: Language) -> Iterator[str]:
    if not len(measured.dataset.history):
        yield phrase("effects", "no_records", language)
    elif not len(measured.dataset.assessments):
        yield phrase("effects", "no_assessments", language)
    elif not len(places):
        yield phrase("effects", "too_few_by_entry", language, few=FEWEST)


def _page(
    measured: ProgramEffects, places: IntArray, most: int | None, language: Language
) -> Iterator[Text | Table]:
    day = phrase("effects", "as_of", language, as_of=_day(measured.dataset) or "-")
    yield Text.assemble((phrase("effects", "title", language), "bold"), f"  ({day})")
    for note in _notes(measured, places, language):
        yield Text(note, style="yellow")
    found = verdicts(measured, places)
    for verdict in VERDICTS:
        if not len(found[verdict]):
            continue
        said, count = phrase("effects", verdict, language), len(found[verdict])
        shown = found[verdict][:most]
        yield Text("\n" + phrase("effects", "counted", language, verdict=said, count=count), style="bold")
        yield _table(measured, shown, language)
        if len(shown) < count:
            yield Text(phrase("effects", "hidden_rows", language, count=count - len(shown)), style="dim")
    yield Text("")
    for lesson in lessons(measured, language):
        yield Text(lesson)
    meaning = "meaning_by_entry" if measured.by_entry else "meaning"
    for said in (meaning, "columns"):
        yield Text(f"\n{phrase('effects', said, language)}", style="dim")
    if not np.isnan(measured.robustness).all():
        yield Text(phrase("effects", "hidden_cause", language), style="dim")


def _table(measured: ProgramEffects, places: IntArray, language: Language) -> Table:
    first, *others = _WORDS[language]
    has_causes = not np.isnan(measured.robustness).all()
    table = Table(box=SIMPLE, pad_edge=False, show_edge=False, expand=True)
    table.add_column(first, ratio=1)
    for name in [*others, *([_HIDDEN_CAUSE[language]] if has_causes else [])]:
        table.add_column(name, justify="right", no_wrap=True)
    for k in places:
        cells = [
            f"{measured.effect[k]:+.2f} / {measured.declared[k]:.1f}\n"
            f"[{measured.lower[k]:+.2f}, {measured.upper[k]:+.2f}]",
            f"{measured.people[k]:,}\n{measured.judged[k]:,}",
            f"{_percent(measured.overlap[k])}\n{_percent(measured.borrowed[k])}",
            _percent(measured.robustness[k]),
        ]
        table.add_row(_named(measured, int(k), language), *cells[: 3 + has_causes])
    return table


def _named(measured: ProgramEffects, place: int, language: Language) -> Text:
    """Return what an outcome is called, and what to keep in mind of it."""
    dataset, row = measured.dataset, measured.program[place]
    id_, title = dataset.programs.ids[row], dataset.programs.title[row]
    name = outcome_name(measured, place, language)
    text = Text.assemble((str(title or id_), "bold"), f"  {id_}\n{name}")
    for warning in warnings_in(measured, place, language):
        text.append(f"\n! {warning}", style="yellow")
    return text


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{share:.0%}"
