"""A city into a database and out again: the same values in the same order, all or nothing."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from recommender.dataset import Dataset
from recommender.dataset.check import check
from recommender.dataset.opening import open_data, policy_for
from recommender.dataset.typed import typed_rows
from recommender.errors import DataError, StoreError
from recommender.store.askers import Asker
from recommender.store.database import Database
from recommender.store.tables import contract, decisions, policies, subjects
from recommender.store.transfer import Imported, Rows, import_rows
from recommender.store.writing import add_records, put_employee, revisions_of

CLERK = Asker("a clerk", "training-office")
SAMPLE = "data/sample"


def url(database: Database) -> str:
    return database.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")


def rows_of(data: str | Path) -> dict[str, Rows]:
    source = open_data(data)
    checked = check(source, policy_for(source))
    assert checked.faults == ()
    return {name: typed_rows(table) for name, table in checked.tables.by_name.items()}


def small(*people: str, programs: tuple[str, ...] = ("P1", "P2")) -> dict[str, Rows]:
    return {
        "employees": [{"employee_id": id_, "name": f"Name of {id_}"} for id_ in people],
        "programs": [{"program_id": id_, "active": id_ != "P2"} for id_ in programs],
        "training_records": [{"employee_id": id_, "program_id": "P1"} for id_ in people],
    }


def dump(database: Database) -> dict[str, list[tuple[object, ...]]]:
    with database.reading() as connection:
        return {
            name: [tuple(row) for row in connection.execute(select(table).order_by(table.c.row))]
            for name, table in contract.items()
        }


def test_the_sample_is_the_same_out_of_a_folder_and_out_of_a_database(database: Database) -> None:
    import_rows(database, rows_of(SAMPLE), "")
    assert Dataset.load(url(database)).digest == Dataset.load(SAMPLE).digest


def test_odd_cells_come_out_as_they_went_in(database: Database, tmp_path: Path) -> None:
    people = [
        ["employee_id", "name", "grade", "hired_on", "status", "target_position_id"],
        ["0007", 'Siti "Titi", Rahayu; S.H.', "iii/A", "1999-12-31", "", ""],
        ["1e5", "Dua\nBaris", "", "", "active", ""],
        ["19700101 199001 1 001", "Ñ ’ 東京 \U0001f600", "", "2024-02-29", "", ""],
    ]
    programs = [
        ["program_id", "hours", "cost", "active"],
        ["P1", "0.1", "123456789.123", "ya"],
        ["P2", "-0", "1e300", "tidak"],
        ["P3", ".30000000000000004", "", ""],
    ]
    for name, rows in (("employees", people), ("programs", programs)):
        with (tmp_path / f"{name}.csv").open("w", encoding="utf-8", newline="") as stream:
            csv.writer(stream).writerows(rows)
    policy = '[employees]\nactive_statuses = ["active"]\n[levels]\nmaximum = 3\n'
    (tmp_path / "policy.toml").write_text(policy)
    import_rows(database, rows_of(tmp_path), policy)
    found, given = Dataset.load(url(database)), Dataset.load(tmp_path)
    assert found.digest == given.digest
    assert found.policy.levels.maximum == 3
    assert list(found.employees.ids) == ["0007", "1e5", "197001011990011001"]
    assert found.programs.hours.tolist() == [0.1, 0.0, 0.30000000000000004]
    assert "Dua\nBaris" in [row[2] for row in dump(database)["employees"]]


def test_a_text_that_one_kind_of_database_cannot_keep_is_a_fault_of_the_data(tmp_path: Path) -> None:
    (tmp_path / "employees.csv").write_text("employee_id,name\nE1,a\0b\n")
    (tmp_path / "programs.csv").write_text("program_id,title\nP1,c\0d\n")
    with pytest.raises(DataError) as caught:
        Dataset.load(tmp_path)
    assert [(fault.file, fault.row) for fault in caught.value.faults] == [
        ("employees.csv", 2),
        ("programs.csv", 2),
    ]


def test_the_same_data_twice_give_the_same_content(database: Database) -> None:
    tables = small("E2", "E1")
    assert import_rows(database, tables, "") == Imported(
        {"employees": 2, "programs": 2, "training_records": 2}, 2, 0
    )
    first = dump(database)
    assert import_rows(database, tables, "").new == 0
    assert dump(database) == first
    assert [row[1] for row in first["employees"]] == ["E2", "E1"]


def test_rows_added_later_come_after_those_of_an_import(database: Database) -> None:
    import_rows(database, small("E1"), "")
    with database.writing() as connection:
        put_employee(connection, {"employee_id": "E2"})
        add_records(connection, "training_records", [{"employee_id": "E2", "program_id": "P2"}])
    assert [row[:2] for row in dump(database)["employees"]] == [(1, "E1"), (2, "E2")]
    assert [row[:2] for row in dump(database)["training_records"]] == [(1, "E1"), (2, "E2")]


def test_what_is_kept_of_people_survives_and_everything_is_said_to_have_changed(database: Database) -> None:
    import_rows(database, small("E1", "E2"), "")
    row = {"decision_id": "D1", "employee_id": "E1", "program_id": "P1", "verdict": "accept"}
    with database.writing() as connection:
        connection.execute(insert(decisions), [{**row, "decided_by": "x", "asker": "k", "decided_at": "now"}])
        before = connection.execute(select(subjects).order_by(subjects.c.employee_id)).all()
    import_rows(database, small("E0", "E1", "E2"), "")
    with database.reading() as connection:
        after = connection.execute(select(subjects).order_by(subjects.c.employee_id)).all()
        assert connection.scalars(select(decisions.c.decision_id)).all() == ["D1"]
        assert revisions_of(connection) == {"catalogue": 2, "records": 2, "access": 0}
    assert [row.employee_id for row in after] == ["E0", "E1", "E2"]
    assert [(row.pseudonym, row.salt) for row in after[1:]] == [(row.pseudonym, row.salt) for row in before]
    assert [row.revision for row in after] == [1, 2, 2]


def test_people_are_not_removed_unasked(database: Database) -> None:
    import_rows(database, small("E1", "E2", "E3"), "")
    before = dump(database)
    with pytest.raises(StoreError, match=r"2 of the people .* --remove-absent"):
        import_rows(database, small("E3", "E4"), "")
    assert dump(database) == before
    done = import_rows(database, small("E3", "E4"), "", eraser=CLERK)
    assert (done.new, done.removed) == (1, 2)
    with database.reading() as connection:
        assert set(connection.scalars(select(subjects.c.employee_id))) == {"E3", "E4"}


def test_a_program_that_was_decided_about_is_not_lost(database: Database) -> None:
    import_rows(database, small("E1"), "")
    row = {"decision_id": "D1", "employee_id": "E1", "program_id": "P2", "verdict": "accept"}
    with database.writing() as connection:
        connection.execute(insert(decisions), [{**row, "decided_by": "x", "asker": "k", "decided_at": "now"}])
    with pytest.raises(StoreError, match=r"1 programs that decisions are about .* 'P2'"):
        import_rows(database, small("E1", programs=("P1",)), "")
    assert len(dump(database)["programs"]) == 2


def test_an_import_that_breaks_off_changes_nothing(database: Database) -> None:
    import_rows(database, small("E1"), "[levels]\nmaximum = 3\n")
    before = dump(database)

    def stop(table: str, _rows: int) -> None:
        if table == "training_records":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_rows(database, small("E1", "E2"), "", stop)
    assert dump(database) == before
    assert Dataset.load(url(database)).policy.levels.maximum == 3


def test_progress_counts_every_row(database: Database) -> None:
    told: dict[str, int] = {}
    many = [f"E{number}" for number in range(2_345)]
    import_rows(database, small(*many), "", lambda name, rows: told.update({name: told.get(name, 0) + rows}))
    assert (told["employees"], told["programs"], told["training_records"]) == (2_345, 2, 2_345)


def test_a_policy_is_kept_once_and_goes_with_the_data(database: Database) -> None:
    for text in ("", "[levels]\nmaximum = 3\n", "[levels]\nmaximum = 3\n", ""):
        import_rows(database, small("E1"), text)
    with database.reading() as connection:
        kept = connection.scalars(select(policies.c.text).order_by(policies.c.row)).all()
    assert kept == ["[levels]\nmaximum = 3\n", ""]


def test_a_table_that_breaks_the_contract_is_told_by_its_rows(database: Database) -> None:
    import_rows(database, small("E1"), "")
    with database.writing() as connection:
        connection.execute(insert(contract["units"]), [{"unit_id": "U1", "manager_id": "nobody"}])
    with pytest.raises(DataError, match="units, row 1, column manager_id: 'nobody'"):
        Dataset.load(url(database))
