"""A plan as a workbook, read back: texts stay texts, days are days, sums are right."""

from __future__ import annotations

import io
from datetime import date

import pytest
from python_calamine import CalamineWorkbook

from recommender.planning.hours import Hours
from recommender.planning.plan import Item, PersonPlan, State, plan_of
from recommender.service.plan_sheet import COLUMNS, WORDS, plan_workbook

NIP = "198501012010011001"
LABELS = {name: f"<{name}>" for name in WORDS} | {"sheet": "Rencana 2026"}


def item(program: str, state: State = "accepted", **cells: object) -> Item:
    usual: dict[str, object] = {"hours": 20.0, "cost": 1_500_000.0, "counts": state == "accepted"}
    fixed = {"title": f"Title of {program}", "provider": "BPSDM", "form": "classroom"}
    days = {"starts_on": date(2026, 3, 2), "ends_on": date(2026, 3, 6)}
    return Item(**{"program_id": program, "state": state, **fixed, **days, **usual, **cells})  # type: ignore[arg-type]


def person(id_: str, name: str, *items: Item) -> PersonPlan:
    return plan_of(items, Hours(2026, 0.0, 20.0, None), (id_, name, "Clerk"))


def read(*people: PersonPlan) -> list[list[object]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(plan_workbook(people, LABELS)))
    assert book.sheet_names == ["Rencana 2026"]
    return [list(row) for row in book.get_sheet_by_index(0).to_python(skip_empty_area=False)]


def column(rows: list[list[object]], name: str) -> list[object]:
    return [row[list(COLUMNS).index(name)] for row in rows[1:]]


def test_one_program_a_row_under_its_headings() -> None:
    first = item("P1", decided_by="Head", reason="agreed", is_compulsory=True)
    rows = read(person(NIP, "Siti", first, item("P2", "suggested")))
    assert rows[0] == [LABELS[name] for name in COLUMNS]
    assert rows[1] == [
        *(NIP, "Siti", "Clerk", "P1", "Title of P1", "BPSDM", "classroom", "<accepted> (<compulsory>)"),
        *(20.0, 1_500_000.0, date(2026, 3, 2), date(2026, 3, 6), "Head", "agreed"),
    ]
    assert column(rows, "state")[1] == "<suggested>"
    assert column(rows, "decided_by")[1] == column(rows, "reason")[1] == ""


def test_only_what_counts_is_summed() -> None:
    rows = read(
        person("1", "A", item("P1"), item("P2", "suggested"), item("P3", "declined")),
        person("2", "B", item("P1", hours=2.5, cost=None), item("P4", counts=False)),
    )
    assert rows[-1][0] == "<total>" and len(rows) == 7
    assert column(rows, "hours")[-1] == 22.5 and column(rows, "cost")[-1] == 1_500_000.0


@pytest.mark.parametrize(
    "text",
    [
        "=cmd|' /C calc'!A0",
        "+1+1",
        "-2",
        "@SUM(A1)",
        "0012",
        "1e5",
        "https://example.org/x",
        "mailto:a@b",
        "A & B <b>",
        "{=SUM(A1)}",
        " two  blanks ",
        "Ünïcode — 漢字 🎓",
    ],
)
def test_a_text_stays_a_text(text: str) -> None:
    rows = read(person(text, text, item(text, title=text, provider=text, reason=text, decided_by=text)))
    for name in ("employee_id", "name", "program_id", "title", "provider", "reason", "decided_by"):
        assert column(rows, name)[0] == text


def test_what_is_not_known_is_an_empty_cell() -> None:
    empty = item("P1", hours=None, cost=None, starts_on=None, ends_on=None, provider="", form="")
    rows = read(person("1", "", empty))
    for name in ("name", "hours", "cost", "starts_on", "ends_on", "provider", "form"):
        assert column(rows, name)[0] == ""


@pytest.mark.parametrize("people", [(), (person("1", "A"),)])
def test_a_plan_of_nothing_is_headings_and_a_sum(people: tuple[PersonPlan, ...]) -> None:
    rows = read(*people)
    assert len(rows) == 2 and column(rows, "hours") == [0.0]
