"""What the service answers is what the whole engine says, is never out of date, and stands in the ledger."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from recommender import Dataset, Engine
from recommender.errors import StoreError, UnknownEmployee, UnknownEntry
from recommender.service.asked import Asked
from recommender.service.intake import add_records, put_employee
from recommender.service.office import Office
from recommender.service.replay import replay
from recommender.store.askers import Asker
from recommender.store.contents import body_of
from recommender.store.erasure import erase
from recommender.store.ledger import all_lines, find, verify
from recommender.store.objections import Ruling, raise_objection, rule_on_objection, withdraw_objection
from recommender.store.tables import contents

PERSON = "E00042"


def said(office: Office, employee_id: str, asker: Asker, asked: Asked | None = None) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(office.recommend(employee_id, asked or Asked(), asker).body)
    return found


def assert_same(served: dict[str, Any], whole: dict[str, Any]) -> None:
    """Compare all texts exactly and all numbers to within rounding: sums may be added up in another order."""
    if isinstance(whole, dict):
        assert served.keys() == whole.keys()
        for name in whole:
            assert_same(served[name], whole[name])
    elif isinstance(whole, list | tuple):
        assert len(served) == len(whole)
        for one, other in zip(served, whole, strict=True):
            assert_same(one, other)
    else:
        assert served == (pytest.approx(whole, rel=1e-9, abs=1e-9) if isinstance(whole, float) else whole)


def whole_engine(office: Office, engine: Engine) -> Engine:
    return engine.with_data(Dataset.load(f"sqlite:///{office.database.engine.url.database}"))


@pytest.mark.parametrize("asked", [Asked(), Asked(3, "en", "next")])
def test_the_answer_is_that_of_the_whole_engine(
    office: Office, engine: Engine, ids: Sequence[str], hr: Asker, asked: Asked
) -> None:
    whole = whole_engine(office, engine)
    for one in ids[:60]:
        answer = whole.recommend(one, asked.limit, asked.language, asked.horizon)
        assert_same(said(office, one, hr, asked), asdict(answer) | {"model": engine.digest})


def test_the_next_answer_knows_what_was_just_sent(office: Office, engine: Engine, hr: Asker) -> None:
    row = {"employee_id": PERSON, "competency_id": "M.03", "level": 4.5, "source": "assessment_centre"}
    sent: list[Callable[[], object]] = [
        lambda: add_records(office, "assessments", [row | {"assessed_on": "2025-12-30"}]),
        lambda: add_records(office, "training_records", [{"employee_id": PERSON, "program_id": "P044"}]),
        lambda: add_records(
            office,
            "performance_reviews",
            [{"employee_id": PERSON, "period_end": "2025-12-30", "result_rating": "di atas ekspektasi"}],
        ),
        lambda: put_employee(office, PERSON, {"position_id": "sekda", "employment_type": "PNS"}),
    ]
    before = said(office, PERSON, hr)
    for send in sent:
        send()
        after = said(office, PERSON, hr)
        assert_same(after, asdict(whole_engine(office, engine).recommend(PERSON)) | {"model": engine.digest})
        assert send is sent[2] or after != before, "a review is weak evidence; all else must show"
        before = after


def test_another_worker_knows_it_too(opened: Callable[[], Office], hr: Asker) -> None:
    here, there = opened(), opened()
    assert said(here, PERSON, hr) == said(there, PERSON, hr)
    row = {"employee_id": PERSON, "competency_id": "M.03", "level": 5.0, "source": "assessment_centre"}
    add_records(here, "assessments", [row | {"assessed_on": "2025-12-30"}])
    assert said(there, PERSON, hr) == said(here, PERSON, hr)


def test_an_unchanged_answer_is_given_again_and_told_again(office: Office, hr: Asker) -> None:
    first, second = (office.recommend(PERSON, Asked(), hr) for _ in range(2))
    assert second.body is first.body, "it was worked out anew"
    assert (second.etag, second.model) == (first.etag, first.model)
    assert second.ledger_id != first.ledger_id


def test_every_answer_has_its_line_and_its_documents(office: Office, hr: Asker) -> None:
    reply = office.recommend(PERSON, Asked(), hr)
    with office.database.reading() as connection:
        line = find(connection, reply.ledger_id)
        assert line is not None and (line.asker, line.event) == ("key-1", "answer")
        assert body_of(connection, line.result) == reply.body
        assert PERSON not in json.dumps(asdict(line))
        catalogue = body_of(connection, line.city.partition(".")[0]) or b""
        assert b"P044" in catalogue and b"E00" not in catalogue
        assert verify(connection).is_whole


def test_an_answer_under_way_does_not_bring_back_who_was_erased(
    office: Office, hr: Asker, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = office.ledger.write

    def erased_before(entry: Any) -> Any:
        with office.database.writing() as connection:
            erase(connection, PERSON, hr)
        return write(entry)

    monkeypatch.setattr(office.ledger, "write", erased_before)
    with pytest.raises(UnknownEntry):
        office.recommend(PERSON, Asked(), hr)
    with office.database.reading() as connection:
        assert not [line for line in all_lines(connection) if line.event == "answer"]
        assert connection.execute(select(contents).where(contents.c.pseudonym.is_not(None))).all() == []


def test_no_line_no_answer(office: Office, hr: Asker) -> None:
    office.ledger.close()
    with pytest.raises(StoreError, match="stopping"):
        office.recommend(PERSON, Asked(), hr)


def test_answers_are_made_again_byte_for_byte(office: Office, current: Path, hr: Asker) -> None:
    pseudonymous = Asker("key-2", "data-scientist")
    questions = [(Asked(), hr), (Asked(2, "en", "next"), hr), (Asked(), pseudonymous)]
    replies = [office.recommend(PERSON, asked, asker) for asked, asker in questions]
    row = {"employee_id": PERSON, "competency_id": "M.03", "level": 1.0, "source": "assessment_centre"}
    add_records(office, "assessments", [row | {"assessed_on": "2025-12-31"}])
    put_employee(office, PERSON, {"employment_type": "PNS"})
    for reply in replies:
        found = replay(office.database, reply.ledger_id, current.parent)
        assert found.is_same and found.again == reply.body
    assert PERSON.encode() not in replies[2].body


def test_what_cannot_be_made_again_says_why(office: Office, current: Path, tmp_path: Path, hr: Asker) -> None:
    reply = office.recommend(PERSON, Asked(), hr)
    profile = office.profile(PERSON, Asked(), hr)
    with pytest.raises(StoreError, match="no line 'nonsense'"):
        replay(office.database, "nonsense", current.parent)
    with pytest.raises(StoreError, match="tells of 'profile'"):
        replay(office.database, profile.ledger_id, current.parent)
    with pytest.raises(Exception, match="no bundle in"):
        replay(office.database, reply.ledger_id, tmp_path)
    with office.database.writing() as connection:
        erase(connection, PERSON, hr)
    with pytest.raises(StoreError, match="its period is over"):
        replay(office.database, reply.ledger_id, current.parent)
    with office.database.reading() as connection:
        assert verify(connection).is_whole
    with pytest.raises(UnknownEmployee):
        office.recommend(PERSON, Asked(), hr)


def test_an_objection_hides_the_list_until_it_is_settled(office: Office, hr: Asker) -> None:
    shown = said(office, PERSON, hr)["recommendations"]
    with office.database.writing() as connection:
        raise_objection(connection, PERSON, "I want a person to look at it", hr)
    hidden = office.recommend(PERSON, Asked(language="en"), hr)
    assert json.loads(hidden.body)["recommendations"] == []
    assert "named person decides" in json.loads(hidden.body)["notes"][0]
    with office.database.writing() as connection:
        withdraw_objection(connection, PERSON, hr)
    assert said(office, PERSON, hr)["recommendations"] == shown


def test_a_list_names_all_whom_nobody_knows(office: Office, hr: Asker) -> None:
    with pytest.raises(UnknownEmployee) as error:
        office.recommend_many([PERSON, "nobody", PERSON, "no one"], Asked(), hr)
    assert error.value.places == (1, 3)


def test_a_list_answers_as_one_by_one_and_tells_the_ledger_of_each(
    office: Office, ids: Sequence[str], hr: Asker
) -> None:
    wanted = [*ids[:5], ids[0]]
    items = json.loads(office.recommend_many(wanted, Asked(), hr).body)["items"]
    assert items == [said(office, one, hr) for one in wanted]
    with office.database.reading() as connection:
        assert len(list(all_lines(connection))) == 5 + len(wanted)


def test_a_described_person_is_answered_like_a_kept_one_and_not_kept(office: Office, hr: Asker) -> None:
    person = {"position_id": "kabag-SD01", "employment_type": "PNS", "hired_on": "2015-03-01"}
    judged = {
        "competency_id": "T.HK01",
        "level": 1.0,
        "source": "assessment_centre",
        "assessed_on": "2025-06-01",
    }
    described = json.loads(office.what_if(person | {"assessments": [judged]}, Asked(), hr).body)
    put_employee(office, "new", person)
    add_records(office, "assessments", [judged | {"employee_id": "new"}])
    kept = said(office, "new", hr)
    assert described["recommendations"] == kept["recommendations"] != []
    with office.database.reading() as connection:
        line = next(line for line in all_lines(connection) if line.event == "what-if")
        assert body_of(connection, line.result) is None


@pytest.mark.parametrize(("outcome", "is_shown"), [("upheld", False), ("dismissed", True)])
def test_a_ruling_hides_for_good_or_shows_again(
    office: Office, hr: Asker, outcome: Any, is_shown: bool
) -> None:
    with office.database.writing() as connection:
        raised = raise_objection(connection, PERSON, None, hr)
        rule_on_objection(connection, raised.objection_id, Ruling(outcome, "Head of the training office"), hr)
    assert bool(said(office, PERSON, hr)["recommendations"]) is is_shown
