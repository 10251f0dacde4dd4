"""Which change of evidence would put another program first: the smallest of each kind, verified.

The closest world in which the answer is another one (Wachter, Mittelstadt & Russell, Harvard Journal of Law
& Technology 31, 2018) tells people what an answer hangs on, without the model being opened. Four kinds of
change are looked at, each alone:

| kind | what is otherwise | size |
|---|---|---|
| new_judgement | one more assessment on the data's date | levels from what is expected of it |
| other_level | an assessment that came out differently | levels from what was recorded |
| no_judgement | an assessment that was not made | none: the latest that will do |
| no_training | a training that was not taken | none: the latest that will do |

Levels go over the whole scale in tenths of a step. Sizes are levels, not standard deviations: they mean the
same whoever judged, and can be checked without the model; in deviations the change would mostly be asked of
the least reliable judge. A record left out has no such size, and none is made up. A training without which
that same training would stand first is no answer.

Evidence changes, the model does not: it is not trained anew, and other people's records stay. Cases are
scored many at a time on what would be believed in them; each change returned was then made in the tables and
answered anew by the whole engine, and so was the level one tenth nearer, which must leave the first place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from recommender.competency.supposing import Supposing, suppose
from recommender.dataset import Dataset
from recommender.domain import BoolArray, Change, Counterfactual, FloatArray, IntArray
from recommender.effects import benefit
from recommender.engine.answers import Chain, choose
from recommender.engine.cases import Case, Records
from recommender.engine.exclusions import exclusions
from recommender.explain import Language, decimal, phrase
from recommender.explain.names import competency_name, source_name
from recommender.rankers import People, gather_people

Rescore = Callable[[Dataset], str]  # from tables to the program that then stands first, "" where none does

_RUNGS = 50  # between the ends of the scale: tenths of its five steps
_CASES = 64  # scored at a time
_SAME = 1e-9  # levels


@dataclass(frozen=True)
class Search:
    """The search for the person of `records`, whom `rescore` answers over other tables."""

    records: Records
    chain: Chain
    rescore: Rescore

    @cached_property
    def first(self) -> str:
        """The program that stands first now, "" where none does."""
        return self.rescore(self.records.dataset)

    def smallest(self) -> list[Case]:
        """Return the smallest change of each kind, if any: judgements by size, then records left out."""
        if not self.first:
            return []
        unmade = [Case("no_judgement", item) for item in self.records.latest_judged.tolist()]
        untaken = [Case("no_training", item) for item in self.records.latest_taken.tolist()]
        kinds = (self._new_judgements(), self._other_levels(), unmade, untaken)
        found = [case for kind in kinds for case in self._first_that_holds(kind)]
        return sorted(found, key=lambda case: float(np.nan_to_num(case.size, nan=np.inf)))

    def _new_judgements(self) -> list[Case]:
        table, made = self.records.alone.assessments, len(self.records.judged)
        place, item = np.arange(len(table) - made), np.arange(made, len(table))
        competency, levels = table.competency[item], self.records.dataset.policy.levels
        # Beliefs are linear in a judgement of today: the level that leaves them as they are is the expected.
        level, weight = self._as_recorded(2 * len(place) + 1)
        level[place, item], level[len(place) + place, item] = levels.minimum, levels.maximum
        weight[place, item] = weight[len(place) + place, item] = 1.0
        mean, _ = self._supposing.beliefs(level, weight)
        low, high = mean[place, competency], mean[len(place) + place, competency]
        telling = high - low > _SAME
        share = np.clip((mean[-1, competency] - low)[telling] / (high - low)[telling], 0.0, 1.0)
        expected = levels.minimum + share * (levels.maximum - levels.minimum)
        return self._by_size("new_judgement", item[telling], expected)

    def _other_levels(self) -> list[Case]:
        item = self.records.latest_judged
        recorded = self.records.alone.assessments.level[item]
        return [case for case in self._by_size("other_level", item, recorded) if case.size > _SAME]

    def _by_size(self, kind: str, items: IntArray, before: FloatArray) -> list[Case]:
        cases = [
            Case(kind, item, was, level)
            for item, was in zip(items.tolist(), before.tolist(), strict=True)
            for level in self._rungs.tolist()
        ]
        return sorted(cases, key=lambda case: case.size)

    def _first_that_holds(self, cases: list[Case]) -> list[Case]:
        for at in range(0, len(cases), _CASES):
            some = cases[at : at + _CASES]
            for case, program in zip(some, self._firsts(some), strict=True):
                found = replace(case, program=program)
                if program not in ("", self.first) and self._holds(found):
                    return [found]
        return []

    def _holds(self, case: Case) -> bool:
        """Return whether the engine says so over the changed tables, and as now one tenth nearer."""
        if self.rescore(self.records.changed(case)) != case.program:
            return False
        if not case.size > self._rungs[1] - self._rungs[0] + _SAME:  # nothing lies between, or it has no size
            return True
        place = int(np.abs(self._rungs - case.level).argmin())
        nearer = self._rungs[place - 1 if case.level > case.before else place + 1]
        return self.rescore(self.records.changed(replace(case, level=float(nearer)))) == self.first

    def _firsts(self, cases: list[Case]) -> Iterable[str]:
        """Return the program that stands first in each case, all of one kind; "" where none does."""
        kind, programs = cases[0].kind, self.records.dataset.programs.ids
        if kind == "no_training":
            return (self._without_training(case) for case in cases)  # one by one: stopped at the first found
        place, item = np.arange(len(cases)), np.array([case.item for case in cases])
        level, weight = self._as_recorded(len(cases))
        if kind == "no_judgement":
            weight[place, item] = 0.0
        else:
            level[place, item] = [case.level for case in cases]
        if kind == "new_judgement":
            weight[place, item] = 1.0
        people = self._believed(*self._supposing.beliefs(level, weight))
        picked = choose(people, self.chain, np.repeat(self._shut, len(cases), axis=0), 1).selection
        first = dict(zip(picked.person.tolist(), picked.program.tolist(), strict=True))
        return [str(programs[first[one]]) if one in first else "" for one in range(len(cases))]

    def _without_training(self, case: Case) -> str:
        """Return what stands first without a training, "" where it is that training."""
        program = self.rescore(self.records.changed(case))
        return "" if program == _program_taken(self.records, case) else program

    def _as_recorded(self, cases: int) -> tuple[FloatArray, FloatArray]:
        """Return level and weight of each judgement in each case as they are now, shape (cases, J)."""
        level, weight = self.records.alone.assessments.level, self.records.weight
        return np.tile(level, (cases, 1)), np.tile(weight, (cases, 1))

    def _believed(self, mean: FloatArray, sd: FloatArray) -> People:
        """Return the person once for each of some beliefs, shape (cases, C)."""
        rows = np.full(len(mean), self.records.row)
        # Over the whole tables: what rankers know of programs rests on everybody's records.
        alike = gather_people(self.records.dataset, self.records.estimator, rows)
        effects = alike.held.effects
        return replace(
            alike,
            beliefs=replace(alike.beliefs, mean=mean, sd=sd),
            held=benefit(effects, mean, sd, alike.required, alike.weight),
            onward=benefit(effects, mean, sd, alike.next_required, alike.next_weight),
        )

    @cached_property
    def _rungs(self) -> FloatArray:
        levels = self.records.dataset.policy.levels
        return np.round(np.linspace(levels.minimum, levels.maximum, _RUNGS + 1), 9)

    @cached_property
    def _shut(self) -> BoolArray:
        """Programs kept out by rules, which ask for facts and not for levels, shape (1, P)."""
        return np.asarray(np.logical_or.reduce(list(exclusions(self.records.person).values())))

    @cached_property
    def _supposing(self) -> Supposing:
        return suppose(self.records.estimator, self.records.alone, self.records.row)


def told_of(search: Search, language: Language) -> Counterfactual:
    """Return what a search found, in words; whose it is and by which model is left to the caller."""
    records, first = search.records, search.first
    title = title_of(records.dataset, first) if first else ""
    changes = tuple(told(records, case, title, language) for case in search.smallest())
    missing = "nothing" if first else "no_list"
    notes = () if changes else (phrase("counterfactual", missing, language),)
    as_of = records.dataset.as_of
    return Counterfactual("", first, title, changes, notes, "" if np.isnat(as_of) else str(as_of), "")


def told(records: Records, case: Case, first: str, language: Language) -> Change:
    """Return a change in words; `first` is the title of the program that stands first now."""
    dataset = records.dataset
    title = title_of(dataset, case.program)
    before, after, size = (_known(value) for value in (case.before, case.level, case.size))
    if case.kind == "no_training":
        id_, source = _program_taken(records, case), ""
        name, on = title_of(dataset, id_), dataset.history.moment[records.taken[case.item]]
    else:
        judgement = records.judgement(case)
        competency, source, on = judgement.competency[0], str(judgement.source[0]), judgement.assessed_on[0]
        id_, name = dataset.competencies.ids[competency], competency_name(dataset, int(competency), language)
        before = float(judgement.level[0]) if before is None else before
    day = "" if np.isnat(on) else str(on)
    text = phrase(
        "counterfactual",
        case.kind,
        language,
        what=name,
        day=day or phrase("counterfactual", "undated", language),
        source=source_name(source, language),
        before="" if before is None else decimal(f"{round(before, 2):g}", language),
        after="" if after is None else decimal(f"{after:g}", language),
        instead=title,
        first=first,
    )
    return Change(case.kind, id_, name, source, day, before, after, size, case.program, title, text)


def title_of(dataset: Dataset, program: str) -> str:
    """Return the title of a program, its id where it has none."""
    return str(dataset.programs.title[dataset.programs.ids.row(program)]) or program


def _program_taken(records: Records, case: Case) -> str:
    return str(records.dataset.programs.ids[records.dataset.history.program[records.taken[case.item]]])


def _known(value: float) -> float | None:
    return None if np.isnan(value) else round(value, 9)
