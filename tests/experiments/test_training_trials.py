from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from experiments.benchmarks.training_trials import difference, kept_by_choice, training_trials
from experiments.benchmarks.trial_data import Trial, read_grants, read_jobs, read_star
from recommender.domain import FloatArray
from recommender.errors import DataError

JOBS = "treat,depress1,econ_hard,sex,age,occp,marital,nonwhite,educ,income,depress2"
GRANTS = "year,fcode,grant,hrsemp,employ,sales,avgsal,union"


def write(folder: Path, file: str, header: str, rows: list[str]) -> None:
    (folder / file).write_text("\n".join([header, *rows]) + "\n", "utf-8")


def trial(
    treated: list[int], outcome: list[float], group: list[str], before: FloatArray | None = None
) -> Trial:
    known = np.zeros(len(outcome)) if before is None else before
    return Trial(
        np.array(treated) == 1, np.array(outcome), known[:, None], known, np.array(group, dtype=object)
    )


def test_lots_are_compared_within_groups_and_averaged_over_the_treated() -> None:
    """Effects of 1 in one school (three treated) and of 5 in the other (two treated)."""
    found = difference(
        trial([1, 1, 1, 0, 0, 1, 1, 0, 0], [1, 2, 3, 0, 2, 14, 16, 9, 11], ["A"] * 5 + ["B"] * 4)
    )
    assert found.effect == pytest.approx(0.6 * 1 + 0.4 * 5)
    assert found.standard_error**2 == pytest.approx(0.6**2 * (1 / 3 + 2 / 2) + 0.4**2 * (2 / 2 + 2 / 2))
    assert found.holds(found.effect + 1.95 * found.standard_error)
    assert not found.holds(found.effect - 1.97 * found.standard_error)


def test_the_choice_keeps_the_treated_and_the_untreated_who_were_well() -> None:
    before = np.random.default_rng(0).normal(size=2000)
    one = trial([0, 1] * 1000, [0.0] * 2000, ["all"] * 2000, before)
    kept = kept_by_choice(one, 1)
    assert kept[one.treated].all()
    untreated = kept & ~one.treated
    assert 0.4 < untreated.sum() / 1000 < 0.6
    assert before[untreated].mean() < -0.5
    assert (kept == kept_by_choice(one, 1)).all()
    assert (kept != kept_by_choice(one, 2)).any()


def test_jobs_words_become_columns(tmp_path: Path) -> None:
    rows = [
        "1,2.5,3,0,40,sales,married,white0,bach,lt15k,1.5",
        "0,1.5,2,1,30,craft,single,white0,gradwk,50k+,2",
    ]
    write(tmp_path, "jobs.csv", JOBS, rows)
    found = read_jobs(tmp_path)
    assert found.treated.tolist() == [True, False]
    assert found.outcome.tolist() == [1.5, 2]
    assert found.covariates.tolist() == [[2.5, 3, 0, 40, 1, 0, 0, 1], [1.5, 2, 1, 30, 0, 1, 1, 0]]
    assert (found.covariates[:, 0] == found.before).all()


def test_grants_are_those_of_the_second_year_with_facts_of_the_first(tmp_path: Path) -> None:
    rows = [
        "1987,F1,0,5,10,100,9,0",
        "1988,F1,1,25,99,999,99,1",
        "1987,F2,0,,20,200,8,1",
        "1988,F2,0,7,99,999,99,1",
        "1987,F3,0,3,1,1,1,1",
        "1988,F3,1,,1,1,1,1",
        "1989,F1,0,0,0,0,0,0",
    ]
    write(tmp_path, "jtrain.csv", GRANTS, rows)
    found = read_grants(tmp_path)
    assert found.treated.tolist() == [True, False]
    assert found.outcome.tolist() == [25, 7]
    assert found.covariates[0].tolist() == [5, 10, 100, 9, 0]
    assert np.isnan(found.before).tolist() == [False, True]


def test_star_takes_newcomers_of_schools_with_both_kinds_of_class(tmp_path: Path) -> None:
    header = "gender,ethnicity,birth,stark,star1,math1,lunch1,schoolid1"
    person = "female,cauc,1980 Q1"
    rows = [
        *[f"{person},,small,{score},free,1" for score in (500, 510)],
        *[f"{person},,regular,{score},free,1" for score in (490, 495)],
        f"{person},small,small,999,free,1",
        f"{person},,regular+aide,999,free,1",
        f"{person},,small,,free,1",
        *[f"{person},,small,999,free,2"] * 2,
        f"{person},,regular,999,free,2",
    ]
    write(tmp_path, "STAR.csv", header, rows)
    found = read_star(tmp_path, "1", "math")
    assert found.outcome.tolist() == [500, 510, 490, 495]
    assert found.treated.tolist() == [True, True, False, False]
    assert found.group.tolist() == ["1"] * 4


def test_the_page_runs_with_what_is_there_and_names_what_is_not(tmp_path: Path) -> None:
    random, rows = np.random.default_rng(0), []
    for firm in range(120):
        hours, grant = random.normal(10, 3), firm % 3 == 0
        facts = f"{random.integers(10, 99)},1000,20,0"
        rows += [f"1987,{firm},0,{hours},{facts}", f"1988,{firm},{int(grant)},{hours + 20 * grant},{facts}"]
    write(tmp_path, "jtrain.csv", GRANTS, rows)
    page = training_trials(tmp_path, lambda _: None)
    assert page.headline.startswith("Training grants: 2")
    left_out = [part for part in page.parts if part.startswith("Left out")]
    assert ["jobs.csv" in left_out[0], "STAR.csv" in left_out[1]] == [True, True]
    assert "| change from 1987 to 1988, difference | 20.0 [20.0, 20.0] |" in page.parts[-3]


def test_without_any_file_the_page_is_refused_naming_them_all(tmp_path: Path) -> None:
    with pytest.raises(DataError) as caught:
        training_trials(tmp_path, lambda _: None)
    assert [fault.file for fault in caught.value.faults] == ["jobs.csv", "STAR.csv", "jtrain.csv"]
