"""OULAD (Open University, CC BY 4.0): enrolments with results, and scored assessments with dates.

The seven modules are both the programs and the competencies: passing a module teaches that module, and its
scores, 0-100, measure it. A presentation is one dated run of a module.
"""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from experiments.converters.sources import SourceTable, find_file, read_csv
from experiments.converters.tables import Converted, write_tables
from recommender.errors import DataError, Fault

NAME = "oulad"
COURSES = "courses.csv"
POLICY = """\
# Module scores are the levels; the steps between 0 and 100 have no names.
[levels]
minimum = 0
maximum = 100
names_id = []
names_en = []
"""
RUN = ["code_module", "code_presentation"]
LEARNER_RUN = ["id_student", *RUN]
STATUSES = {"Pass": "completed", "Distinction": "completed", "Fail": "failed", "Withdrawn": "dropped"}
FIRST_DAYS = {"B": "02-01", "J": "10-01"}  # presentations begin in February and in October


def convert(source: Path, folder: Path) -> Converted:
    """Write learners, modules, their presentations, enrolments and scores.

    An enrolment starts on its presentation's first day and, unless the learner withdrew, ends with the
    presentation. Its score is the mean of the learner's scores there by their weights. An assessment is
    dated by its day of submission; its assessor is the paper that was set, which is hard or easy as an
    assessor is severe or mild, and the same in every presentation.
    """
    runs = _runs(read_csv(find_file(source, NAME, COURSES), [*RUN, "module_presentation_length"]))
    columns = [*LEARNER_RUN, "gender", "final_result"]
    enrolments = read_csv(find_file(source, NAME, "studentInfo.csv"), columns)
    marks = _marks(source, runs)
    scored = marks[marks["score"].notna()]
    people = enrolments.frame.drop_duplicates("id_student")
    tables = {
        "employees": pd.DataFrame({"employee_id": people["id_student"]}),
        "employee_audit": pd.DataFrame({"employee_id": people["id_student"], "sex": people["gender"]}),
        **_modules(runs),
        "program_sessions": _sessions(runs),
        "training_records": _records(enrolments, runs, scored),
        "assessments": _assessments(scored),
    }
    return Converted(write_tables(folder, tables, POLICY), _notes(marks))


def _runs(courses: SourceTable) -> pd.DataFrame:
    """Return a row per presentation: its module, code, first and last day."""
    starts = courses.parsed("code_presentation", _first_day, "a year and B or J, as in 2013J")
    runs = courses.frame[RUN].assign(started=pd.to_datetime(starts))
    lengths = pd.Series(courses.numbers("module_presentation_length"))
    return runs.assign(ended=runs["started"] + pd.to_timedelta(lengths, unit="D"))


def _first_day(presentation: str) -> str:
    return f"{int(presentation[:4])}-{FIRST_DAYS[presentation[4:]]}"


def _marks(source: Path, runs: pd.DataFrame) -> pd.DataFrame:
    """Return a row per submitted assessment with its type, weight, score and presentation's first day."""
    columns = ["id_assessment", "id_student", "date_submitted", "is_banked", "score"]
    submitted = read_csv(find_file(source, NAME, "studentAssessment.csv"), columns)
    columns = [*RUN, "id_assessment", "assessment_type", "date", "weight"]
    set_work = read_csv(find_file(source, NAME, "assessments.csv"), columns)
    marks = submitted.frame.assign(score=submitted.numbers("score"), day=submitted.numbers("date_submitted"))
    weights = set_work.frame.assign(
        weight=set_work.numbers("weight"), paper=_papers(set_work.frame, set_work.numbers("date"))
    )
    marks = _joined(marks, submitted.file, weights, set_work.file, ["id_assessment"])
    return _joined(marks, set_work.file, runs, COURSES, RUN)


def _papers(set_work: pd.DataFrame, due: list[float]) -> pd.Series:
    """Return what makes papers of different presentations the same: module, type and place in the order."""
    kind = [*RUN, "assessment_type"]
    numbered = set_work.assign(due=due, number=set_work["id_assessment"].astype(int))
    in_order = numbered.sort_values([*kind, "due", "number"])
    place = in_order.groupby(kind).cumcount().add(1).astype(str)
    return in_order["code_module"] + " " + in_order["assessment_type"] + " " + place


