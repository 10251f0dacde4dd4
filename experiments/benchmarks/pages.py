"""How long the pages take on the server for a team of more than 300 people, beside a bare route."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from experiments.benchmarks.page_rounds import AT_ONCE, BARE, NAMES, TEAM, Rounds, Seen, Visits
from experiments.benchmarks.served_city import TAUGHT, ServedCity, Size, served_city
from experiments.benchmarks.serving import bare, served
from experiments.benchmarks.visits import Visitor, percentiles, signed_in, visitors
from experiments.pages import Page, bullets, table
from experiments.show import ABSENT, Say, number
from recommender.dataset import Dataset
from recommender.domain import MISSING, BoolArray
from recommender.errors import RecommenderError
from recommender.service.plan import PAGE
from recommender.store.accounts import NewAccount
from recommender.store.database import Database, open_database

_SIZE = Size(employees=900, programs=120, seed=600)
_TURNS = 100
_AIM = 300.0  # milliseconds, 95 % of a team's pages
_LEAST = 300  # people in the team
_WORKERS = (1, 2)


@dataclass(frozen=True, slots=True)
class Team:
    """A unit with all units below it: who is in service in it, and elsewhere.

    Attributes
    ----------
    competency : id of what positions in the team ask for most often.
    program : id of what was taken most often in the city.
    """

    unit_id: str
    unit: str
    employee_ids: tuple[str, ...]
    others: tuple[str, ...]
    competency: str
    program: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of one number of workers: all visits, and how busy the machine was meanwhile."""

    visits: Visits
    loads: Sequence[float]


def pages(source: Path, say: Say) -> Page:  # noqa: ARG001 - all benchmarks take a source; cities need none
    """Serve a simulated city by one worker, then by two, and look at each page again and again."""
    with tempfile.TemporaryDirectory() as folder:
        city = served_city(Path(folder), _SIZE, say)
        team = largest_team(city.dataset)
        if len(team.employee_ids) < _LEAST:
            raise RecommenderError(f"the largest unit has {len(team.employee_ids)} people, not {_LEAST}.")
        database = open_database(city.database)
        try:
            tokens = _tokens(database, team)
            found = {workers: _looked(city, team, (database, tokens), workers, say) for workers in _WORKERS}
        finally:
            database.close()
    return _page(team, found)


def largest_team(dataset: Dataset) -> Team:
    """Return the unit with the most people in service in it and below it, of those with a unit above them."""
    units, unit, taken = dataset.units, dataset.employees.unit, dataset.history.program
    within = {row: _within(dataset, row) for row, above in enumerate(units.parent) if above != MISSING}
    row = max(within, key=lambda one: int(within[one].sum()))
    inside = within[row]
    position = dataset.employees.position[inside]
    asked = ~np.isnan(dataset.positions.level[position[position != MISSING]])
    outside = dataset.employees.active & (unit != MISSING) & ~inside
    ids = np.array(tuple(dataset.employees.ids))
    return Team(
        dataset.units.ids[row],
        str(units.name[row]),
        tuple(ids[inside].tolist()),
        tuple(ids[outside].tolist()),
        dataset.competencies.ids[int(asked.sum(axis=0).argmax())],
        dataset.programs.ids[int(np.bincount(taken[taken != MISSING]).argmax())],
    )


def _within(dataset: Dataset, top: int) -> BoolArray:
    """Return who is in service in a unit or below it, by row."""
    parent = dataset.units.parent.tolist()

    def is_below(row: int) -> bool:
        while row not in (MISSING, top):
            row = parent[row]
        return row == top

    inside = np.array([is_below(row) for row in dataset.employees.unit.tolist()])
    return np.asarray(inside & dataset.employees.active)


def _tokens(database: Database, team: Team) -> dict[str, str]:
    """Return a session of each role; the employee is somebody of the team."""
    accounts = {
        "manager": NewAccount("manager", "Manager", "manager", unit_id=team.unit_id),
        "office": NewAccount("office", "Training office", "training-office"),
        "scientist": NewAccount("scientist", "Data scientist", "data-scientist"),
        "employee": NewAccount("employee", "Employee", "employee", employee_id=team.employee_ids[0]),
    }
    return {name: signed_in(database, new) for name, new in accounts.items()}


def _looked(
    city: ServedCity, team: Team, opened: tuple[Database, Mapping[str, str]], workers: int, say: Say
) -> Looked:
    """Return what came of one number of workers."""
    database, tokens = opened
    with (
        served(city.database, city.bundle, workers) as running,
        visitors(running.address, tokens) as known,
    ):
        seen = _seen(team, known["manager"])
        with bare(city.work, known["manager"].sent("/team"), workers) as plain:
            rounds = Rounds(running, plain, database, tokens, seen)
            say(f"  {_workers(workers)} ...")
            return Looked(rounds.all(_TURNS, say, new_days=workers == _WORKERS[0]), rounds.loads)


