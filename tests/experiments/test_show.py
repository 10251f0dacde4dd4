"""What stands below the table of a backtest."""

from __future__ import annotations

from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from experiments.benchmarks import city
from experiments.judging.backtest import Backtest, backtest
from experiments.show import OF_DATED, print_backtest
from tests.cities import load
from tests.experiments.test_backtest import CUT, recipe, tables


@pytest.fixture(scope="module")
def result() -> Backtest:
    return backtest(load(tables(3, E0="P1 P0", E1="P1 P0", E2="P0 P1")), recipe("popularity"))


def caption(result: Backtest, covered: float = 1.0) -> str:
    console = Console(file=StringIO(), width=170)
    print_backtest(console, replace(result, overall={**result.overall, "covered": covered}), None)
    written = console.file
    assert isinstance(written, StringIO)
    return written.getvalue().split("In brackets")[1]


@pytest.mark.parametrize(("covered", "share"), [(1.0, ""), (0.75, "(25%)"), (0.999, "(under 1%)")])
def test_people_not_covered_are_named_only_where_there_are_any(
    result: Backtest, covered: float, share: str
) -> None:
    shown = caption(result, covered)
    assert ("does not cover" in shown) == bool(share)
    assert share in shown


def test_what_a_cut_in_time_cannot_turn_back_is_said_of_dated_backtests_only(result: Backtest) -> None:
    assert OF_DATED not in caption(result)
    assert OF_DATED in caption(replace(result, cuts=(CUT,)))


def test_the_page_of_simulated_cities_says_so_too() -> None:
    assert any(OF_DATED in remark for remark in city._remarks())
