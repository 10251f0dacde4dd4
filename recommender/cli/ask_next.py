"""`recommender ask-next`: which assessments would improve the recommendations most."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from recommender.cli.recommend import checked_language
from recommender.cli.serving import BundleOption, DataOption, LanguageOption, echo_json, engine_over
from recommender.competency.hygiene import SELF
from recommender.domain import Question
from recommender.engine import Engine
from recommender.errors import UnknownUnit
from recommender.explain import Language, phrase
from recommender.explain.names import source_name
from recommender.policy import Levels

_WORDS = {
    "id": ("Pegawai", "Kompetensi", "Penilai", "Perkiraan", "Menjadi", "Manfaat", "Saran pertama berubah"),
    "en": ("Employee", "Competency", "Judged by", "Held", "Becomes", "Worth", "Best program changes"),
}


def ask_next(  # noqa: PLR0913 - each is an option of the command
    employee: Annotated[str | None, typer.Argument(metavar="[EMPLOYEE]", help="The employee's id.")] = None,
    *,
    data: DataOption,
    unit: Annotated[
        str | None,
        typer.Option("--unit", help="Ask about all in service in this unit, not in those below it."),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option("--source", help="Who would judge, such as supervisor. [default: whoever tells most]"),
    ] = None,
    bundle: BundleOption = None,
    n: Annotated[int, typer.Option("-n", min=1, help="How many assessments to name.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON list for machines.")] = False,
    lang: LanguageOption = "id",
) -> None:
    """Name the assessments whose answers would improve the recommendations most, the best first.

    Worth = levels, times weight, that the five programs of highest benefit are expected to close more, once
    the answer is known. Nothing is worth asking where every answer leaves them as they are.

    Example: recommender ask-next E00042 --data data/sample --lang en

    For a unit: recommender ask-next --unit U001 --source supervisor --data data/sample
    """
    language = checked_language(lang)
    if (employee is None) == (unit is None):
        raise typer.BadParameter("Name an EMPLOYEE or a --unit, one of the two.")
    engine = engine_over(data, bundle)
    who = [employee] if employee is not None else _people_of(engine, str(unit))
    errors = Console(stderr=True)
    with errors.status(phrase("ask", "weighing", language, people=len(who))):
        found = engine.ask_next(who, n, source, language)
    if as_json:
        echo_json(found)
    elif found:
        console = Console(highlight=False)
        console.print(_table(found, engine.dataset.policy.levels, language, of_one=employee is not None))
        console.print(Text(phrase("ask", "legend", language)))
    else:
        judged = bool(set(engine.dataset.assessments.source) - {SELF})
        typer.echo(phrase("ask", "nothing" if judged else "nobody", language))


def _people_of(engine: Engine, unit: str) -> list[str]:
    """Return the people in service in a unit.

    Raises
    ------
    UnknownUnit
        The data know no such unit, or nobody in service in it.
    """
    employees, units = engine.dataset.employees, engine.dataset.units.ids
    row = units.row(unit)
    people = [
        id_
        for id_, place, active in zip(employees.ids, employees.unit, employees.active, strict=True)
        if active and place == row and unit in units
    ]
    if not people:
        raise UnknownUnit(unit, tuple(units))
    return people


def _table(found: list[Question], levels: Levels, language: Language, *, of_one: bool) -> Table:
    table = Table(title=found[0].employee_id if of_one else None, title_justify="left")
    for name in _WORDS[language][of_one:3]:
        table.add_column(name)
    for name in _WORDS[language][3:6]:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column(_WORDS[language][6], justify="right")
    for question in found:
        held = f"{min(max(question.held, levels.minimum), levels.maximum):.1f} ± {question.sd:.2f}"
        who = [question.employee_id, question.name, source_name(question.source, language)]
        worth = [f"± {question.sd_after:.2f}", f"{question.value:.3f}", f"{question.chance:.0%}"]
        table.add_row(*who[of_one:], held, *worth)
    return table
