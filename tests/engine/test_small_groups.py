"""Groups that are hidden hide each other: nobody works them out from the total."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.engine.small_groups import hidden_groups


@pytest.mark.parametrize(
    ("people", "hidden"),
    [
        ({}, set()),
        ({"a": 5, "b": 90}, set()),
        ({"a": 4, "b": 7, "c": 90}, {"a", "b"}),
        ({"a": 2, "b": 2, "c": 131, "d": 160}, {"a", "b", "c"}),
        ({"a": 3, "b": 2, "c": 131}, {"a", "b"}),
        ({"a": 4}, {"a"}),
    ],
)
def test_known_cases(people: dict[str, int], hidden: set[str]) -> None:
    assert hidden_groups(people, 5) == hidden


@given(st.dictionaries(st.integers(), st.integers(1, 40), max_size=8), st.integers(1, 12))
def test_what_is_hidden_together_is_no_small_group(people: dict[int, int], least: int) -> None:
    hidden = hidden_groups(people, least)
    assert all(count >= least for group, count in people.items() if group not in hidden)
    if hidden and hidden != set(people):
        assert len(hidden) >= 2
        assert sum(people[group] for group in hidden) >= least
