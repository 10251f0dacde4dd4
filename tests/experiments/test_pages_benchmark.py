"""Pages are looked at as a browser does it, and the team is the one that the results name."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from experiments.benchmarks.page_rounds import Seen
from experiments.benchmarks.pages import largest_team
from experiments.benchmarks.visits import Visit, at_once, percentiles, visitors
from recommender.errors import RecommenderError
from tests.cities import attended, load, office

PAGE = b"<p>Siti Rahayu</p>"


class Answers(BaseHTTPRequestHandler):
    """Returns a page, compressed, to whoever has the session `mine`."""

    protocol_version = "HTTP/1.1"
    connections: set[tuple[str, int]]
    paths: list[str]

    def do_GET(self) -> None:
        self.connections.add(self.client_address)
        self.paths.append(self.path)
        known = "session=mine;" in self.headers["Cookie"] and self.headers["Accept-Encoding"] == "gzip"
        body = gzip.compress(PAGE)
        self.send_response(200 if known else 303)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
        self.close_connection = self.path.endswith("?hang-up")

    def log_message(self, *_: object) -> None: ...


@pytest.fixture
def address() -> Iterator[str]:
    Answers.connections, Answers.paths = set(), []
    with ThreadingHTTPServer(("127.0.0.1", 0), Answers) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def test_a_visitor_keeps_his_connection_and_counts_what_is_sent(address: str) -> None:
    with visitors(address, {"manager": "mine"}) as known:
        first, second = known["manager"].look("/team"), known["manager"].look("/team?page=2")
        assert first.sent == second.sent == len(gzip.compress(PAGE))
        assert known["manager"].read("/team") == PAGE.decode()
    assert first.milliseconds > 0
    assert len(Answers.connections) == 1


def test_a_visitor_comes_back_to_a_server_that_hung_up(address: str) -> None:
    with visitors(address, {"manager": "mine"}) as known:
        known["manager"].look("/team?hang-up")
        assert known["manager"].read("/team") == PAGE.decode()
    assert len(Answers.connections) == 2


def test_a_page_that_is_not_shown_has_no_time(address: str) -> None:
    with visitors(address, {"stranger": "another"}) as known, pytest.raises(RecommenderError, match="303"):
        known["stranger"].look("/team")


def test_several_visitors_look_over_connections_of_their_own(address: str) -> None:
    with visitors(address, {"one": "mine", "two": "mine"}) as known:
        assert len(at_once(list(known.values()), "/team", 3)) == 6
    assert Answers.paths == ["/team"] * 6
    assert len(Answers.connections) == 2


def test_percentiles_are_times_that_were_seen() -> None:
    visits = [Visit(float(number), 0) for number in range(10)]
    assert percentiles(visits) == [5.0, 9.0, 9.0]
    assert percentiles([*visits, *[Visit(0.0, 0)] * 90]) == [0.0, 5.0, 9.0]


def test_the_team_is_the_largest_unit_below_another_with_all_below_it() -> None:
    units = {"U0": "", "U1": "U0", "U2": "U1", "U3": "U0"}
    stands_in = dict(
        zip((f"E{n}" for n in range(10)), ["U0", *["U1"] * 2, *["U2"] * 3, *["U3"] * 4], strict=True)
    )
    tables = office()
    people = [{**row, "unit_id": stands_in[str(row["employee_id"])]} for row in tables["employees"]]
    people[1] |= {"status": "pensiun"}
    city = load(
        {
            **tables,
            "units": [{"unit_id": one, "parent_unit_id": above} for one, above in units.items()],
            "employees": people,
            "training_records": [attended("E3", "law", "2024-01-01"), attended("E4", "law", "2024-01-01")],
        }
    )
    team = largest_team(city)
    assert (team.unit_id, team.employee_ids) == ("U1", ("E2", "E3", "E4", "E5"))
    assert team.others == ("E0", "E6", "E7", "E8", "E9")
    assert (team.competency, team.program) == ("DATA", "law")


def test_nobody_whose_state_changes_stands_on_a_page_that_is_asked_for_again() -> None:
    pages = [[f"{page}-{place}" for place in range(25)] for page in range(8)]
    seen = Seen(pages, ("Z",), "DATA", "law")
    assert seen.kept in pages[0]
    assert set(seen.free) == {*pages[6], *pages[7]}
    assert len(seen.team) == 200
