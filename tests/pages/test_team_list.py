"""The list of a team: what is named of somebody, in which order, and that the words say so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from recommender.service.team import Wanted
from recommender.store.askers import Asker
from tests.pages.browsing import Browser, Page
from tests.pages.conftest import UNIT

ASKER = Asker("account-manager", "manager", unit_id=UNIT)


@pytest.fixture
def manager(signed_in: Callable[[str], Browser]) -> Browser:
    return signed_in("manager")


def cells(page: Page) -> list[str]:
    """Return what the list says of each person's gaps."""
    return [one.text for one in page.all("td", **{"data-label": "Kesenjangan"})]


def test_the_two_largest_gaps_of_the_heat_map_are_named(manager: Browser) -> None:
    team = manager.office.team(UNIT, Wanted(), "id", ASKER)
    told = cells(manager.get("/team"))
    assert len(told) == len(team.rows) > 10
    for text, row in zip(told, team.rows, strict=True):
        largest = sorted(row.member.lacks, key=lambda lack: -lack.shortfall)[:2]
        for lack in largest:
            if lack.shortfall >= 0.1:
                assert team.names[lack.competency] in text
                assert f"−{lack.shortfall:.1f}".replace(".", ",") in text


def test_the_order_is_the_one_that_is_printed(manager: Browser) -> None:
    page = manager.get("/team?sort=gap")
    sums = [
        float(text.rpartition("berbobot ")[2].replace(".", "").replace(",", "."))
        for text in cells(page)
        if "berbobot" in text
    ]
    assert sums == sorted(sums, reverse=True)
    assert len(set(sums)) > 5
    (chosen,) = (one.text for one in page.all("option", value="gap"))
    assert chosen == "Jumlah kesenjangan berbobot"
    assert "Berbobot: kekurangan dikalikan bobot" in page.words


def test_filtered_by_a_competency_the_list_names_it_first(manager: Browser) -> None:
    team = manager.office.team(UNIT, Wanted(competency="M.03"), "id", ASKER)
    (name,) = (name for id_, name in team.competencies if id_ == "M.03")
    told = cells(manager.get("/team?competency=M.03"))
    assert told
    assert all(text.strip().startswith(name) for text in told)


def test_the_map_says_how_its_columns_are_chosen(manager: Browser) -> None:
    assert "Kolom: paling banyak 12 kompetensi" in manager.get("/team").words
