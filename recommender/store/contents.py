"""Bodies that the ledger names by their digest: what an answer was made of, and the answer.

The digest covers a secret salt of the person, so that nobody can find out by trying what an erased body said.
"""

from __future__ import annotations

import zlib
from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import sha256

from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from recommender.errors import StoreError
from recommender.store.stamps import stamp
from recommender.store.tables import contents

_LEVEL = 6  # of zlib
_PER_QUERY = 500


@dataclass(frozen=True, slots=True)
class Content:
    """One body, not yet kept.

    Attributes
    ----------
    kind : "person", "catalogue", "sums" or "result".
    salt : the person's secret; "" for what is of nobody.
    pseudonym : whose it is; None for what is of nobody.
    digest : SHA-256 over kind, salt and body, hexadecimal.
    """

    kind: str
    body: bytes
    salt: str = ""
    pseudonym: str | None = None
    digest: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "digest", digest_of(self.kind, self.body, self.salt))

    def row(self) -> dict[str, object]:
        """Return it as a row of the table, compressed."""
        packed = zlib.compress(self.salt.encode() + b"\n" + self.body, _LEVEL)
        return {
            "digest": self.digest,
            "kind": self.kind,
            "pseudonym": self.pseudonym,
            "body": packed,
            "created_at": stamp(),
        }


def digest_of(kind: str, body: bytes, salt: str = "") -> str:
    """Return the digest of a body: SHA-256 over kind, salt and body, with line feeds in between."""
    return sha256(f"{kind}\n{salt}\n".encode() + body).hexdigest()


def keep(connection: Connection, kind: str, body: bytes, salt: str = "", pseudonym: str | None = None) -> str:
    """Keep a body and return its digest; one that is there already is left as it is."""
    content = Content(kind, body, salt, pseudonym)
    add_rows(connection, [content.row()])
    return content.digest


def add_rows(connection: Connection, rows: Collection[dict[str, object]]) -> None:
    """Keep rows made by `Content.row`, in order of digests: two writers never wait for each other."""
    made = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    ordered = sorted(rows, key=lambda row: str(row["digest"]))
    if ordered:
        connection.execute(made(contents).on_conflict_do_nothing(), ordered)


def known_digests(connection: Connection, digests: Collection[str]) -> set[str]:
    """Return which of these are kept."""
    listed, found = list(digests), set[str]()
    for start in range(0, len(listed), _PER_QUERY):
        some = listed[start : start + _PER_QUERY]
        found.update(connection.scalars(select(contents.c.digest).where(contents.c.digest.in_(some))))
    return found


def body_of(connection: Connection, digest: str) -> bytes | None:
    """Return the body of a digest; None where it was never kept, is past its period, or went with its person.

    Raises
    ------
    StoreError
        What is kept is not what the digest was made of.
    """
    row = connection.execute(
        select(contents.c.kind, contents.c.body).where(contents.c.digest == digest)
    ).one_or_none()
    if row is None:
        return None
    try:
        salt, _, body = zlib.decompress(row.body).partition(b"\n")
        whole = digest_of(row.kind, body, salt.decode()) == digest
    except (zlib.error, UnicodeDecodeError):
        whole = False
    if not whole:
        raise StoreError(f"the content {digest[:12]} was changed after it was kept; restore a backup.")
    return body
