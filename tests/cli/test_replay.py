from __future__ import annotations

from pathlib import Path

import pytest

from recommender.service.asked import Asked
from recommender.service.office import Office
from recommender.store.askers import Asker
from tests.cli.conftest import Run


@pytest.fixture
def answered(data: Path, bundle: Path, run: Run, tmp_path: Path) -> tuple[str, bytes, str]:
    """Return the address of a database, an answer given from it, and the line that tells of it."""
    url = f"sqlite:///{tmp_path / 'city.db'}"
    assert run("import", data, "--to", url)[0] == 0
    office = Office.open(url, bundle)
    reply = office.recommend("E1", Asked(), Asker("key-1", "hr-system"))
    office.close()
    return url, reply.body, reply.ledger_id


def test_an_answer_is_printed_as_it_was_sent(
    answered: tuple[str, bytes, str], bundle: Path, run: Run
) -> None:
    url, body, ledger_id = answered
    code, out, said = run("replay", ledger_id, "--database", url, "--models", bundle.parent)
    assert (code, out) == (0, body.decode() + "\n")
    assert f"all {len(body):,} bytes are the same" in said


def test_an_answer_that_comes_out_otherwise_is_an_error(
    answered: tuple[str, bytes, str], bundle: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, body, ledger_id = answered

    def otherwise(*_: object) -> tuple[bytes, None]:
        return body[:10] + b"!" + body[11:], None

    monkeypatch.setattr("recommender.service.replay.computed", otherwise)
    code, out, said = run("replay", ledger_id, "--database", url, "--models", bundle.parent)
    assert (code, out) == (1, "")
    assert "byte 10 is the first that differs" in said


def test_an_unknown_line_is_an_error(answered: tuple[str, bytes, str], bundle: Path, run: Run) -> None:
    code, _, said = run("replay", "nonsense", "--database", answered[0], "--models", bundle.parent)
    assert code == 1 and "no line 'nonsense'" in said
