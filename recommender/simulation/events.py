"""The tables of what happened: sessions, training records, assessments, reviews and feedback."""

from __future__ import annotations

import numpy as np
import pandas as pd

from recommender.domain import DateArray, FloatArray, IntArray
from recommender.simulation.assessments import Judgements
from recommender.simulation.courses import Courses
from recommender.simulation.feedback import Answers
from recommender.simulation.frames import frame, iso, numbered, pick
from recommender.simulation.history import Records
from recommender.simulation.reference import stream
from recommender.simulation.reviews import ReviewRows
from recommender.simulation.tables import employee_ids

_DUPLICATES = 0.005  # records entered twice
_COMING_YEAR = np.datetime64("2026-01-05", "D")
_COMING_DAYS = 300
_SEATS = 30
_PEOPLE_PER_SESSION = 1500


def record_table(records: Records, courses: Courses, people: int, seed: int) -> pd.DataFrame:
    """Return training_records by first day, a few of them entered twice."""
    rng = stream(seed, "duplicates")
    order = np.lexsort((records.program, records.employee, records.started))
    order = np.repeat(order, np.where(rng.random(len(order)) < _DUPLICATES, 2, 1))
    credited = np.where(records.status == "completed", courses.hours[records.program], np.nan)
    columns = {
        "employee_id": employee_ids(people)[records.employee],
        "program_id": pick([spec.id for spec in courses.specs], records.program),
        "started_on": iso(records.started),
        "completed_on": iso(records.ended),
        "status": records.status,
        "score": records.score,
        "pre_score": records.pre,
        "post_score": records.post,
        "hours": credited,
    }
    return frame("training_records", columns).iloc[order].reset_index(drop=True)


def session_table(records: Records, courses: Courses, people: int, seed: int) -> pd.DataFrame:
    """Return the sessions held, and those planned for the coming year."""
    held = np.flatnonzero(records.session >= 0)
    key = np.stack([records.quarter[held], records.program[held], records.session[held]])
    _, first, count = np.unique(key, axis=1, return_index=True, return_counts=True)
    at = held[first]
    ended = _last_days(records)[at]
    program, starts, ends = _planned(courses, people, seed)
    programs = np.concatenate([records.program[at], program])
    starts_on = np.concatenate([records.started[at], starts])
    columns = {
        "session_id": numbered("S", len(programs), 5),
        "program_id": pick([spec.id for spec in courses.specs], programs),
        "starts_on": iso(starts_on),
        "ends_on": iso(np.concatenate([ended, ends])),
        "seats": np.concatenate([np.maximum(_SEATS, count), np.full(len(program), _SEATS)]),
    }
    return frame("program_sessions", columns)


def _last_days(records: Records) -> DateArray:
    """Return the planned last day of each record's session, known from those who stayed to the end."""
    key = np.stack([records.quarter, records.program, records.session])
    _, group = np.unique(key, axis=1, return_inverse=True)
    last = np.full(int(group.max()) + 1, np.datetime64("1970-01-01", "D"))
    known = ~np.isnat(records.ended)
    np.maximum.at(last, group[known], records.ended[known])
    return np.maximum(last[group], records.started)


def _planned(courses: Courses, people: int, seed: int) -> tuple[IntArray, DateArray, DateArray]:
    rng = stream(seed, "planned")
    runs = 1 + rng.integers(0, 2, len(courses)) + people // _PEOPLE_PER_SESSION
    program = np.repeat(np.arange(len(courses)), np.where(courses.active & ~courses.self_paced, runs, 0))
    starts = _COMING_YEAR + rng.integers(0, _COMING_DAYS, len(program)).astype("timedelta64[D]")
    days = np.ceil(np.minimum(courses.hours[program], 400) / 8)
    return program, starts, starts + np.maximum(days - 1, 0).astype("timedelta64[D]")


def assessment_table(judged: Judgements, competencies: list[str], people: int) -> pd.DataFrame:
    """Return assessments."""
    employees = employee_ids(people)
    columns = {
        "employee_id": employees[judged.employee],
        "competency_id": pick(competencies, judged.competency),
        "level": judged.level,
        "source": judged.source,
        "assessed_on": iso(judged.day),
        "assessor_id": pick(employees, judged.assessor),
    }
    return frame("assessments", columns)


def review_table(reviews: ReviewRows, people: int) -> pd.DataFrame:
    """Return performance_reviews."""
    columns = {
        "employee_id": employee_ids(people)[reviews.employee],
        "period_end": iso(reviews.day),
        "result_rating": reviews.result,
        "behaviour_rating": reviews.behaviour,
        "predicate": reviews.predicate,
        "score": reviews.score,
    }
    return frame("performance_reviews", columns)


def feedback_table(answers: Answers, courses: Courses, people: int) -> pd.DataFrame:
    """Return feedback."""
    columns = {
        "feedback_id": numbered("F", len(answers.employee), 6),
        "employee_id": employee_ids(people)[answers.employee],
        "program_id": pick([spec.id for spec in courses.specs], answers.program),
        "phase": answers.phase,
        "respondent": answers.respondent,
        "aspect": answers.aspect,
        "rating": answers.rating,
        "comment": answers.comment,
        "submitted_on": iso(answers.day),
    }
    return frame("feedback", columns)


def truth_tables(
    levels: FloatArray, effect: FloatArray, gains: FloatArray, names: tuple[list[str], list[str]]
) -> dict[str, pd.DataFrame]:
    """Return levels, effects and the gains above 0; `gains` is 0 where a pair is out of the question."""
    programs, competencies = names
    employees = employee_ids(len(levels))
    taught_program, taught = np.nonzero(~np.isnan(effect))
    gains = np.round(gains, 4)
    who, what = np.nonzero(gains > 0)
    level_columns = {
        "employee_id": np.repeat(employees, len(competencies)),
        "competency_id": np.tile(np.array(competencies, dtype=object), len(employees)),
        "level": np.round(levels, 4).ravel(),
    }
    effect_columns = {
        "program_id": pick(programs, taught_program),
        "competency_id": pick(competencies, taught),
        "effect": effect[taught_program, taught],
    }
    gain_columns = {
        "employee_id": employees[who],
        "program_id": pick(programs, what),
        "gain": gains[who, what],
    }
    return {
        "levels": pd.DataFrame(level_columns),
        "effects": pd.DataFrame(effect_columns),
        "gains": pd.DataFrame(gain_columns),
    }
