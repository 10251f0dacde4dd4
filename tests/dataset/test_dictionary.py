"""The data dictionary says what schema.py says; `python tests/dataset/test_dictionary.py` rewrites it."""

from __future__ import annotations

from pathlib import Path

from recommender.schema import TABLES, Column, Table

README = Path(__file__).parents[2] / "data" / "README.md"
START, END = "<!-- tables: written from recommender/schema.py -->", "<!-- end of tables -->"


def test_the_dictionary_agrees_with_the_schema() -> None:
    text = README.read_text("utf-8")
    assert text.split(START)[1].split(END)[0].strip() == _tables()


def _tables() -> str:
    return "\n\n".join(_table(table) for table in TABLES.values())


def _table(table: Table) -> str:
    state = "Required." if table.required else f"Absent, it switches off: {table.switches_off}."
    unique = "" if table.unique else " (may repeat)"
    rows = [
        f"| `{column.name}` | {column.kind} | {_rule(table, column)} | {column.about} |"
        for column in table.columns
    ]
    return "\n".join(
        [
            f"### {table.name}",
            "",
            f"{table.about[0].upper()}{table.about[1:]}. {state} Key: {', '.join(table.key)}{unique}.",
            "",
            "| column | kind | rule | meaning |",
            "|---|---|---|---|",
            *rows,
        ]
    )


def _rule(table: Table, column: Column) -> str:
    rules = ["filled"] if column.name in (*table.key, *table.filled) else []
    if column.choices:
        rules.append("one of " + ", ".join(column.choices))
    if column.minimum is not None and column.maximum is not None:
        rules.append(f"{column.minimum:g} to {column.maximum:g}")
    elif column.minimum is not None:
        rules.append(f"at least {column.minimum:g}")
    if column.earliest:
        rules.append(f"from {column.earliest}" + (" to today" if column.recorded else ""))
    if column.references:
        rules.append(f"in {column.references}")
    return "; ".join(rules)


if __name__ == "__main__":
    before, after = README.read_text("utf-8").split(START)[0], README.read_text("utf-8").split(END)[1]
    README.write_text(f"{before}{START}\n\n{_tables()}\n\n{END}{after}", "utf-8")
