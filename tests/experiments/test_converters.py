from __future__ import annotations

import csv
import json
from pathlib import Path

import numpy as np
import pytest

from experiments.converters import CONVERTERS, Converted
from recommender.dataset import Dataset
from recommender.errors import DataError
from recommender.schema import TABLES

ROLES = """\
Role,Role Description,Role Level,Role Level Description,Skill Name,Skill Level
Data analyst,Analyses.,Data analyst,Works alone.,Planning,Working
Data analyst,Analyses.,Data analyst,Works alone.,Data management,Practitioner
Data analyst,Analyses.,Data analyst,Works alone.,Data management,Practitioner
Data analyst,Analyses.,Junior data analyst ,Works with help.,Planning,Awareness
Data analyst,Analyses.,Senior data analyst,Leads.,Planning,Expert
Chief data officer,Leads.,NOT IN USE,,Planning,NOT IN USE
"""
SKILLS = """\
Skill Name,Skill Description,Awareness,Working,Practitioner,Expert,Roles that require Skill
Planning,"Planning means
making plans.",a,w,p,e,Data analyst
Data management,Keeping data in order.,a,w,p,e,Data analyst
"""
COURSES = """\
course_url,course_name,course_provided_by,course_difficulty,skills,description,estimated_time_to_complete
u1,Bread,Universitat de Barcelona,Advanced,"['Baking', 'planning']",Bake.,15 hours
u2,Data Management,IBM,Mixed,['Missing'],Missing,4 months
u3,Poetry,IBM,Beginner,['Rhyme'],Write.,1 hour
"""
FILES = {
    "canvas_network": {
        "enrolments_train.json": "".join(
            f'{{"user":{user},"item":{item}}}\n' for user, item in [(7, 2), (7, 0), (3, 2), (3, 1)]
        ),
        "courses.json": "".join(
            json.dumps({"course_idx2": row, "discipline": "Education", "course_length": 40 + row}) + "\n"
            for row in range(4)
        ),
    },
    "insteval": {
        "InstEval.csv": "rownames,s,d,studage,lectage,service,dept,y\n"
        "1,1,1002,2,2,0,2,5\n2,1,1050,2,1,1,6,2\n3,7,1002,2,2,0,2,4\n4,7,1002,2,3,1,6,1\n"
    },
    "kgan_mooccube": {"ratings_final.txt": "0\t10\t1\n0\t9\t0\n2\t9\t1\n1\t3\t0\n"},
    "oulad": {
        "courses.csv": "code_module,code_presentation,module_presentation_length\n"
        "AAA,2013J,268\nBBB,2014B,240\n",
        "assessments.csv": "code_module,code_presentation,id_assessment,assessment_type,date,weight\n"
        "AAA,2013J,1,TMA,19,10\nAAA,2013J,2,CMA,54,30\nAAA,2013J,3,Exam,,100\n"
        "BBB,2014B,4,TMA,19,0\nBBB,2014B,5,TMA,12,0\n",
        "studentInfo.csv": "code_module,code_presentation,id_student,gender,final_result\n"
        "AAA,2013J,11,M,Pass\nAAA,2013J,12,F,Withdrawn\nBBB,2014B,11,M,Fail\n",
        "studentAssessment.csv": "id_assessment,id_student,date_submitted,is_banked,score\n"
        "1,11,18,0,80\n2,11,-1,1,40\n3,11,200,0,\n4,11,20,0,55\n4,12,21,0,?\n",
    },
    "ukgdad_coursera": {
        "ukgdad/roles.csv": ROLES,
        "ukgdad/skills.csv": SKILLS,
        "coursera1000/coursera-courses.csv": COURSES,
    },
}


@pytest.fixture
def source(tmp_path: Path, request: pytest.FixtureRequest) -> Path:
    folder = tmp_path / "source"
    for name, text in FILES[request.param].items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return folder


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def column(folder: Path, table: str, name: str) -> list[str]:
    return [row[name] for row in rows(folder, table)]


def converted(name: str, source: Path) -> tuple[Converted, Path]:
    folder = source.parent / "tables"
    return CONVERTERS[name](source, folder), folder


each_set = pytest.mark.parametrize(("name", "source"), [(n, n) for n in CONVERTERS], indirect=["source"])


