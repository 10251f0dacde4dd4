"""One file that holds a whole database, of either kind, and can be read into either kind.

The file is a ZIP archive: `manifest.json` names the revision of the tables, and of each table its columns,
how many rows it has and the SHA-256 of its member, `TABLE.jsonl`: one row a line, in the order of the primary
key, as a list of JSON values. Days stand in ISO form, bytes in base64. Nothing else is needed to read it.

Sessions and invitations stay behind: put back they would let in whoever has signed out since, or used one.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

from sqlalchemy import Connection, Date, LargeBinary, MetaData, Table, false, func, inspect, select, update

from recommender.errors import StoreError
from recommender.store.bulk import insert_rows, number_on
from recommender.store.database import Database
from recommender.store.migrating import current_revision, make_file, migrate_within
from recommender.store.stamps import stamp
from recommender.store.tables import metadata, revisions, subjects

FORMAT = 1
_MANIFEST = "manifest.json"
_AT_ONCE = 1_000  # rows
_LEFT_BEHIND = frozenset({"sessions", "invitations"})  # the tables come along, without rows


@dataclass(frozen=True, slots=True)
class Part:
    """One table of a backup."""

    columns: tuple[str, ...]
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds.

    Attributes
    ----------
    schema : the revision of its tables.
    digest : SHA-256 of the manifest, and so of everything, hexadecimal.
    """

    schema: str
    made_at: str
    tables: dict[str, Part]
    digest: str

    @property
    def rows(self) -> int:
        """How many rows all tables have together."""
        return sum(part.rows for part in self.tables.values())


