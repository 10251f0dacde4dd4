"""Turns in which every page is looked at once, in an order drawn anew each time: noise hits all alike.

Between them states are made that do not last: somebody of the team was assessed, something about everybody
changed, what all records say in sum moved. After such a state all pages are looked at unmeasured, as before.
"""

from __future__ import annotations

import os
import random
import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import partial

from experiments.benchmarks.serving import Running
from experiments.benchmarks.visits import Visit, Visitor, at_once, visitors
from experiments.show import Say
from recommender.store.database import Database
from recommender.store.stamps import new_id
from recommender.store.subjects import touch

Visits = Mapping[str, Sequence[Visit]]

AT_ONCE = 4  # connections
BARE, BARE_AT_ONCE = "bare route", f"bare route, {AT_ONCE} connections"
TEAM, TEAM_AT_ONCE = "/team", f"/team, {AT_ONCE} connections"
ONE_CHANGED, ALL_CHANGED = "/team, one person changed", "/team, everybody changed"
RATED, NEW_DAY = "/team, while ratings come in", "/team, first in a minute and of a new day"
PERSON, PERSON_NEW = "/people/ID, asked before", "/people/ID, not asked before"
PLAN, PLAN_NEW = "/team/plan, asked before", "/team/plan, not asked before"
CHANGES = "/people/ID/changes"
# Names in the order of the page of results.
NAMES = (
    *(BARE, BARE_AT_ONCE, TEAM, "/team?sort=name&page=7", "/team?search=guru", "/team?competency=ID"),
    *(TEAM_AT_ONCE, ONE_CHANGED, RATED, ALL_CHANGED, NEW_DAY, PLAN, PLAN_NEW, "/team/plan.xlsx"),
    *(PERSON, PERSON_NEW, CHANGES, "/me", "/city", "/programs", "/programs/ID", "/model"),
)

_ANEW_EVERY, _ELSEWHERE_EVERY = 10, 20  # turns
_TIMES = 3  # looks of each of several connections, every so many turns
_RATINGS, _BETWEEN = 20, 0.6  # ratings that come in, and the seconds between them
_SETTLED = 6.0  # seconds after which the service reads anew what all records say in sum
_FRESH = 5  # people, and pages of the plan, that are asked about after everybody changed
_QUIET_SECONDS = 61.0  # lists keep people for a minute though the date has moved
_FIRST_DAY = date(2026, 1, 1)  # after the last one of the city
_PLAIN = "/answers/page"
_KEPT_PAGE, _FRESH_PAGES = 0, range(1, 6)  # of the plan: never changed one by one; asked about when new


@dataclass(frozen=True, slots=True)
class Seen:
    """What is looked at.

    Attributes
    ----------
    plan_pages : employee_ids of the team by the page of the plan they stand on.
    others : people outside of the team. competency, program : ids.
    """

    plan_pages: Sequence[Sequence[str]]
    others: Sequence[str]
    competency: str
    program: str

    @property
    def team(self) -> list[str]:
        """Everybody of the team."""
        return [one for page in self.plan_pages for one in page]

    @property
    def kept(self) -> str:
        """Somebody of the team who is asked about again and again."""
        return self.plan_pages[_KEPT_PAGE][0]

    @property
    def free(self) -> list[str]:
        """People of the team on pages of the plan that are not measured."""
        return [one for page in self.plan_pages[_FRESH_PAGES.stop :] for one in page]


