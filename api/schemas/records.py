"""Rows of the data contract, made from `recommender/schema.py`, where alone its columns are told.

Here only the type of each value is checked. Whether a level is on the scale, a day was already or a program
is known is checked by the library, in one go, so that a caller hears of every such fault at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    PlainSerializer,
    create_model,
)

from api.schemas.values import Asked, Id, Told, Words
from recommender.schema import TABLES, Column, Kind, Table

MOST_ITEMS = 1_000
Row = dict[str, object]

_NUMBERS = (Kind.NUMBER, Kind.LEVEL, Kind.RATING)
_EXAMPLES: Mapping[str, Any] = {
    "employee_id": "E0042",
    "name": "Siti Rahmawati",
    "position_id": "POS-07",
    "unit_id": "U03",
    "employment_type": "PNS",
    "grade": "III/c",
    "hired_on": "2010-03-01",
    "status": "",
    "competency_id": "C11",
    "level": 2.5,
    "source": "supervisor",
    "assessed_on": "2026-03-31",
    "program_id": "P015",
    "started_on": "2026-02-02",
    "completed_on": "2026-02-06",
    "hours": 40,
    "period_end": "2025-12-31",
    "feedback_id": "F1001",
    "phase": "reaction",
    "rating": 4,
    "submitted_on": "2026-02-10",
}
_NAMES = {
    "employees": "Employee",
    "assessments": "Assessment",
    "training_records": "TrainingRecord",
    "performance_reviews": "PerformanceReview",
    "feedback": "Feedback",
}


def _a_day_or_text(value: object) -> object:
    # Rows that are read back from the database hold days.
    return value if value is None or isinstance(value, str) else str(value)


def _type(column: Column) -> Any:
    """Return the type of a column's values, with what the contract says of them for the description."""
    if column.kind in _NUMBERS:
        bounds = {"minimum": column.minimum, "maximum": column.maximum}
        said: dict[str, Any] = {name: value for name, value in bounds.items() if value is not None}
        return Annotated[float, Field(json_schema_extra=said)]
    if column.kind is Kind.FLAG:
        return bool
    if column.kind is Kind.DATE:
        return Annotated[Id, Field(json_schema_extra={"format": "date"})]
    if column.choices:
        return Annotated[Id, Field(json_schema_extra={"enum": list(column.choices)})]
    return Id if column.kind is Kind.ID else Words


def _field(table: Table, column: Column, optional: bool) -> tuple[Any, Any]:
    kind, example = _type(column), _EXAMPLES.get(column.name)
    examples = None if example is None else [example]
    about = column.about[0].upper() + column.about[1:] + "."
    if not optional and column.name in (*table.key, *table.filled):
        return kind, Field(description=about, examples=examples)
    return kind | None, Field(None, description=about, examples=examples)


def row_model(table: str, without: tuple[str, ...] = (), optional: tuple[str, ...] = ()) -> type[BaseModel]:
    """Return the model of one row as it comes in.

    Parameters
    ----------
    without : columns that it has not.
    optional : columns that may be left out though the contract asks for them.
    """
    contract = TABLES[table]
    fields: dict[str, Any] = {
        column.name: _field(contract, column, column.name in optional)
        for column in contract.columns
        if column.name not in without
    }
    name = _NAMES[table] + ("Part" if without else "In")
    return create_model(name, __base__=Asked, __doc__=f"One row of {table}: {contract.about}.", **fields)


@dataclass(frozen=True)
class RowsOf:
    """Marks a list of rows of a table: checked by its model, handed on as plain rows of what was sent."""

    table: str
    without: tuple[str, ...] = ()
    least: int = 1

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> Any:
        """Return the schema of the list (called by pydantic)."""
        size = Field(min_length=self.least, max_length=MOST_ITEMS)
        model: Any = row_model(self.table, self.without)
        # Else pydantic would warn, with a value of the row, that a plain row is none of its models.
        as_they_are = PlainSerializer(lambda rows: rows, return_type=list[Row])
        return handler.generate_schema(Annotated[list[model], size, AfterValidator(_plain_rows), as_they_are])


class PartsOf(RowsOf):
    """Marks a list, which may be empty, of rows that leave out whom they are about."""

    def __init__(self, table: str) -> None:
        super().__init__(table, without=("employee_id",), least=0)


@dataclass(frozen=True)
class RowOf:
    """Marks one row of a table, in the same way."""

    table: str
    optional: tuple[str, ...] = ()

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> Any:
        """Return the schema of the row (called by pydantic)."""
        model: Any = row_model(self.table, optional=self.optional)
        return handler.generate_schema(Annotated[model, AfterValidator(_plain_row)])


def _plain_row(row: BaseModel) -> Row:
    return row.model_dump(exclude_unset=True)


def _plain_rows(rows: list[BaseModel]) -> list[Row]:
    return [_plain_row(row) for row in rows]


EmployeeIn = Annotated[Row, RowOf("employees", optional=("employee_id",))]


class AssessmentBatch(Asked):
    """Assessments to be kept."""

    items: Annotated[list[Row], RowsOf("assessments")]


class TrainingRecordBatch(Asked):
    """Training records to be kept."""

    items: Annotated[list[Row], RowsOf("training_records")]


class PerformanceReviewBatch(Asked):
    """Performance reviews to be kept."""

    items: Annotated[list[Row], RowsOf("performance_reviews")]


class FeedbackBatch(Asked):
    """Feedback to be kept."""

    items: Annotated[list[Row], RowsOf("feedback")]


class AcceptedOut(BaseModel):
    """How many rows are kept now; none is lost from here on."""

    accepted: int = Field(examples=[1])


def _told_field(column: Column) -> tuple[Any, Any]:
    kind: Any = (
        Annotated[str, Field(json_schema_extra={"format": "date"})] if column.kind is Kind.DATE else str
    )
    if column.name == "employee_id":
        return kind, Field(description="Id; to a data scientist, pseudonym.", examples=["E0042"])
    return Annotated[kind | None, BeforeValidator(_a_day_or_text)], Field(None, description=column.about)


EmployeeOut = create_model(
    "EmployeeOut",
    __config__=ConfigDict(),
    __doc__="A person as the contract's table of employees has it.",
    **{column.name: _told_field(column) for column in TABLES["employees"].columns},  # type: ignore[call-overload]
)


class EmployeesOut(Told):
    """A page of people."""

    items: list[EmployeeOut]  # type: ignore[valid-type]
    next: str | None = Field(description="Cursor of the next page; null on the last one.")
