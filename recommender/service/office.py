"""`Office`: everything a service has in hand, shared by the threads of one process."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from recommender.domain import MISSING, Counterfactual, Horizon
from recommender.engine import Engine
from recommender.explain import Language
from recommender.planning.hours import plan_year_of
from recommender.service import views
from recommender.service.advice import Advice, Ready
from recommender.service.asked import Asked, Reply
from recommender.service.background import Failed
from recommender.service.city import Catalogue
from recommender.service.city_picture import CityPicture, PictureState
from recommender.service.deciding import decide_all
from recommender.service.freshness import CityInHand
from recommender.service.jobs import JobRunner
from recommender.service.ledger_page import LinePage, LinesWanted, find_lines
from recommender.service.member import program_title
from recommender.service.members import Members
from recommender.service.model_page import Leaderboard, ModelFacts, leaderboard, model_facts
from recommender.service.models import ServedModel
from recommender.service.plan import PersonPlan, Plan, TeamPlan, person_plan, team_plan, whole_team_plan
from recommender.service.plan_approved import (
    ApprovedPlan,
    Scope,
    approve_plan,
    approved_plan,
    plans_approved_of,
)
from recommender.service.program_pages import ProgramList, ProgramPage, ProgramPages, ProgramsWanted
from recommender.service.story import EligibleProgram, Stories, Story
from recommender.service.team import Team, Wanted, team
from recommender.service.units import UnitChoice, units_to_choose
from recommender.store.askers import Asker
from recommender.store.database import Database, open_database
from recommender.store.decisions import Choice, Decision, latest_choices
from recommender.store.ledger_writer import LedgerWriter
from recommender.store.plans import find_plan


class Office:
    """The store, the model in use and the city in hand, and the questions they answer.

    Every method that names an employee_id or a unit raises `UnknownEmployee` or `UnknownUnit` where there is
    no such one, and every method `StoreUnavailable` where the store cannot be reached.

    Parameters
    ----------
    refresh_seconds : how old what all records say in sum may be; see `CityInHand`.
    """

    def __init__(self, database: Database, models: ServedModel, refresh_seconds: float = 5.0) -> None:
        self.database, self.models = database, models
        self.ledger = LedgerWriter(database)
        self.city = CityInHand(database, refresh_seconds)
        self.advice = Advice(database, models, self.city, self.ledger)
        self.jobs = JobRunner(self.advice)
        self.members = Members(self.advice)
        self.stories = Stories(self.advice, self.members)
        self.program_pages = ProgramPages(self.advice, models)
        self.picture = CityPicture(self.advice)

    @classmethod
    def open(cls, address: str, bundle: Path, refresh_seconds: float = 5.0) -> Office:
        """Return the office of a database's URL and a bundle.

        Raises
        ------
        StoreError, BundleError
            The address or the bundle cannot be used.
        """
        return cls(open_database(address), ServedModel(bundle), refresh_seconds)

    def close(self) -> None:
        """Finish what is under way and let go of everything."""
        self.models.stop()
        self.jobs.stop()
        self.picture.close()
        self.program_pages.close()
        self.ledger.close()
        self.database.close()

    def tell_failures(self, told: Failed) -> None:
        """Let somebody hear what goes wrong on threads of the office's own."""
        for background in (self.picture.background, self.program_pages.measured.background):
            background.on_failure = told

    def catalogue(self) -> Catalogue:
        """Return the catalogue as it is kept now."""
        return self.city.now().catalogue

    def ready(self) -> Ready:
        """Return the model and the city of this moment."""
        return self.advice.ready()

    def engine(self) -> Engine:
        """Return the engine of this moment; its data are the catalogue, without people."""
        return self.ready().model.engine

    def recommend(self, employee_id: str, asked: Asked, asker: Asker) -> Reply:
        """Return what is recommended to one person."""
        return self.advice.recommend(employee_id, asked, asker)

    def recommend_many(self, employee_ids: Sequence[str], asked: Asked, asker: Asker) -> Reply:
        """Return what is recommended to each person of a list, as {"items": [...]}, in its order."""
        return self.advice.recommend_many(employee_ids, asked, asker)

    def what_if(self, profile: Mapping[str, object], asked: Asked, asker: Asker) -> Reply:
        """Return what would be recommended to a person who is described and not kept (`views.what_if`)."""
        return views.what_if(self.advice, profile, asked, asker)

    def profile(self, employee_id: str, asked: Asked, asker: Asker) -> Reply:
        """Return what is believed of one person against the position held and the next one."""
        return views.profile(self.advice, employee_id, asked, asker)

    def unit_gaps(self, unit_id: str, asked: Asked, asker: Asker) -> Reply:
        """Return the gaps of the people of a unit and all units below it; small groups are not told."""
        return views.unit_gaps(self.advice, unit_id, asked, asker)

    def team(self, unit_id: str | None, wanted: Wanted, language: Language, asker: Asker) -> Team:
        """Return a page of the people of a unit and all below it; None = of the whole city."""
        return team(self.members, unit_id, wanted, language, asker)

    def decide(self, choices: Sequence[tuple[str, Choice]], asker: Asker) -> None:
        """Keep what somebody decided about people, each with a choice: all or nothing (`decide_all`)."""
        decide_all(self.advice, choices, asker)

    def choices_of(self, employee_id: str) -> Mapping[str, Decision]:
        """Return the decision about each program that holds for a person in the year that is planned."""
        with self.database.reading() as connection:
            return latest_choices(connection, [employee_id], self.plan_year())[employee_id]

    def story(self, employee_id: str, horizon: Horizon, language: Language, asker: Asker) -> Story:
        """Return everything that the page of one person shows."""
        return self.stories.story(employee_id, Asked(5, language, horizon), asker)

    def what_would_change(self, employee_id: str, language: Language, asker: Asker) -> Counterfactual:
        """Return which changes of evidence would put another program first; it takes up to some seconds."""
        return self.stories.what_would_change(employee_id, language, asker)

    def eligible_programs(self, employee_id: str, asker: Asker) -> tuple[EligibleProgram, ...]:
        """Return all programs that no rule keeps from a person, the best benefit first."""
        return self.stories.eligible(employee_id, asker)

    def model_facts(self) -> ModelFacts:
        """Return what is told of the model that answers."""
        return model_facts(self.models)

    def leaderboard(self) -> Leaderboard:
        """Return the bundles beside the model in use, by the figures of their signed manifests."""
        return leaderboard(self.models)

    def ledger_lines(self, wanted: LinesWanted) -> LinePage:
        """Return a page of the lines that are looked for; raises `DataError` for what cannot be."""
        return find_lines(self.database, wanted)

    def units(self) -> tuple[UnitChoice, ...]:
        """Return the units of the city that have people, as a tree from top to bottom."""
        return units_to_choose(self.database, self.catalogue().dataset)

    def plan_year(self) -> int:
        """Return the year that is planned by the data's date."""
        return plan_year_of(self.city.now().norms.as_of)

    def person_plan(self, employee_id: str, year: int, language: Language, asker: Asker) -> PersonPlan:
        """Return the plan of one person, with suggestions that are not decided yet."""
        return person_plan(self.members, employee_id, year, language, asker)

    def team_plan(
        self, unit_id: str | None, year: int, page: int, language: Language, asker: Asker
    ) -> TeamPlan:
        """Return a page of the plan of a unit and all below it; None = of the whole city."""
        return team_plan(self.members, unit_id, year, page, language, asker)

    def whole_team_plan(self, unit_id: str | None, year: int, language: Language, asker: Asker) -> TeamPlan:
        """Return the plan of everybody in a unit and below it on one page; None = of the whole city."""
        return whole_team_plan(self.members, unit_id, year, language, asker)

    def approve_plan(self, scope: Scope, seen: str, approved_by: str, asker: Asker) -> Plan:
        """Keep a copy of what is accepted in a scope; raises `PlanChanged` where it is not what was seen."""
        return approve_plan(self.members, scope, seen, approved_by, asker)

    def approved_plans_of(self, employee_id: str, year: int) -> list[Plan]:
        """Return the plans of one person that were approved for a year, the newest first."""
        return plans_approved_of(self.members, employee_id, year)

    def find_plan(self, plan_id: str) -> Plan:
        """Return an approved plan without what stands in it; raises `UnknownEntry` where there is none."""
        with self.database.reading() as connection:
            return find_plan(connection, plan_id)

    def approved_plan(self, plan: Plan, asker: Asker) -> ApprovedPlan:
        """Return an approved plan as it was approved."""
        return approved_plan(self.members, plan, asker)

    def program_titles(self, program_ids: Iterable[str]) -> dict[str, str]:
        """Return what programs are called, by id; one that the catalogue does not have is left out."""
        dataset = self.catalogue().dataset
        rows = {one: dataset.programs.ids.row(one) for one in program_ids}
        return {one: program_title(dataset, row) for one, row in rows.items() if row != MISSING}

    def programs(self, wanted: ProgramsWanted, language: Language) -> ProgramList:
        """Return a page of the programs that are wanted."""
        return self.program_pages.programs(wanted, language)

    def program(self, program_id: str, language: Language) -> ProgramPage:
        """Return all about one program; raises `UnknownEntry` where there is none of this id."""
        return self.program_pages.program(program_id, language)

    def city_state(self, language: Language) -> PictureState:
        """Return the whole city in figures, or how far they are; within about two seconds."""
        return self.picture.state(language)