def back_up(database: Database, file: Path) -> Backup:
    """Write all of a database to a file, as it stood at one moment; others may go on writing meanwhile.

    The file appears under its name when it is whole, and only its owner may read it.

    Raises
    ------
    StoreError
        The file is there already, or the database has no tables of ours.
    """
    if file.exists():
        raise StoreError(f"{file} is there already; name another file, or remove it.")
    work = file.with_name(f".{os.getpid()}.{file.name}")
    try:
        with os.fdopen(os.open(work, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b") as stream:
            with ZipFile(stream, "w", ZIP_DEFLATED) as archive, database.reading(patient=True) as connection:
                made = _write(archive, connection, database.shown)
            stream.flush()
            os.fsync(stream.fileno())
        work.rename(file)
    finally:
        work.unlink(missing_ok=True)
    return made


def restore(database: Database, file: Path, *, replace: bool = False) -> Backup:
    """Read a backup into a database, which gets the tables of this release; all of it, or nothing.

    Parameters
    ----------
    replace : whether what is in the database may go.

    Raises
    ------
    StoreError
        The file is no whole backup, was made by a newer release, or the database has rows and nobody said
        that they may go.
    """
    with _opened(file) as archive:
        backup = _verified(archive, file)
        make_file(database)
        with database.writing(patient=True) as connection:
            later = _make_room(connection, database.shown, replace)
            migrate_within(connection, database.shown, "base")
            migrate_within(connection, database.shown, backup.schema)
            _fill(connection, archive, backup, file)
            migrate_within(connection, database.shown)
            _raise_all(connection, later)
    return backup


def read_manifest(file: Path) -> Backup:
    """Return what a backup holds, having verified every digest.

    Raises
    ------
    StoreError
        It is no backup, or not a whole one.
    """
    with _opened(file) as archive:
        return _verified(archive, file)


def _write(archive: ZipFile, connection: Connection, shown: str) -> Backup:
    schema = current_revision(connection, shown)
    if schema is None:
        raise StoreError(f"the database {shown} has no tables; there is nothing to back up.")
    tables = {table.name: _write_table(archive, connection, table) for table in _tables(connection)}
    made_at = stamp()
    told = {
        "format": FORMAT,
        "schema": schema,
        "made_at": made_at,
        "tables": {name: asdict(part) for name, part in tables.items()},
    }
    text = json.dumps(told, indent=1).encode()
    archive.writestr(_MANIFEST, text)
    return Backup(schema, made_at, tables, sha256(text).hexdigest())


def _write_table(archive: ZipFile, connection: Connection, table: Table) -> Part:
    total, count = sha256(), 0
    asked = select(table).order_by(*table.primary_key.columns).execution_options(yield_per=_AT_ONCE)
    if table.name in _LEFT_BEHIND:
        asked = asked.where(false())
    with archive.open(f"{table.name}.jsonl", "w", force_zip64=True) as member:
        for row in connection.execute(asked):
            line = json.dumps([_coded(value) for value in row], ensure_ascii=False).encode() + b"\n"
            member.write(line)
            total.update(line)
            count += 1
    return Part(tuple(column.name for column in table.columns), count, total.hexdigest())


def _tables(connection: Connection) -> Sequence[Table]:
    """Return our tables as they are in the database, those that others refer to first."""
    found = MetaData()
    found.reflect(connection, only=lambda name, _: name in metadata.tables)
    return found.sorted_tables


def _coded(value: object) -> object:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value.isoformat() if isinstance(value, date) else value


@contextmanager
def _opened(file: Path) -> Iterator[ZipFile]:
    try:
        archive = ZipFile(file)
    except FileNotFoundError as error:
        raise StoreError(f"there is no file {file}.") from error
    except (BadZipFile, OSError) as error:
        raise StoreError(f"{file} is no backup, or not a whole one ({error}).") from error
    with archive:
        yield archive


def _verified(archive: ZipFile, file: Path) -> Backup:
    try:
        text = archive.read(_MANIFEST)
        told = json.loads(text)
        if told["format"] != FORMAT:
            raise StoreError(f"{file} is a backup of the form {told['format']}; this release reads {FORMAT}.")
        tables = {
            name: Part(tuple(part["columns"]), int(part["rows"]), str(part["sha256"]))
            for name, part in told["tables"].items()
        }
        wrong = [name for name, part in tables.items() if _sha256(archive, name) != part.sha256]
    except (KeyError, TypeError, ValueError, AttributeError, BadZipFile, OSError, EOFError) as error:
        raise StoreError(f"{file} is no backup, or not a whole one ({type(error).__name__}).") from error
    if wrong:
        raise StoreError(f"{file} was changed or damaged: {', '.join(wrong)} do not have their digests.")
    return Backup(str(told["schema"]), str(told["made_at"]), tables, sha256(text).hexdigest())


def _sha256(archive: ZipFile, name: str) -> str:
    total = sha256()
    with archive.open(f"{name}.jsonl") as member:
        while chunk := member.read(2**20):
            total.update(chunk)
    return total.hexdigest()


def _make_room(connection: Connection, shown: str, replace: bool) -> int:
    """Refuse to overwrite rows that nobody gave up; return how high revisions went in them."""
    there = set(inspect(connection).get_table_names()) & set(metadata.tables)
    if current_revision(connection, shown) is None:
        return 0
    counted = (select(func.count()).select_from(metadata.tables[name]) for name in sorted(there))
    rows = sum(connection.scalar(one) or 0 for one in counted)
    if rows and not replace:
        raise StoreError(f"the database {shown} has {rows:,} rows; say --replace if they may go.")
    highest = (select(func.max(table.c.revision)) for table in (revisions, subjects))
    return max(connection.scalar(one) or 0 for one in highest)


def _fill(connection: Connection, archive: ZipFile, backup: Backup, file: Path) -> None:
    tables = _tables(connection)
    if {table.name for table in tables} != set(backup.tables):
        raise StoreError(f"{file} does not hold the tables of its own revision, {backup.schema}.")
    for table in tables:
        part = backup.tables[table.name]
        with archive.open(f"{table.name}.jsonl") as member:
            rows = (_decoded(json.loads(line), table, part.columns) for line in member)
            count = insert_rows(connection, table, part.columns, rows)
        if count != part.rows:
            raise StoreError(f"{file} holds {count:,} rows of {table.name} and not {part.rows:,}.")
        number_on(connection, table)


def _decoded(values: Sequence[Any], table: Table, columns: Sequence[str]) -> list[object]:
    return [_meant(value, table.c[column].type) for value, column in zip(values, columns, strict=True)]


def _meant(value: Any, kind: object) -> object:
    if value is None:
        return None
    if isinstance(kind, LargeBinary):
        return base64.b64decode(value)
    return date.fromisoformat(value) if isinstance(kind, Date) else value


def _raise_all(connection: Connection, by: int) -> None:
    """Go beyond every revision ever reached, or a server that runs would take old answers for new ones."""
    if by:
        for table in (revisions, subjects):
            connection.execute(update(table).values(revision=table.c.revision + by + 1))