@dataclass
class Rounds:
    """Looks at a service and at a bare route; all visits are kept by the name of what was seen."""

    running: Running
    plain: Running
    database: Database
    tokens: Mapping[str, str]
    seen: Seen
    visits: defaultdict[str, list[Visit]] = field(default_factory=lambda: defaultdict(list))
    loads: list[float] = field(default_factory=list)  # of the machine, in the last minute

    def all(self, turns: int, say: Say, *, new_days: bool) -> Visits:
        """Return what came of so many turns.

        Parameters
        ----------
        new_days : whether there are new days between turns, each of which takes a minute.
        """
        chance = random.Random(0)
        with ExitStack() as stack:
            known = stack.enter_context(visitors(self.running.address, self.tokens))
            plain = stack.enter_context(visitors(self.plain.address, {"": ""}))[""]
            self._as_before(known, plain)  # what is made once, such as a compiled template
            self.running.rest()  # and what the first look begins in the background
            for turn in range(turns):
                if turn % _ANEW_EVERY == 0:
                    say(f"  turn {turn + 1} of {turns} ...")
                    self._several()
                    self.loads.append(os.getloadavg()[0])
                self._turn(turn, known, plain, chance)
                if turn % _ANEW_EVERY == _ANEW_EVERY - 1:
                    self._all_changed(turn // _ANEW_EVERY, known["manager"])
                    self._as_before(known, plain)
                if turn % _ELSEWHERE_EVERY == _ELSEWHERE_EVERY - 1:
                    self._elsewhere(known["manager"])
                    if new_days:
                        self._new_day(turn, known["manager"])
                    self._as_before(known, plain)
                    time.sleep(_SETTLED)
                    self._as_before(known, plain)  # each worker takes up the new sums ...
                    time.sleep(1.0)
                    self._as_before(known, plain)  # ... and answers by them
        return dict(self.visits)

    def _turn(self, turn: int, known: Mapping[str, Visitor], plain: Visitor, chance: random.Random) -> None:
        looks = list(self._lasting(known, plain).items())
        looks += [(ONE_CHANGED, partial(known["manager"].look, "/team"))]
        if turn % _ANEW_EVERY == 0:
            free = self.seen.free
            looks += [(CHANGES, partial(known["manager"].look, f"/people/{free[turn % len(free)]}/changes"))]
        chance.shuffle(looks)
        for name, look in looks:
            if name == ONE_CHANGED:
                self._assess(turn)
            self._keep(name, look)

    def _lasting(self, known: Mapping[str, Visitor], plain: Visitor) -> dict[str, Callable[[], Visit]]:
        """Return looks that find the same state again and again, by name."""
        seen = self.seen
        paths = {
            TEAM: ("manager", "/team"),
            "/team?sort=name&page=7": ("manager", "/team?sort=name&page=7"),
            "/team?search=guru": ("manager", "/team?search=guru"),
            "/team?competency=ID": ("manager", f"/team?competency={seen.competency}"),
            PLAN: ("manager", f"/team/plan?page={_KEPT_PAGE + 1}"),
            "/team/plan.xlsx": ("manager", "/team/plan.xlsx"),
            PERSON: ("manager", f"/people/{seen.kept}"),
            "/me": ("employee", "/me"),
            "/city": ("office", "/city"),
            "/programs": ("manager", "/programs"),
            "/programs/ID": ("manager", f"/programs/{seen.program}"),
            "/model": ("scientist", "/model"),
        }
        looks = {name: partial(known[who].look, path) for name, (who, path) in paths.items()}
        return {BARE: partial(plain.look, _PLAIN), **looks}

    def _assess(self, turn: int) -> None:
        free = self.seen.free
        row = {"employee_id": free[turn % len(free)], "competency_id": self.seen.competency}
        self.running.post("/v1/assessments", [{**row, "level": float(turn % 5), "source": "test"}])

    def _all_changed(self, number: int, manager: Visitor) -> None:
        """Let something about everybody of the team change; then nothing that was answered holds any more."""
        with self.database.writing() as connection:
            touch(connection, self.seen.team)
        self._keep(ALL_CHANGED, partial(manager.look, "/team"))
        free = self.seen.free
        for place in range(number * _FRESH, (number + 1) * _FRESH):
            self._keep(PERSON_NEW, partial(manager.look, f"/people/{free[place % len(free)]}"))
        for page in _FRESH_PAGES:
            self._keep(PLAN_NEW, partial(manager.look, f"/team/plan?page={page + 1}"))

    def _elsewhere(self, manager: Visitor) -> None:
        """Let somebody outside of the team rate a program, again and again."""
        for _ in range(_RATINGS):
            self._rated("")
            self._keep(RATED, partial(manager.look, "/team"))
            time.sleep(_BETWEEN)

    def _new_day(self, turn: int, manager: Visitor) -> None:
        """Let a rating of a new day come in, and nobody look for a minute."""
        self._rated((_FIRST_DAY + timedelta(days=turn)).isoformat())
        time.sleep(_QUIET_SECONDS)
        self._keep(NEW_DAY, partial(manager.look, "/team"))

    def _rated(self, day: str) -> None:
        row = {"feedback_id": new_id(), "employee_id": self.seen.others[0], "rating": 4}
        row |= {"program_id": self.seen.program} | ({"submitted_on": day} if day else {})
        self.running.post("/v1/feedback", [row])

    def _several(self) -> None:
        """Look at the team over several connections at once, and at the bare route likewise."""
        for name, server, path in (
            (TEAM_AT_ONCE, self.running, "/team"),
            (BARE_AT_ONCE, self.plain, _PLAIN),
        ):
            tokens = {str(place): self.tokens["manager"] for place in range(AT_ONCE)}
            with visitors(server.address, tokens) as several:
                used = server.seconds_used()
                found = at_once(list(several.values()), path, _TIMES)
                each = 1000.0 * (server.seconds_used() - used) / len(found)
            self.visits[name] += [replace(one, processor=each) for one in found]

    def _keep(self, name: str, look: Callable[[], Visit]) -> None:
        server = self.plain if name == BARE else self.running
        used = server.seconds_used()
        visit = look()
        self.visits[name].append(replace(visit, processor=1000.0 * (server.seconds_used() - used)))

    def _as_before(self, known: Mapping[str, Visitor], plain: Visitor) -> None:
        for look in self._lasting(known, plain).values():
            look()
