from __future__ import annotations

import pytest

from recommender.dataset import Dataset
from recommender.errors import DataError


def load(employee_id: str, employment_type: str = "") -> Dataset:
    person = {"employee_id": employee_id, "employment_type": employment_type}
    return Dataset.from_tables({"employees": [person], "programs": [{"program_id": "P"}]})


@pytest.mark.parametrize(
    ("employee_id", "employment_type"),
    [
        ("198503152010031012", "PNS"),
        ("19850315 201003 1 012", "PNS"),
        ("19850315\u00a0201003 1 012", ""),
        ("'198503152010031012", ""),
        ("198503152023212012", "PPPK"),
        ("198503152023212012", ""),
        ("123456789012345678901", "PNS"),
        ("12345678901234567", "PNS"),
        ("PEG-0001", "PNS"),
    ],
)
def test_sound_ids(employee_id: str, employment_type: str) -> None:
    city = load(employee_id, employment_type)
    digits = employee_id.lstrip("'").replace(" ", "").replace("\u00a0", "")
    assert city.employees.ids.ids == (digits,)


def judged_by(assessor: str) -> Dataset:
    assessment = {"employee_id": "E", "competency_id": "C", "level": 1, "assessor_id": assessor}
    tables = {"employees": [{"employee_id": "E"}], "programs": [{"program_id": "P"}]}
    return Dataset.from_tables({**tables, "assessments": [assessment]})


@pytest.mark.parametrize("assessor", ["", "P-7", "198503152010031012", "198503152023212012"])
def test_assessors_may_have_an_nip_of_either_rule(assessor: str) -> None:
    assert judged_by(assessor).assessments.assessor.tolist() == [assessor]


def test_an_assessor_of_eighteen_digits_that_are_no_nip() -> None:
    with pytest.raises(DataError) as caught:
        judged_by("198513152010031012")
    (fault,) = caught.value.faults
    assert (fault.file, fault.column) == ("assessments", "assessor_id")
    assert "digits 1-8 are no birth date" in fault.problem
    assert fault.value == "*" * 14 + "1012"


@pytest.mark.parametrize(
    ("employee_id", "employment_type", "part"),
    [
        ("198513152010031012", "PNS", "digits 1-8 are no birth date"),
        ("198502302010031012", "PPPK", "digits 1-8 are no birth date"),
        ("198503151985031012", "PNS", "digits 9-12 are no year of appointment"),
        ("198503152010131012", "PNS", "digits 13-14 are no month"),
        ("198503152010001012", "PNS", "digits 13-14 are no month"),
        ("198503152010033012", "PNS", "digit 15 is neither 1 nor 2"),
        ("198503152010030012", "", "digit 15 is neither 1 nor 2"),
        ("198503152010031000", "PPPK", "digits 16-18 are 000"),
    ],
)
def test_eighteen_digits_that_are_no_nip(employee_id: str, employment_type: str, part: str) -> None:
    with pytest.raises(DataError) as caught:
        load(employee_id, employment_type)
    (fault,) = caught.value.faults
    assert part in fault.problem
    assert fault.value == "*" * 14 + employee_id[-4:]
    assert employee_id not in str(caught.value)
