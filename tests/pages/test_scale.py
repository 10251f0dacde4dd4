"""Pages of a city whose levels go from 0 to 100 instead of 0 to 5: colours and words follow the scale."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import cast

import pytest

from recommender import Dataset
from recommender.bundle import make_current, save_bundle
from recommender.engine import fit_engine
from recommender.policy import policy_of
from recommender.rankers.gap import GapRanker
from recommender.store.askers import Asker
from recommender.store.database import open_database
from recommender.store.migrating import migrate
from recommender.store.sessions import Lasting, SignedIn, start_session
from recommender.store.transfer import import_rows
from tests.api import scene
from tests.api.cities import Rows, sample_rows
from tests.pages.browsing import Browser, Page

POLICY = "[levels]\nmaximum = 100\n"
LEVELS = {
    "position_requirements": ("required_level",),
    "program_outcomes": ("entry_level", "target_level"),
    "assessments": ("level",),
}
OFFICE = Asker("account-office", "training-office")
CLASS = re.compile(r"^heat heat-(\d)")


def widened() -> dict[str, Rows]:
    """Return the sample city with all levels twenty times as high."""
    return {
        name: [
            {
                column: 20 * cast(float, value)
                if column in LEVELS.get(name, ()) and value is not None
                else value
                for column, value in row.items()
            }
            for row in rows
        ]
        for name, rows in sample_rows().items()
    }


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Return a browser on that city in which the training office is signed in."""
    folder = tmp_path_factory.mktemp("wide")
    rows = widened()
    engine = fit_engine(Dataset.from_tables(rows, policy_of(POLICY)), "gap", GapRanker())
    make_current(save_bundle(engine, folder / "models", {"recipe": "gap"}))
    database = open_database(f"sqlite:///{folder}/city.db")
    migrate(database)
    import_rows(database, rows, POLICY)
    database.close()
    with scene.service(f"sqlite:///{folder}/city.db", folder / "models" / "current") as client:
        yield entered(Browser(client))


@pytest.fixture(scope="module")
def usual(site: Browser) -> Browser:
    """Return a browser on the sample city as it is."""
    return entered(site)


def entered(site: Browser) -> Browser:
    with site.database.writing() as connection:
        token = start_session(connection, SignedIn(OFFICE, "Office"), datetime.now(UTC), Lasting())
    return site.with_session(token)


def colours(page: Page) -> Counter[str]:
    cells = (CLASS.match(one.attributes.get("class", "")) for one in page.all("td"))
    return Counter(found[1] for found in cells if found)


@pytest.mark.parametrize(
    ("path", "first", "last"),
    [("/team?unit=U007", "mulai 2,0", "mulai 40,0"), ("/city", "mulai 1,00", "mulai 20,00")],
)
def test_a_map_is_coloured_as_on_the_usual_scale(
    office: Browser, usual: Browser, path: str, first: str, last: str
) -> None:
    for browser in (office, usual):
        while browser.office.city_state("id").figures is None:
            pass
    page = office.get(path)
    assert colours(page) == colours(usual.get(path))
    assert len(colours(page)) > 2
    legend = [one.text for one in page.all("li") if one.text.startswith("mulai")]
    assert (legend[0], legend[-1]) == (first, last)


def test_the_same_competencies_are_named_of_everybody(office: Browser, usual: Browser) -> None:
    wide, narrow = (
        re.findall(r"dan (\d+) lagi ·", one.get("/team?unit=U007").words) for one in (office, usual)
    )
    assert wide == narrow != []
