"""`recommender profile`: what is believed of one employee, as a table, JSON or a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from recommender.cli.recommend import checked_language
from recommender.cli.serving import BundleOption, DataOption, LanguageOption, echo_json, engine_over
from recommender.domain import CompetencyLine, Profile
from recommender.explain import Language, phrase, profile_svg

_WORDS = {
    "id": ("Kompetensi", "Dipersyaratkan", "Perkiraan (80 %)", "Kesenjangan", "Dasar"),
    "en": ("Competency", "Asked", "Held (80 %)", "Gap", "Rests on"),
}


def profile(
    employee: Annotated[str, typer.Argument(metavar="EMPLOYEE", help="The employee's id.")],
    data: DataOption,
    bundle: BundleOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")] = False,
    svg: Annotated[
        Path | None, typer.Option("--svg", metavar="FILE.svg", help="Also draw the profile.")
    ] = None,
    lang: LanguageOption = "id",
) -> None:
    """Show the level held in each competency, how sure that is, what it rests on, and the gap to the job.

    Gap = how far the level is expected to fall short of what is asked, uncertainty counted. The largest,
    times the requirement's weight, first.

    Example: recommender profile E00042 --data data/sample --lang en --svg E00042.svg
    """
    language = checked_language(lang)
    engine = engine_over(data, bundle)
    found = engine.profile(employee, language)
    if svg is not None:
        svg.write_text(profile_svg(found, engine.dataset.policy.levels, language), encoding="utf-8")
    if as_json:
        echo_json(found)
        return
    console = Console(highlight=False)
    console.print(Text(phrase("profile", "title", language, employee=employee), style="bold"))
    for name, title in (("position", found.position), ("next_position", found.next_position)):
        if title:
            console.print(Text(phrase("profile", name, language, position=title)))
    if not found.lines:
        console.print(Text(phrase("profile", "nothing", language)))
        return
    console.print(_table(found, language))
    console.print(Text(phrase("profile", "note", language, as_of=found.as_of or "-")))


def _table(found: Profile, language: Language) -> Table:
    table = Table()
    table.add_column(_WORDS[language][0])
    for name in _WORDS[language][1:4]:
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column(_WORDS[language][4])
    for line in found.lines:
        held = f"{line.held:.1f} [{line.low:.1f}, {line.high:.1f}]"
        table.add_row(line.name, _asked(line), held, _number(line.gap), line.rests_on)
    return table


def _asked(line: CompetencyLine) -> str:
    following = "" if line.next_required is None else f" → {line.next_required:g}"
    return ("-" if line.required is None else f"{line.required:g}") + following


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.2f}"
