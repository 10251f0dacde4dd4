"""A plan as a workbook: one program a row, with sums, ready to be sorted, signed and printed.

Every text is written as a text: an id keeps its leading zeros, and a name that begins with "=" is no formula.
"""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import xlsxwriter

from recommender.planning.plan import Item, PersonPlan

# Columns with their widths in characters; the words of a workbook name each of them.
COLUMNS = {
    "employee_id": 22,
    "name": 28,
    "position": 32,
    "program_id": 12,
    "title": 42,
    "provider": 26,
    "form": 14,
    "state": 14,
    "hours": 8,
    "cost": 14,
    "starts_on": 12,
    "ends_on": 12,
    "decided_by": 24,
    "reason": 32,
}
STATES = ("accepted", "suggested", "declined")
WORDS = (*COLUMNS, *STATES, "sheet", "total", "compulsory")
_SAFE = {
    "constant_memory": True,
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
}
_A4 = 9  # the number by which workbooks know this paper


@dataclass(frozen=True, slots=True)
class _Formats:
    """Looks of cells, by what is in them."""

    head: object
    text: object
    number: object
    day: object
    total: object


def plan_workbook(people: Sequence[PersonPlan], words: Mapping[str, str]) -> bytes:
    """Return the plans of some people as an XLSX file.

    The sums at the end are over accepted programs still to come, as `PersonPlan` has them: suggestions and
    what was declined or completed are listed, and not counted.

    Parameters
    ----------
    words : for each of `WORDS` what it is called.
    """
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, _SAFE)
    page = book.add_worksheet(words["sheet"])
    formats = _Formats(
        head=book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"}),
        text=book.add_format({"text_wrap": True, "valign": "top"}),
        number=book.add_format({"num_format": "#,##0.##", "valign": "top"}),
        day=book.add_format({"num_format": "yyyy-mm-dd", "align": "left", "valign": "top"}),
        total=book.add_format({"bold": True, "top": 1, "num_format": "#,##0.##"}),
    )
    _set_up(page, words)
    for place, name in enumerate(COLUMNS):
        page.write_string(0, place, words[name], formats.head)
    last = 0
    for last, cells in enumerate(_rows(people, words), start=1):
        for place, value in enumerate(cells):
            _write(page, (last, place), value, formats)
    _write_total(page, last + 1, people, (words["total"], formats.total))
    page.autofilter(0, 0, max(last, 1), len(COLUMNS) - 1)
    book.close()
    return file.getvalue()


def _set_up(page: xlsxwriter.worksheet.Worksheet, words: Mapping[str, str]) -> None:
    for place, width in enumerate(COLUMNS.values()):
        page.set_column(place, place, width)
    page.freeze_panes(1, 2)
    page.set_landscape()
    page.set_paper(_A4)
    page.fit_to_pages(1, 0)  # as wide as the paper, as long as it takes
    page.repeat_rows(0)
    page.set_footer("&L" + words["sheet"].replace("&", "&&") + "&R&P / &N")


def _rows(people: Sequence[PersonPlan], words: Mapping[str, str]) -> Iterator[tuple[object, ...]]:
    for one in people:
        for item in one.items:
            yield (
                *(one.employee_id, one.name, one.position),
                *(item.program_id, item.title, item.provider, item.form, _state(item, words)),
                *(item.hours, item.cost, item.starts_on, item.ends_on),
                *(item.decided_by, item.reason),
            )


def _state(item: Item, words: Mapping[str, str]) -> str:
    return words[item.state] + (f" ({words['compulsory']})" if item.is_compulsory else "")


def _write(
    page: xlsxwriter.worksheet.Worksheet, at: tuple[int, int], value: object, formats: _Formats
) -> None:
    if isinstance(value, str) and value:
        page.write_string(*at, value, formats.text)
    elif isinstance(value, float):
        page.write_number(*at, value, formats.number)
    elif isinstance(value, date):
        page.write_datetime(*at, value, formats.day)


def _write_total(
    page: xlsxwriter.worksheet.Worksheet, row: int, people: Sequence[PersonPlan], told: tuple[str, object]
) -> None:
    word, look = told
    names = list(COLUMNS)
    for place in range(len(names)):
        page.write_blank(row, place, None, look)
    page.write_string(row, 0, word, look)
    page.write_number(row, names.index("hours"), sum(one.planned_hours for one in people), look)
    page.write_number(row, names.index("cost"), sum(one.planned_cost for one in people), look)
