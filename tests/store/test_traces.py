from __future__ import annotations

import json

import pytest

from recommender.store.traces import Traces

BUDI = Traces("198001012005011001", "Budi Hartono S.Sos")


@pytest.mark.parametrize(
    "text",
    [
        "198001012005011001",
        "by 198001012005011001-nya.",
        json.dumps({"text": "line\n198001012005011001"}),
        "Budi Hartono S.Sos",
        "said by BUDI  hartono s.sos yesterday",
    ],
)
def test_id_and_name_are_found_and_replaced(text: str) -> None:
    assert BUDI.stand_in(text)
    assert BUDI.stand_in_bytes(text.encode())
    replaced = BUDI.replaced(text, "TOKEN")
    assert "TOKEN" in replaced
    assert not BUDI.stand_in(replaced)


@pytest.mark.parametrize(
    "text", ["", "Budi", "Hartono S.Sos", "1980010120050110011", "xBudi Hartono S.Sos", "Budi Hartono SxSos"]
)
def test_others_are_left_alone(text: str) -> None:
    assert not BUDI.stand_in(text)
    assert BUDI.replaced(text, "TOKEN") == text


def test_a_short_number_is_looked_for_only_where_a_person_is_named() -> None:
    traces = Traces("17", "")
    assert not traces.stand_in('{"level": "17", "text": "17 hours"}')
    assert (
        traces.replaced('{"employee_id": "17", "hours": "17"}', "T") == '{"employee_id": "T", "hours": "17"}'
    )


def test_a_name_of_one_word_is_met_in_its_own_spelling() -> None:
    traces = Traces("NIP-1", "Indah")
    assert traces.stand_in("says Indah.")
    assert not traces.stand_in("an indah day")


def test_names_as_json_in_ascii_writes_them() -> None:
    assert Traces("NIP-1", "Ani Né").stand_in(json.dumps({"name": "Ani Né"}))
    assert Traces("NIP-é", "").stand_in(json.dumps(["NIP-é"]))
