from __future__ import annotations

import numpy as np

from recommender.dataset.sample import of_people
from recommender.domain import MISSING
from tests.cities import load, town


def test_some_people_keep_what_is_theirs_in_the_order_asked() -> None:
    tables = town()
    tables["units"] = [{"unit_id": "U0", "manager_id": "E7"}, {"unit_id": "U1", "manager_id": "E1"}]
    city = load(tables)
    rows = np.array([7, 3, 50])
    some = of_people(city, rows)
    assert some.employees.ids.ids == ("E7", "E3", "E50")
    np.testing.assert_array_equal(some.employees.position, city.employees.position[rows])
    for now, row in enumerate(rows):
        for name in ("history", "assessments", "reviews"):
            part, whole = (getattr(each, name) for each in (some, city))
            mine, was = part.employee == now, whole.employee == row
            key = {"history": "program", "assessments": "level", "reviews": "score"}[name]
            np.testing.assert_array_equal(getattr(part, key)[mine], getattr(whole, key)[was])
            assert mine.any()
    assert (np.diff(some.history.employee) >= 0).all(), "rankers rely on histories person by person"
    assert some.units.manager.tolist() == [0, MISSING]
    assert some.as_of == city.as_of


def test_all_people_in_their_order_are_the_city_itself() -> None:
    city = load(town())
    same = of_people(city, np.arange(60))
    np.testing.assert_array_equal(same.history.row, city.history.row)
    np.testing.assert_array_equal(same.assessments.level, city.assessments.level)
    assert same.employees.ids == city.employees.ids
