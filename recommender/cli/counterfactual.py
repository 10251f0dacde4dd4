"""`recommender counterfactual`: what would have to be otherwise for another program to stand first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from recommender.cli.recommend import checked_language
from recommender.cli.serving import BundleOption, DataOption, LanguageOption, echo_json, engine_over
from recommender.domain import Counterfactual
from recommender.explain import Language, phrase

_WORDS = {
    "id": {"first": "Saran pertama untuk", "date": "data per", "change": "Andai", "size": "Beda"},
    "en": {"first": "Stands first for", "date": "data as of", "change": "What if", "size": "Differs"},
}


def counterfactual(
    employee: Annotated[str, typer.Argument(metavar="EMPLOYEE", help="The employee's id.")],
    data: DataOption,
    bundle: BundleOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")] = False,
    lang: LanguageOption = "id",
) -> None:
    """Say what evidence, had it been otherwise, would put another program first.

    The smallest change of each kind: a further judgement, another outcome of an earlier one, an assessment
    or a training that was not there. Each was made in the tables and scored anew. The model stays as it is:
    it is not trained anew.

    Example: recommender counterfactual E00042 --data data/sample --lang en
    """
    language = checked_language(lang)
    engine = engine_over(data, bundle)
    with Console(stderr=True).status(phrase("counterfactual", "searching", language)):
        found = engine.counterfactual(employee, language)
    if as_json:
        echo_json(found)
        return
    console = Console(highlight=False)
    for part in _page(found, language):
        console.print(part)


def _page(found: Counterfactual, language: Language) -> Iterator[Text | Table]:
    words = _WORDS[language]
    first = f"{found.title}  {found.program_id}" if found.program_id else "-"
    yield Text.assemble(
        (f"{words['first']} {found.employee_id}: {first}", "bold"),
        f"  ({words['date']} {found.as_of or '-'})",
    )
    for note in found.notes:
        yield Text(note, style="yellow")
    if found.changes:
        table = Table(show_lines=True)
        table.add_column(words["change"], ratio=1)
        table.add_column(words["size"], justify="right", no_wrap=True)
        for change in found.changes:
            table.add_row(Text(change.text), "-" if change.size is None else f"{change.size:.1f}")
        yield table
        yield Text(phrase("counterfactual", "legend", language), style="dim")
