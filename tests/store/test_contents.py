from __future__ import annotations

import zlib

import pytest
from sqlalchemy import select, update

from recommender.errors import StoreError
from recommender.store.contents import Content, body_of, keep, known_digests
from recommender.store.database import Database
from recommender.store.tables import contents

BODY = '{"a":"é"}\nmore\x00'.encode()


def test_what_is_kept_comes_back_byte_for_byte_and_is_kept_once(database: Database) -> None:
    with database.writing() as connection:
        digest = keep(connection, "result", BODY, salt="ab", pseudonym="p1")
        assert keep(connection, "result", BODY, salt="ab", pseudonym="p1") == digest
    with database.reading() as connection:
        assert body_of(connection, digest) == BODY
        assert body_of(connection, "0" * 64) is None
        assert known_digests(connection, [digest, "0" * 64]) == {digest}
        rows = connection.execute(select(contents)).all()
    assert [(row.kind, row.pseudonym) for row in rows] == [("result", "p1")]


def test_kind_and_salt_belong_to_the_digest() -> None:
    digests = {
        Content(kind, BODY, salt).digest for kind in ("person", "result") for salt in ("", "ab", "abc")
    }
    assert len(digests) == 6
    assert Content("a", b"b\nc").digest != Content("a", b"c", "b").digest


@pytest.mark.parametrize("body", [b"garbage", zlib.compress(b"ab\nother"), zlib.compress(b"\xff\n" + BODY)])
def test_what_was_changed_is_not_given_out(database: Database, body: bytes) -> None:
    with database.writing() as connection:
        digest = keep(connection, "result", BODY, salt="ab")
        connection.execute(update(contents).values(body=body))
    with database.reading() as connection, pytest.raises(StoreError, match="changed after it was kept"):
        body_of(connection, digest)