def presentations(source: Path) -> pd.Series:
    """Return the presentation of each assessment that `convert` writes, in the same order."""
    courses = read_csv(find_file(source, NAME, COURSES), [*RUN, "module_presentation_length"])
    marks = _marks(source, _runs(courses))
    return marks.loc[marks["score"].notna(), "code_presentation"].reset_index(drop=True)


def _joined(
    rows: pd.DataFrame, file: str, others: pd.DataFrame, other_file: str, key: list[str]
) -> pd.DataFrame:
    """Add to each row the one of `others` with the same key; a key that `others` lacks is an error."""
    both = rows.merge(others, on=key, how="left", validate="many_to_one", indicator="found")
    lost = both[both["found"] == "left_only"][key].drop_duplicates()
    problem, remedy = f"is not in {other_file}.", "Use the files as they were published."
    faults = [
        Fault(file, None, ", ".join(key), ", ".join(values), problem, remedy) for values in lost.to_numpy()
    ]
    if faults:
        raise DataError(faults)
    return both.drop(columns="found")


def _modules(runs: pd.DataFrame) -> dict[str, pd.DataFrame]:
    code = runs["code_module"].drop_duplicates().sort_values()
    outcomes = pd.DataFrame({"program_id": code, "competency_id": code}).assign(target_level=100)
    return {
        "competencies": pd.DataFrame({"competency_id": code, "name": "Module " + code}),
        "programs": pd.DataFrame({"program_id": code, "title": "Module " + code}),
        "program_outcomes": outcomes,
    }


def _sessions(runs: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "session_id": runs["code_module"] + "-" + runs["code_presentation"],
            "program_id": runs["code_module"],
            "starts_on": runs["started"],
            "ends_on": runs["ended"],
        }
    )


def _records(enrolments: SourceTable, runs: pd.DataFrame, scored: pd.DataFrame) -> pd.DataFrame:
    frame = enrolments.frame.assign(status=enrolments.words("final_result", STATUSES))
    frame = _joined(frame, enrolments.file, runs, COURSES, RUN)
    frame = frame.merge(_mean_scores(scored), on=LEARNER_RUN, how="left", validate="one_to_one")
    return pd.DataFrame(
        {
            "employee_id": frame["id_student"],
            "program_id": frame["code_module"],
            "started_on": frame["started"],
            "completed_on": frame["ended"].where(frame["status"] != "dropped"),
            "status": frame["status"],
            "score": frame["mean_score"].round(2),
        }
    )


def _mean_scores(scored: pd.DataFrame) -> pd.DataFrame:
    """Return the mean score by weight, one row per learner and presentation.

    Where all of a learner's scores have weight 0, as all coursework of one module has, it is the plain mean.
    """
    weighted = scored.assign(points=scored["weight"] * scored["score"])
    total = weighted.groupby(LEARNER_RUN).agg(
        points=("points", "sum"), weight=("weight", "sum"), plain=("score", "mean")
    )
    by_weight = total["points"] / total["weight"]  # 0 / 0 is NaN
    return by_weight.fillna(total["plain"]).rename("mean_score").reset_index()


def _assessments(scored: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "employee_id": scored["id_student"],
            "competency_id": scored["code_module"],
            "level": scored["score"],
            "source": scored["assessment_type"],
            "assessed_on": scored["started"] + pd.to_timedelta(scored["day"], unit="D"),
            "assessor_id": scored["paper"],
        }
    )


def _notes(marks: pd.DataFrame) -> tuple[str, ...]:
    return (
        f"{int(marks['score'].isna().sum())} assessments without a score are left out; they are not zeros.",
        f"{int((marks['is_banked'] == '1').sum())} scores were carried over from an earlier presentation and "
        "have no true day; they are dated as submitted in the later one.",
        "Presentations are dated by their month: B from 1 February, J from 1 October.",
        "A withdrawn enrolment has no end, since its day is not in these files. Cut past from future where "
        "no presentation is running, as on 2014-10-01, or withdrawals will be known too early.",
    )
