from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from recommender.dataset import Dataset
from recommender.errors import RecommenderError
from recommender.schema import TABLES
from recommender.simulation import City, simulate_city, write_city

from .conftest import SIZES

LARGEST_SAMPLE = 2_000_000


def digest(folder: Path) -> str:
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*.csv")):
        found.update(path.relative_to(folder).as_posix().encode() + path.read_bytes())
    return found.hexdigest()


def test_same_seed_same_bytes(folder: Path, tmp_path: Path) -> None:
    write_city(simulate_city(**SIZES), tmp_path, truth=True)
    assert digest(tmp_path) == digest(folder)


@pytest.mark.parametrize("change", [{"seed": 2}, {"employees": 301}, {"programs": 121}])
def test_other_arguments_other_history(city: City, change: dict[str, int]) -> None:
    other = simulate_city(**{**SIZES, **change})
    assert not other.tables["training_records"].equals(city.tables["training_records"])


def test_every_table_has_the_columns_of_the_contract(folder: Path) -> None:
    for name, table in TABLES.items():
        with (folder / f"{name}.csv").open(newline="") as file:
            assert file.readline() == ",".join(column.name for column in table.columns) + "\n"


@pytest.mark.parametrize("sizes", [SIZES, {"employees": 20, "programs": 10, "seed": 0}])
def test_the_tables_are_a_dataset(sizes: dict[str, int], tmp_path: Path) -> None:
    city = simulate_city(**sizes)
    write_city(city, tmp_path, truth=False)
    dataset = Dataset.load(tmp_path)  # raises on any fault
    assert len(dataset.employees.ids) == sizes["employees"]
    assert len(dataset.programs.ids) == sizes["programs"]
    assert len(dataset.history) == len(city.tables["training_records"])


def test_the_sample_stays_small(folder: Path) -> None:
    assert sum(path.stat().st_size for path in folder.glob("*.csv")) < LARGEST_SAMPLE


def test_a_second_city_replaces_the_first(city: City, tmp_path: Path) -> None:
    write_city(city, tmp_path, truth=True)
    write_city(simulate_city(20, 10, 0), tmp_path, truth=False)
    assert not (tmp_path / "truth").exists()
    assert len((tmp_path / "employees.csv").read_text().splitlines()) == 21


@pytest.mark.parametrize("name", ["notes.txt", "truth/own.csv", "policy.toml"])
def test_foreign_files_are_never_touched(city: City, tmp_path: Path, name: str) -> None:
    write_city(city, tmp_path, truth=True)
    before = (tmp_path / "programs.csv").read_bytes()
    (tmp_path / name).write_text("mine")
    with pytest.raises(RecommenderError, match=name):
        write_city(simulate_city(20, 10, 0), tmp_path, truth=True)
    assert (tmp_path / "programs.csv").read_bytes() == before


def test_a_real_citys_tables_are_foreign(city: City, tmp_path: Path) -> None:
    (tmp_path / "employees.csv").write_text("employee_id,name\nA1,Somebody\n")
    with pytest.raises(RecommenderError, match=r"employees\.csv"):
        write_city(city, tmp_path, truth=False)
    assert (tmp_path / "employees.csv").read_text() == "employee_id,name\nA1,Somebody\n"


@pytest.mark.parametrize(
    ("employees", "programs", "seed", "message"),
    [
        (19, 10, 0, "employees is 19; it must be at least 20"),
        (20, 9, 0, "programs is 9; it must be at least 10"),
        (20, 10, -1, "seed is -1; it must be at least 0"),
    ],
)
def test_impossible_sizes_are_refused(employees: int, programs: int, seed: int, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        simulate_city(employees, programs, seed)
