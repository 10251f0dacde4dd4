"""`recommender recommend`: a ranked, explained list for one employee."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, get_args

import typer
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from recommender.cli.serving import (
    BundleOption,
    DataOption,
    LanguageOption,
    LedgerOption,
    echo_json,
    engine_over,
    ledger_at,
)
from recommender.domain import Answer, Horizon, Recommendation
from recommender.explain import LANGUAGES, Language, main_reasons, phrase

_WORDS = {
    "id": {
        "for": "Saran pelatihan untuk",
        "by": "peringkat oleh",
        "date": "data per",
        "program": "Pelatihan",
        "hours": "JP",
        "closes": "Menutup (80 %)",
        "score": "Skor",
        "excluded": "Tidak disarankan (satu pelatihan dapat terhitung lebih dari sekali)",
        "legend": "Menutup: kesenjangan kompetensi yang diperkirakan tertutup, dalam level kali bobot, "
        "dengan rentang 80 %. Skor: jumlah semua bagian; hanya urutannya yang berarti.",
    },
    "en": {
        "for": "Recommended for",
        "by": "ranked by",
        "date": "data as of",
        "program": "Program",
        "hours": "JP",
        "closes": "Closes (80 %)",
        "score": "Score",
        "excluded": "Kept out (a program may count more than once)",
        "legend": "Closes: the competency gap expected to be closed, in levels times weight, with its 80 % "
        "interval. Score: the sum of all parts; only its order means something.",
    },
}


def recommend(  # noqa: PLR0913 - each is an option of the command
    employee: Annotated[str, typer.Argument(metavar="EMPLOYEE", help="The employee's id.")],
    data: DataOption,
    bundle: BundleOption = None,
    n: Annotated[int, typer.Option("-n", min=1, max=100, help="How many programs at most.")] = 5,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object for machines.")] = False,
    ledger: LedgerOption = None,
    lang: LanguageOption = "id",
    horizon: Annotated[
        str,
        typer.Option("--horizon", metavar="current|next", help="Whose gap: the position held, or the next."),
    ] = "current",
) -> None:
    """Recommend programs for one employee, each with its reasons.

    The list is advice: a named person decides. Contributions of the reasons add up to the score.

    Example: recommender recommend E00042 --data data/sample -n 3 --lang en
    """
    language, position = checked_language(lang), _checked_horizon(horizon)
    kept = ledger_at(ledger, data, bundle)
    engine = engine_over(data, bundle)
    if kept is None:
        answer = engine.recommend(employee, n, language, position)
    else:
        decisions = engine.decide([employee], kept.key, n, language, position)
        kept.append(kept.lines(decisions, engine))
        answer = decisions[0].answer
    if as_json:
        echo_json(answer)
        return
    console = Console(highlight=False)
    for part in _page(answer, language):
        console.print(part)


def checked_language(text: str) -> Language:
    """Return the language called `text`, or end the command with what is allowed."""
    for language in LANGUAGES:
        if text == language:
            return language
    raise typer.BadParameter(
        f"{text!r} is not a language; use one of {', '.join(LANGUAGES)}.", param_hint="--lang"
    )


def _checked_horizon(text: str) -> Horizon:
    for horizon in get_args(Horizon):
        if text == horizon:
            found: Horizon = horizon
            return found
    raise typer.BadParameter(f"{text!r} is not known; use current or next.", param_hint="--horizon")


def _page(answer: Answer, language: Language) -> Iterator[Text | Padding | Table]:
    words = _WORDS[language]
    yield Text.assemble(
        (f"{words['for']} {answer.employee_id}", "bold"),
        f"  ({words['by']} {answer.ranker}; {words['date']} {answer.as_of or '-'})",
    )
    for note in answer.notes:
        yield Text(note, style="yellow")
    if answer.recommendations:
        yield _table(answer.recommendations, language)
        yield Text(words["legend"], style="dim")
    if answer.excluded:
        parts = (f"{phrase('exclusions', code, language)} {count}" for code, count in answer.excluded.items())
        yield Text(f"{words['excluded']}: {', '.join(parts)}.", style="dim")


def _table(recommendations: tuple[Recommendation, ...], language: Language) -> Table:
    words = _WORDS[language]
    table = Table(show_lines=True)
    table.add_column("#", justify="right")
    table.add_column(words["program"], ratio=1)
    for name in ("hours", "closes", "score"):
        table.add_column(words[name], justify="right", no_wrap=True)
    for one in recommendations:
        reasons, rest = main_reasons(one)
        text = Text.assemble((f"{one.title or one.program_id}", "bold"), f"  {one.program_id}")
        for reason in reasons:
            text.append(f"\n{reason.contribution:+.2f}  {reason.text}")
        if rest is not None:
            text.append(f"\n{rest:+.2f}  {phrase('reasons', 'rest', language)}", style="dim")
        hours = "-" if one.hours is None else f"{one.hours:g}"
        table.add_row(str(one.rank), text, hours, _closes(one), f"{one.score:.2f}")
    return table


def _closes(one: Recommendation) -> str:
    if one.benefit is None:
        return "-"
    return f"{one.benefit:.2f}\n[{one.benefit_low:.2f}, {one.benefit_high:.2f}]"
