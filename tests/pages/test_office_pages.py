"""The city and its programs as the training office sees them; small groups stay hidden."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from threading import Event

import pytest

from api.pages.city_drawn import DRAWN, gap_bars, in_order, kinds_told, standing_out, weakest_first
from recommender.service.background import Progress
from recommender.service.city_picture import CityFigures, CityPicture
from recommender.service.program_pages import ProgramsWanted
from recommender.store.askers import Asker
from recommender.store.objections import raise_objection
from tests.pages.browsing import Browser, Page

WAITING = re.compile(r"Menunggu keputusan: (\d+) keberatan")
ASKER = Asker("account-office", "training-office")
PARTS = ["gaps", "units", "hours", "access"]


@pytest.fixture(scope="module")
def office(signed_in: Callable[[str], Browser]) -> Browser:
    return signed_in("office")


@pytest.fixture(scope="module")
def figures(site: Browser) -> CityFigures:
    state = site.office.city_state("id")
    while state.figures is None:
        state = site.office.city_state("id")
    found: CityFigures = state.figures
    return found


@pytest.fixture(scope="module")
def city_page(office: Browser, figures: CityFigures) -> Page:
    return office.get("/city")


def test_only_the_training_office_sees_the_city(signed_in: Callable[[str], Browser]) -> None:
    seen = {who: signed_in(who).get("/city").status for who in ("manager", "office", "scientist", "employee")}
    assert seen == {"manager": 403, "office": 200, "scientist": 403, "employee": 403}


def test_the_city_says_how_old_it_is_and_where_it_stands(city_page: Page, figures: CityFigures) -> None:
    assert city_page.heading == "Gambaran umum kota"
    assert "Data per 31 Des 2025. Dihitung" in city_page.words
    told = [one.text for one in city_page.all("dd") if "figure-number" in one.attributes.get("class", "")]
    assert told[0] == str(figures.people)
    assert f"{100 * (figures.hours.everybody.met or 0):.0f} %" in told
    assert [one.attributes["id"] for one in city_page.all("h2") if one.attributes.get("id")] == PARTS


def test_all_competencies_stand_in_the_table_beside_the_picture(
    city_page: Page, figures: CityFigures
) -> None:
    linked = [one.text for one in city_page.all("a") if "/team?competency=" in one.attributes["href"]]
    assert linked == [gap.name for gap in in_order(figures.gaps, "mean")]
    assert len(linked) > DRAWN, "the picture alone would hide some"
    assert len(city_page.all("svg", role="img")) == 2, "one for a wide screen and one for a phone"


def test_gaps_may_be_put_in_the_order_of_their_sum(office: Browser, figures: CityFigures) -> None:
    page = office.get("/city?order=total")
    first = next(one.text for one in page.all("a") if "/team?competency=" in one.attributes["href"])
    assert first == max(figures.gaps, key=lambda gap: gap.people * gap.mean_gap).name
    assert page.all("a", **{"aria-current": "true"})[0].text == "Jumlah seluruh pegawai"


def test_units_lead_to_their_people(city_page: Page, figures: CityFigures) -> None:
    led = {one.attributes["href"] for one in city_page.all("a") if "/team?unit=" in one.attributes["href"]}
    assert {f"/team?unit={unit.unit_id}" for unit in figures.units if unit.unit_id} <= led


def test_hidden_groups_are_counted_and_the_reason_is_said(city_page: Page, figures: CityFigures) -> None:
    hidden = sum(one.hidden for one in figures.access)
    assert f"Disembunyikan di sini: {hidden}." in city_page.words
    assert f"agar tidak seorang pun dapat dikenali: {figures.hidden_units}." in city_page.words
    assert figures.hidden_units > 0


def test_open_objections_are_counted(office: Browser, city_page: Page) -> None:
    assert "Tidak ada yang menunggu keputusan." in city_page.words
    with office.database.writing() as connection:
        raise_objection(connection, "E00100", None, ASKER)
    found = WAITING.search(office.get("/city").words)
    assert found is not None
    assert found[1] == "1"


class SlowCity(CityPicture):
    """Figures that are not finished before somebody lets them."""

    go_on: Event

    def _add(self, *told: object) -> None:
        self.go_on.wait(30.0)
        super()._add(*told)  # type: ignore[arg-type]


@pytest.fixture
def slow(site: Browser) -> Iterator[SlowCity]:
    made = SlowCity(site.office.advice)
    made.go_on = Event()
    before, site.office.picture = site.office.picture, made
    yield made
    made.go_on.set()
    made.close()
    site.office.picture = before


def test_a_city_that_takes_long_shows_how_far_it_is_and_looks_again(office: Browser, slow: SlowCity) -> None:
    page = office.get("/city")
    assert "0 dari 300 pegawai sudah dihitung" in page.words
    assert page.all("progress")[0].attributes["max"] == "300"
    assert [one.attributes["hx-trigger"] for one in page.all("div", id="city")] == ["every 2s"]
    assert page.all("a", href="/city")[-1].text == "Perbarui", "without scripts"
    slow.go_on.set()
    slow.background.wait(30)
    page = office.get("/city")
    assert "hx-trigger" not in page.all("div", id="city")[0].attributes, "there is nothing more to wait for"
    assert page.all("h2", id="gaps")


class BrokenCity(CityPicture):
    """Figures that cannot be made."""

    def _make(self, progress: Progress) -> object:  # type: ignore[override]
        raise RuntimeError("no figures")


def test_a_city_that_fails_says_so(site: Browser, office: Browser) -> None:
    before, site.office.picture = site.office.picture, BrokenCity(site.office.advice)
    page = office.get("/city")
    site.office.picture = before
    assert page.status == 200
    assert "Perhitungan terakhir gagal" in page.words
    assert "hx-get" not in page.all("div", id="city")[0].attributes, "it is tried again only in a while"


def test_what_stands_out_is_the_most_of_its_kind(figures: CityFigures) -> None:
    found = standing_out(figures)
    assert found.widest is not None
    assert found.least is not None
    assert found.widest.mean_gap == max(gap.mean_gap for gap in figures.gaps)
    shares = [one.met for one in figures.hours.by_unit if one.met is not None]
    assert found.least.met == min(shares)
    assert [one.met is None for one in weakest_first(figures.hours.by_unit)][-1], "nothing known comes last"


def test_soft_skills_stand_together_beside_technical_ones(figures: CityFigures) -> None:
    told = [(one.kind, is_part) for one, is_part in kinds_told(figures)]
    assert told[:4] == [
        ("technical", False),
        ("soft", False),
        ("managerial", True),
        ("sociocultural", True),
    ]


def test_bars_and_tables_agree_on_what_is_soft(figures: CityFigures) -> None:
    kinds = ("technical", "managerial", "sociocultural", "governmental", "")
    gap = figures.gaps[0]
    drawn = {kind: gap_bars([replace(gap, kind=kind)], "mean", "id")[0] for kind in kinds}
    striped = {kind for kind, picture in drawn.items() if "pic-hollow" in picture}
    told = {one.kind for one, is_part in kinds_told(figures) if is_part}
    assert striped == told == {"managerial", "sociocultural"}


def titles(page: Page) -> list[str]:
    return [one.text for one in page.all("a") if re.fullmatch(r"/programs/[^?]+", one.attributes["href"])]


def test_programs_are_for_everybody(signed_in: Callable[[str], Browser]) -> None:
    for path in ("/programs", "/programs/P044"):
        assert {signed_in(who).get(path).status for who in ("manager", "scientist", "employee")} == {200}


def test_programs_are_searched_sorted_and_paged(office: Browser) -> None:
    first, second = office.get("/programs"), office.get("/programs?page=2")
    assert len(titles(first)) == len(titles(second)) == 25
    assert titles(first) == sorted(titles(first), key=str.casefold)
    assert not set(titles(first)) & set(titles(second))
    found = titles(office.get("/programs?search=naskah+srikandi"))
    assert found == ["Tata Naskah Dinas dan Srikandi"]
    costs = [row.cost for row in office.office.programs(ProgramsWanted(sort="cost", size=25), "id").rows]
    assert costs == sorted(costs)
    assert titles(office.get("/programs?sort=cost")) != titles(first)


def test_filters_of_programs_are_kept_in_the_form_and_on_the_next_page(office: Browser) -> None:
    page = office.get("/programs?form=diklat_teknis&search=a")
    chosen = [one.attributes["value"] for one in page.all("option") if "selected" in one.attributes]
    assert "diklat_teknis" in chosen
    assert "form=diklat_teknis&search=a&page=2" in page.all("a", rel="next")[0].attributes["href"]


def test_a_search_without_result_says_what_to_do(office: Browser) -> None:
    page = office.get("/programs?search=zzz")
    assert "Tidak ada pelatihan yang cocok" in page.words
    assert "Longgarkan filter" in page.words


@pytest.mark.parametrize("query", ["sort=unknown", "page=0", "only=x", "search=" + "a" * 201])
def test_absurd_questions_are_pages_too(office: Browser, query: str) -> None:
    assert office.get(f"/programs?{query}").status == 422


def test_a_program_tells_what_it_changes_whom_it_reached_and_when_it_runs(office: Browser) -> None:
    told = office.office.program("P018", "id")
    page = office.get("/programs/P018")
    assert page.heading == told.row.title
    taught = told.row.taught[0]
    assert any(taught.name in one.text and "rentang" in one.text for one in page.all("title"))
    assert f"{taught.effect:+.2f}".replace(".", ",") in page.words
    assert str(told.row.takers) in [one.text for one in page.all("dd")]
    for group in told.reached.by_unit.groups:
        assert group.name in page.words
    assert f"terlalu kecil untuk ditampilkan: {told.reached.by_unit.hidden}." in page.words
    assert told.reached.by_unit.hidden > 0
    assert len(told.sessions) == 2
    assert "5 Mar 2026" in page.words


def test_a_program_few_took_tells_nothing_of_them(office: Browser) -> None:
    rows = office.office.programs(ProgramsWanted(size=200), "id").rows
    few = next(row for row in rows if row.takers is None)
    page = office.get(f"/programs/{few.program_id}")
    assert "terlalu sedikit untuk ditampilkan" in page.words
    assert "Jumlah selesai" not in page.words


def test_a_compulsory_program_says_for_whom(office: Browser) -> None:
    rows = office.office.programs(ProgramsWanted(only="compulsory"), "id").rows
    page = office.get(f"/programs/{rows[0].program_id}")
    assert "Wajib bagi" in page.words
    assert "Tidak wajib bagi siapa pun." not in page.words


@pytest.mark.parametrize("program", ["P999", "%00", "a" * 3000, "%3Cscript%3E"])
def test_a_program_that_is_not_there_is_not_found(office: Browser, program: str) -> None:
    page = office.get(f"/programs/{program}")
    assert page.status == 404
    assert page.heading == "Tidak ditemukan"


def test_pages_speak_english(site: Browser, signed_in: Callable[[str], Browser]) -> None:
    office = signed_in("office")
    office.get("/language/en")
    assert office.get("/city").heading == "The city"
    assert "Technical course" in office.get("/programs?form=diklat_teknis").words
    assert "Who it reached" in office.get("/programs/P018").words
