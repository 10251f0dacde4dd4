"""What only the XML inside an .xlsx file tells: formulas without a saved value, error cells, its size.

Spreadsheet readers give an empty cell for a formula that was never calculated and for `#N/A`; taken as
empty, such cells would be lost in silence.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree import ElementTree
from zipfile import BadZipFile, ZipFile

MAX_BYTES = 2**30  # unpacked; a sheet of a million rows and ten columns has about half of it
MAX_CELLS = 100_000_000

_CHUNK = 2**20
_SUSPECT = re.compile(rb"<(?:\w+:)?f[\s/>]|\st=[\"']e[\"']")
_DIMENSION = re.compile(rb"<(?:\w+:)?dimension\s+ref=[\"']([A-Z]+)([0-9]+):([A-Z]+)([0-9]+)[\"']")
_REFERENCE = re.compile(r"([A-Z]+)([0-9]+)")


@dataclass(frozen=True, slots=True)
class BadCell:
    """A cell of a sheet that has no value to read; `row` counts from 1, `column` from 0."""

    row: int
    column: int
    reference: str
    problem: str


def check_archive(archive: ZipFile) -> None:
    """Raise BadZipFile where the archive unpacks to too much or a member is damaged."""
    total = sum(member.file_size for member in archive.infolist())
    if total > MAX_BYTES:
        raise BadZipFile(f"it unpacks to {total / 2**30:.1f} GB, more than {MAX_BYTES / 2**30:.0f} GB")
    # Reading every member proves that the sizes just added up are true.
    if damaged := archive.testzip():
        raise BadZipFile(f"its part {damaged} is damaged")


def sheet_members(archive: ZipFile) -> dict[str, str]:
    """Return the archive member of each sheet by the sheet's name."""
    links = {
        link.get("Id"): link.get("Target", "")
        for link in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    }
    members = {}
    for element in ElementTree.fromstring(archive.read("xl/workbook.xml")).iter():
        if _local(element.tag) == "sheet":
            link = next((value for key, value in element.attrib.items() if _local(key) == "id"), "")
            target = links.get(link, "")
            members[element.get("name", "")] = target[1:] if target.startswith("/") else f"xl/{target}"
    return members


def is_too_wide(archive: ZipFile, member: str) -> bool:
    """Return whether the sheet says that it spans more cells than can be held."""
    with archive.open(member) as stream:
        found = _DIMENSION.search(stream.read(4096))
    if found is None:
        return False
    left, top, right, bottom = (part.decode() for part in found.groups())
    width = column_number(right) - column_number(left) + 1
    return width * (int(bottom) - int(top) + 1) > MAX_CELLS


def bad_cells(archive: ZipFile, member: str) -> Iterator[BadCell]:
    """Yield each cell that holds an error or a formula without a saved value."""
    if not _is_suspect(archive, member):
        return
    with archive.open(member) as stream:
        for _, element in ElementTree.iterparse(stream):
            tag = _local(element.tag)
            if tag == "c" and (problem := _problem(element)):
                reference = element.get("r", "")
                if place := _REFERENCE.fullmatch(reference):
                    yield BadCell(int(place[2]), column_number(place[1]), reference, problem)
            elif tag == "row":
                element.clear()


def column_number(letters: str) -> int:
    """Return the place of a column from its letters: A is 0, AA is 26."""
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


def _is_suspect(archive: ZipFile, member: str) -> bool:
    """Return whether the sheet has any formula or error at all, which most have not."""
    tail = b""
    with archive.open(member) as stream:
        while chunk := stream.read(_CHUNK):
            if _SUSPECT.search(tail + chunk):
                return True
            tail = chunk[-16:]
    return False


def _problem(cell: ElementTree.Element) -> str:
    parts = {_local(part.tag): part for part in cell}
    value = parts.get("v")
    if cell.get("t") == "e":
        return f"holds the error {'' if value is None else value.text}."
    # A formula whose result is the empty text is saved as type "str" with an empty value.
    saved = value is not None and (value.text or cell.get("t") == "str")
    return "holds a formula without a saved value." if "f" in parts and not saved else ""


def _local(tag: str) -> str:
    return tag.rsplit("}", 1)[-1]
