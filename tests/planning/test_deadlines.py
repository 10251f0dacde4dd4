"""What is owed of compulsory programs, and since when. The data's date is 1 January 2024."""

from __future__ import annotations

import numpy as np
import pytest

from recommender.planning.deadlines import due_days, still_owed
from tests.cities import attended
from tests.planning.people import office_people

MANDATE = {"mandate_id": "M", "program_id": "basics"}


def owed(*mandates: dict[str, object], taken: tuple[str, ...] = (), person: int = 0) -> str | None:
    """Return the day by which `basics` is owed, "NaT" where no day is set, None where it is not owed."""
    records = [attended("E0", "basics", day) for day in taken]
    people = office_people(mandates=mandates, training_records=records)
    column = people.dataset.programs.ids.row("basics")
    assert people.dataset.as_of == np.datetime64("2024-01-01")
    assert not np.delete(still_owed(people), column, axis=1).any()
    return str(due_days(people)[person, column]) if still_owed(people)[person, column] else None


def test_nothing_is_owed_without_a_mandate() -> None:
    assert owed() is None


@pytest.mark.parametrize(
    ("cells", "is_bound"),
    [
        ({}, True),
        ({"position_id": "CLERK"}, True),
        ({"position_id": "HEAD"}, False),
        ({"tier": "pelaksana"}, True),
        ({"tier": "pengawas"}, False),
    ],
)
def test_only_those_bound_owe_it(cells: dict[str, object], is_bound: bool) -> None:
    assert (owed({**MANDATE, **cells}) is not None) is is_bound


def test_the_mandates_day_holds_for_who_never_did_it() -> None:
    assert owed({**MANDATE, "due_on": "2023-06-30", "repeat_months": 12}) == "2023-06-30"
    assert owed({**MANDATE, "due_on": "2024-06-30"}) == "2024-06-30"
    assert owed(MANDATE) == "NaT"


def test_a_completion_settles_it() -> None:
    due = {**MANDATE, "due_on": "2023-06-30"}
    assert owed(due, taken=("2019-01-01",)) is None
    assert owed(due, taken=("2019-01-01",), person=1) == "2023-06-30"
    assert owed({**due, "repeat_months": 12}, taken=("2023-03-01",)) is None
    assert owed({**due, "repeat_months": 12}, taken=("",)) is None, "nobody can say that it has run out"


def test_what_ran_out_is_owed_since_then() -> None:
    yearly = {**MANDATE, "repeat_months": 12}
    assert owed(yearly, taken=("2022-06-01",)) == "2023-06-01"
    assert owed({**yearly, "due_on": "2021-01-31"}, taken=("2022-06-01",)) == "2023-06-01"
    assert owed({**yearly, "due_on": "2024-03-31"}, taken=("2022-06-01",)) == "2024-03-31"
    assert owed(yearly, taken=("2022-06-01", "2020-06-01")) == "2023-06-01", "the latest one counts"


@pytest.mark.parametrize(("day", "is_owed"), [("2022-12-31", True), ("2023-01-01", False)])
def test_the_last_day_of_a_completion_still_holds(day: str, is_owed: bool) -> None:
    # Twelve months are 365.25 days: taken on 1 January 2023 it holds through 1 January 2024.
    assert (owed({**MANDATE, "repeat_months": 12}, taken=(day,)) is not None) is is_owed


def test_the_earliest_of_several_days_counts() -> None:
    late = {**MANDATE, "mandate_id": "L", "due_on": "2024-09-30"}
    soon = {**MANDATE, "mandate_id": "S", "due_on": "2024-02-29"}
    other = {**MANDATE, "mandate_id": "O", "due_on": "2023-01-31", "position_id": "HEAD"}
    open_ = {**MANDATE, "mandate_id": "U"}
    assert owed(late, soon, other, open_) == "2024-02-29"


def test_a_very_long_validity_is_for_good() -> None:
    assert owed({**MANDATE, "repeat_months": 1e300}, taken=("2010-01-01",)) is None


@pytest.mark.parametrize(("admitted", "is_owed"), [("pelaksana;pengawas", True), ("pengawas", False)])
def test_nobody_owes_a_program_that_does_not_admit_him(admitted: str, is_owed: bool) -> None:
    rule = {"program_id": "basics", "tiers": admitted}
    people = office_people(mandates=[MANDATE], program_eligibility=[rule])
    assert still_owed(people).any() == is_owed
