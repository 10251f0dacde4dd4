"""What people do about their own data, and what the training office does about it."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from tests.pages.browsing import Browser
from tests.pages.conftest import MEMBER


@pytest.fixture
def employee(signed_in: Callable[[str], Browser]) -> Browser:
    return signed_in("employee")


def test_an_objection_hides_the_list_from_everybody_until_it_is_decided(
    signed_in: Callable[[str], Browser], employee: Browser
) -> None:
    office, manager = signed_in("office"), signed_in("manager")
    page = employee.get("/me")
    assert page.all("article")
    page = employee.send(page, "/me/objection", reason="saya keberatan")
    assert "Keberatan Anda tersimpan" in page.words
    assert page.all("article") == manager.get(f"/people/{MEMBER}").all("article") == []
    assert "E00042" not in manager.get("/team/plan").csrf
    employee.send(page, "/me/objection", reason="sekali lagi")  # sent twice: it stands once
    cases = office.get("/cases")
    assert "saya keberatan" in cases.words
    assert "sekali lagi" not in cases.words
    form = next(
        one.attributes["action"]
        for one in cases.all("form")
        if "/objections/" in one.attributes.get("action", "")
    )
    page = office.send(cases, form, outcome="dismissed", reason="")
    assert (page.status, "Tuliskan penjelasannya" in page.words) == (422, True)
    assert [one.attributes["value"] for one in page.all("input", checked="")] == ["dismissed"]
    page = office.send(cases, form, reason="alasan yang panjang")
    assert (page.status, "Pilih keputusannya" in page.words) == (422, True)
    assert "alasan yang panjang" in [one.text.strip() for one in page.all("textarea")]
    assert page.all("a", hreflang="en")[0].attributes["href"].endswith("?back=%2Fcases"), "it can be got"
    page = office.send(page, form, outcome="dismissed", reason="sudah ditinjau bersama")
    assert "Keputusan tersimpan." in page.words
    page = office.send(cases, form, outcome="upheld", reason="x")
    assert (page.status, page.heading) == (409, "Keputusan ini tidak disimpan")
    assert "Kasus ini sudah ditutup lebih dahulu" in page.words
    assert form.rpartition("/")[2] not in page.text, "no id of ours"
    assert page.all("a", href="/cases?show=closed")
    page = employee.get("/me")
    assert page.all("article")
    assert "Ditutup oleh Pengelola Contoh" in page.words, "who decided, and why, is the employee's to read"
    assert "sudah ditinjau bersama" in page.words
    assert "sudah ditinjau bersama" in office.get("/cases?show=closed").words


def test_an_objection_may_be_withdrawn(employee: Browser) -> None:
    page = employee.send(employee.get("/me"), "/me/objection")
    page = employee.send(page, "/me/objection/withdrawal")
    assert "Keberatan ditarik" in page.words
    assert page.all("article")
    assert "Ditarik oleh pegawai" in page.words
    assert "account-" not in page.words, "whose session it was is nobody's to read"
    assert employee.send(page, "/me/objection/withdrawal").status == 200, "sent twice"


def test_a_correction_goes_to_the_office_and_comes_back(
    signed_in: Callable[[str], Browser], employee: Browser
) -> None:
    office = signed_in("office")
    typed = {"field": "employees.grade", "wanted": " ", "reason": "penjelasan yang panjang"}
    page = employee.send(employee.get("/me"), "/me/corrections", **typed)
    assert (page.status, "Tuliskan data yang benar" in page.words) == (422, True)
    assert [one.attributes["value"] for one in page.all("option", selected="")] == ["employees.grade"]
    assert page.all("textarea", id="correction-reason")[0].text.strip() == "penjelasan yang panjang"
    assert "autofocus" in page.all("textarea", id="wanted")[0].attributes
    assert page.all("a", hreflang="en")[0].attributes["href"].endswith("?back=%2Fme"), "it can be got"
    page = employee.send(page, "/me/corrections", field="employees.grade", wanted="VII", reason="SK baru")
    assert "Permintaan koreksi terkirim." in page.words
    cases = office.get("/cases")
    assert "Golongan: VII · SK baru" in cases.words
    form = next(
        one.attributes["action"]
        for one in cases.all("form")
        if "/corrections/" in one.attributes.get("action", "")
    )
    assert "Tuliskan penjelasannya" in office.send(cases, form, outcome="refused", reason="").words
    assert (
        "Permintaan ditutup." in office.send(cases, form, outcome="refused", reason="SK belum terbit").words
    )
    assert "SK belum terbit" in employee.get("/me").words


@pytest.mark.parametrize("field", ["employees.row", "api_keys.hash", "", "x" * 300])
def test_only_columns_about_people_can_be_corrected(employee: Browser, field: str) -> None:
    page = employee.send(employee.get("/me"), "/me/corrections", field=field, wanted="x")
    assert page.status == 422
    (technical,) = page.all("details", **{"class": "disclosure"})
    assert technical.text.split()[:2] == ["Rincian", "teknis"]
    assert [one.attributes["lang"] for one in page.all("li", lang="en")], "the library speaks English"


def test_own_data_are_all_of_it_and_of_nobody_else(employee: Browser) -> None:
    answer = employee.get("/me/data.json")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="data.json"'
    found = json.loads(answer.text)
    assert {row["employee_id"] for row in found["employees"]} == {MEMBER}
    assert found["assessments"]
    assert found["ledger"]
    assert "assessor_id" not in answer.text