def only(name: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("source", [name], indirect=True)


@each_set
def test_what_is_written_is_counted_and_keeps_the_contract(
    name: str, source: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report, folder = converted(name, source)
    assert report.notes
    assert capsys.readouterr() == ("", ""), "what to print is the caller's choice"
    assert set(report.tables) <= set(TABLES)
    assert report.tables == {table: len(rows(folder, table)) for table in report.tables}
    data = Dataset.load(folder)
    assert len(data.employees.ids) == report.tables["employees"]
    assert len(data.programs.ids) == report.tables["programs"]


@each_set
def test_a_missing_file_is_named_with_the_way_out(name: str, source: Path, tmp_path: Path) -> None:
    for file in FILES[name]:
        (source / file).rename(tmp_path / "away")
        with pytest.raises(DataError, match=rf"{Path(file).name}.*Give the folder that holds"):
            CONVERTERS[name](source, tmp_path / "tables")
        (tmp_path / "away").rename(source / file)


@each_set
def test_files_may_lie_in_a_folder_named_like_the_set(name: str, source: Path, tmp_path: Path) -> None:
    if name in ("canvas_network", "insteval", "kgan_mooccube", "oulad"):
        (tmp_path / "sets").mkdir()
        source.rename(tmp_path / "sets" / name)
        source = tmp_path / "sets"
    assert converted(name, source)[0].tables["employees"]


@only("kgan_mooccube")
def test_a_folder_with_files_is_refused(source: Path) -> None:
    converted("kgan_mooccube", source)
    with pytest.raises(DataError, match="holds files already"):
        converted("kgan_mooccube", source)


@only("canvas_network")
def test_canvas_keeps_the_order_and_invents_no_hours(source: Path) -> None:
    _, folder = converted("canvas_network", source)
    assert rows(folder, "training_records") == [
        {"employee_id": "U7", "program_id": "C2"},
        {"employee_id": "U7", "program_id": "C0"},
        {"employee_id": "U3", "program_id": "C2"},
        {"employee_id": "U3", "program_id": "C1"},
    ]
    assert list(rows(folder, "programs")[3].values()) == ["C3", "Education 3", "Education, runs 43 days"]


@only("canvas_network")
def test_a_line_that_is_no_enrolment_is_named(source: Path) -> None:
    (source / "enrolments_train.json").write_text('{"user":1,"item":2}\n{"user":1}\n')
    with pytest.raises(DataError, match=r"enrolments_train.json, row 2, column line"):
        converted("canvas_network", source)


@only("kgan_mooccube")
def test_only_positives_are_enrolments_and_all_courses_are_on_offer(source: Path) -> None:
    _, folder = converted("kgan_mooccube", source)
    pairs = [tuple(row.values()) for row in rows(folder, "training_records")]
    assert pairs == [("U0", "C10"), ("U2", "C9")]
    assert column(folder, "programs", "program_id") == ["C3", "C9", "C10"]


@only("kgan_mooccube")
def test_a_mark_other_than_0_and_1_is_named(source: Path) -> None:
    (source / "ratings_final.txt").write_text("0\t1\t1\n0\t2\t5\n")
    with pytest.raises(DataError, match=r"row 2, column taken: '5'.*one of 1, 0"):
        converted("kgan_mooccube", source)


@only("insteval")
def test_students_are_assessors_of_lecturers_in_departments(source: Path) -> None:
    report, folder = converted("insteval", source)
    data = Dataset.load(folder)
    assert column(folder, "employees", "employee_id") == ["L1002", "L1050"]
    assert column(folder, "employees", "position_id") == ["D2", "D6"], "the first department of each"
    assert data.assessments.assessor.tolist() == ["S1", "S1", "S7", "S7"]
    assert data.assessments.level.tolist() == [5, 2, 4, 1]
    assert np.isnat(data.assessments.assessed_on).all()
    assert (data.policy.levels.minimum, data.policy.levels.maximum) == (1, 5)
    assert report.notes[0].startswith("1 lecturers are rated in more than one department")


@only("insteval")
def test_a_rating_that_is_no_number_is_named(source: Path) -> None:
    with (source / "InstEval.csv").open("a") as file:
        file.write("5,7,1050,2,3,1,6,good\n")
    with pytest.raises(DataError, match=r"InstEval.csv, row 6, column y: 'good'"):
        CONVERTERS["insteval"](source, source.parent / "tables")


@only("oulad")
def test_oulad_enrolments_have_dates_results_and_weighted_scores(source: Path) -> None:
    _, folder = converted("oulad", source)
    passed, withdrawn, failed = rows(folder, "training_records")
    days = ("2013-10-01", "2014-06-26")
    assert (passed["started_on"], passed["completed_on"], passed["status"]) == (*days, "completed")
    assert float(passed["score"]) == (10 * 80 + 30 * 40) / 40, "the missing exam is no zero"
    assert [withdrawn[name] for name in ("completed_on", "status", "score")] == ["", "dropped", ""]
    assert (failed["started_on"], failed["status"]) == ("2014-02-01", "failed")
    assert float(failed["score"]) == 55, "scores of weight 0 count alike where there are no others"


@only("oulad")
def test_oulad_scores_are_assessments_on_a_scale_of_0_to_100(source: Path) -> None:
    report, folder = converted("oulad", source)
    data = Dataset.load(folder)
    assert (data.policy.levels.minimum, data.policy.levels.maximum) == (0, 100)
    assert data.assessments.level.tolist() == [80, 40, 55]
    assert data.assessments.source.tolist() == ["tma", "cma", "tma"]
    assert data.assessments.assessor.tolist() == ["AAA TMA 1", "AAA CMA 1", "BBB TMA 2"], "by day, not by id"
    days = data.assessments.assessed_on.astype(str).tolist()
    assert days == ["2013-10-19", "2013-09-30", "2014-02-21"]
    assert any(note.startswith("2 assessments without a score") for note in report.notes)
    assert data.employees.sex.tolist() == ["M", "F"]


@only("oulad")
def test_an_assessment_that_nobody_set_is_named(source: Path) -> None:
    with (source / "studentAssessment.csv").open("a") as file:
        file.write("99,11,20,0,55\n")
    with pytest.raises(DataError, match=r"studentAssessment.csv.*'99' is not in assessments.csv"):
        converted("oulad", source)


@only("ukgdad_coursera")
def test_role_levels_follow_each_other_by_what_they_require(source: Path) -> None:
    report, folder = converted("ukgdad_coursera", source)
    titles = column(folder, "positions", "title")
    following = dict(zip(titles, column(folder, "positions", "next_position_id"), strict=True))
    assert titles == ["Data analyst", "Junior data analyst", "Senior data analyst"]
    assert following == {"Junior data analyst": "L001", "Data analyst": "L003", "Senior data analyst": ""}
    assert column(folder, "positions", "tier") == ["working", "awareness", "expert"]
    assert report.notes[0] == "1 rows not in use and 1 duplicates are left out."
    assert list(rows(folder, "employees")[1].values()) == ["R002", "L002", "L001"]


@only("ukgdad_coursera")
def test_requirements_are_the_frameworks_levels(source: Path) -> None:
    _, folder = converted("ukgdad_coursera", source)
    levels = Dataset.load(folder).positions.level
    np.testing.assert_array_equal(levels, [[2, 3], [1, np.nan], [4, np.nan]])


@only("ukgdad_coursera")
def test_courses_are_linked_by_listed_name_and_by_words(source: Path) -> None:
    _, folder = converted("ukgdad_coursera", source)
    links = [tuple(row.values()) for row in rows(folder, "program_outcomes")]
    assert links == [("C0001", "S001", "2", "3"), ("C0002", "S002", "0", "2")]


@only("ukgdad_coursera")
def test_lengths_in_hours_become_jp_and_others_stay_empty(source: Path) -> None:
    _, folder = converted("ukgdad_coursera", source)
    assert column(folder, "programs", "hours") == ["20.0", "", "1.3"]
    assert column(folder, "programs", "provider_type") == ["university", "private", "private"]
    assert column(folder, "programs", "description")[1] == ""


@only("ukgdad_coursera")
def test_a_length_of_another_kind_is_named(source: Path) -> None:
    path = source / "coursera1000" / "coursera-courses.csv"
    path.write_text(COURSES.replace("4 months", "a while"))
    with pytest.raises(DataError, match=r"row 3, column estimated_time_to_complete: 'a while'"):
        converted("ukgdad_coursera", source)


@only("ukgdad_coursera")
def test_a_missing_column_is_named(source: Path) -> None:
    path = source / "ukgdad" / "skills.csv"
    path.write_text(SKILLS.replace("Skill Description", "About"))
    with pytest.raises(DataError, match=r"skills.csv, column Skill Description: is missing"):
        converted("ukgdad_coursera", source)
