from __future__ import annotations

import pytest
from sqlalchemy import insert

from recommender.store.database import open_database
from recommender.store.tables import jobs, policies
from tests.cli.conftest import Run
from tests.store.town import a_row


@pytest.fixture
def aged(url: str) -> str:
    """Return a town with three jobs, of which two are from long ago."""
    database = open_database(url)
    with database.writing() as connection:
        for number, year in enumerate(("2001", "2002", "2999")):
            connection.execute(insert(jobs).values(a_row(jobs, job_id=str(number), created_at=year)))
    database.close()
    return url


def test_what_is_past_goes_once_it_is_not_a_dry_run(aged: str, run: Run) -> None:
    code, shown, _ = run("retention", "--database", aged, "--dry-run")
    assert code == 0
    (line,) = [line for line in shown.splitlines() if line.startswith("jobs: ")]
    assert line.startswith("jobs: 2 from before ")
    assert line.endswith(" would go")
    assert "jobs: 2 from before" in run("retention", "--database", aged)[1]
    assert "jobs: 0 from before" in run("retention", "--database", aged)[1]


def test_the_policy_that_was_imported_counts(aged: str, run: Run) -> None:
    database = open_database(aged)
    with database.writing() as connection:
        for days in (1, 36525):
            text = f"[retention]\njobs_days = {days}\n"
            connection.execute(insert(policies).values(text=text, imported_at="2020"))
    database.close()
    assert "jobs: 0 from before" in run("retention", "--database", aged)[1]