def _seen(team: Team, manager: Visitor) -> Seen:
    """Return whom the rounds look at, by the pages of the plan: none stands on a page meant for others."""
    listed: list[list[str]] = []
    for page in range(-(-len(team.employee_ids) // PAGE)):
        found = re.findall(r'href="/people/([^"/?#]+)', manager.read(f"/team/plan?page={page + 1}"))
        listed.append(list(dict.fromkeys(found)))
    people = [one for page in listed for one in page]
    if sorted(people) != sorted(team.employee_ids):
        raise RecommenderError("the pages of the plan do not list the team.")
    return Seen(listed, team.others, team.competency, team.program)


def _page(team: Team, found: Mapping[int, Looked]) -> Page:
    rows = [
        (f"`{name}` ({_workers(workers)})", percentiles(visits))
        for workers, one in found.items()
        for name, visits in one.visits.items()
        if not name.startswith(BARE)
    ]
    of_team = [row for row in rows if row[0].startswith("`/team")]
    lost = sorted((row for row in rows if row[1][1] >= _AIM), key=lambda row: -row[1][1])
    missed = sum(row in of_team for row in lost)
    first = found[_WORKERS[0]].visits
    half, most, _ = percentiles(first[TEAM])
    headline = (
        f"`/team` of {len(team.employee_ids)} people takes {number(half, 0)} ms at the median and "
        f"{number(most, 0)} ms at p95 from one worker, where a bare route takes "
        f"{number(percentiles(first[BARE])[0], 1)} ms at the median; {len(of_team) - missed} of "
        f"{len(of_team)} rows of a team's pages keep to the aim of p95 under {_AIM:.0f} ms."
    )
    told = "; ".join(f"{name} p95 {number(times[1], 0)} ms" for name, times in lost)
    what_lost = f"Over {_AIM:.0f} ms: {told}." if lost else f"Nothing is over {_AIM:.0f} ms at p95."
    tables = [f"{_workers(count).capitalize()}:\n\n{_table(one.visits)}" for count, one in found.items()]
    return Page("Pages for a team of 300", headline, [*tables, what_lost, bullets(_remarks(team, found))])


def _table(visits: Visits) -> str:
    plain = percentiles(visits[BARE])[0]
    header = [
        "page",
        "asked",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "of bare's p50",
        "CPU ms",
        "kB sent",
        "in 300 ms",
    ]
    rows = []
    for name in sorted(visits, key=NAMES.index):
        half, most, nearly_all = percentiles(visits[name])
        processor, sent = (
            float(np.mean([getattr(one, told) for one in visits[name]])) for told in ("processor", "sent")
        )
        rows.append(
            [
                name,
                f"{len(visits[name])}",
                *(number(one, 1) for one in (half, most, nearly_all)),
                f"{half / plain:.1f}",
                number(processor, 1),
                number(sent / 1000, 1),
                ABSENT if name.startswith(BARE) else "yes" if most < _AIM else "**no**",
            ]
        )
    return table(header, rows)


def _workers(count: int) -> str:
    return "one worker" if count == 1 else f"{count} workers"


def _remarks(team: Team, found: Mapping[int, Looked]) -> list[str]:
    loads = [load for one in found.values() for load in one.loads]
    return [
        f"A city as by `{_SIZE.command}`, imported into SQLite, with the unit {team.unit}: "
        f"{len(team.employee_ids)} people in service in it and below it; `value`, taught by {TAUGHT:,} "
        "people per cut; `python -m api` and the client on the same two cores.",
        "Milliseconds on a connection that stays open, from asking to the last byte. Percentiles are "
        "observed times, rounded up: of 20 looks or fewer p95 and p99 are the slowest. CPU: milliseconds of "
        "processor that the server used meanwhile (mean), which other work on the machine hardly changes.",
        f"{_TURNS} turns. In each, every page that can be seen again in the same state is looked at once, in "
        "an order drawn anew; so is the bare route, a FastAPI route on as many workers of the same server "
        "(granian) that returns the bytes of a `/team` page.",
        "One person changed: an assessment of somebody in the team was acknowledged right before. Everybody "
        "changed: all of the team are made anew, as after a start. While ratings come in: somebody elsewhere "
        "rated a program right before, so that what all records say in sum moves. First in a minute and of a "
        "new day: the rating is of a new day, and nobody had looked for a minute; everybody is made anew.",
        "Not asked before: no answer is kept of the person, or of any of the 25 people of a page of the "
        "plan; the engine answers them one after the other. Answers are kept until the person's own records, "
        "what all records say in sum, the catalogue or the model change.",
        "What is made in the background after a start (effects, the city's figures) is waited for. "
        f"{AT_ONCE} connections: each looks again as soon as it is answered.",
        f"Other work ran on the machine: its load average was {number(min(loads), 1)} to "
        f"{number(max(loads), 1)}, at the median {number(float(np.median(loads)), 1)}; this benchmark "
        "is about 1 of it.",
        "Each worker keeps people and answers of its own: of two, the other may have to make them anew.",
        f"Aim: p95 of a team's pages under {_AIM:.0f} ms on the server.",
    ]
