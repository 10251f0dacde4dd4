"""`Cast`: everything about a city that is set before its six years begin."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.policy import Policy, load_policy
from recommender.simulation.courses import Courses, build_courses
from recommender.simulation.layout import Layout, plan_layout
from recommender.simulation.mandates import Mandate, city_mandates
from recommender.simulation.people import People, Traits, draw_people, draw_traits
from recommender.simulation.roles import Roles, build_roles
from recommender.simulation.truth import Nature, draw_nature


@dataclass(frozen=True, slots=True)
class Cast:
    """The offices, positions, people and programs of a city, and what is hidden about them."""

    policy: Policy
    layout: Layout
    roles: Roles
    people: People
    traits: Traits
    courses: Courses
    nature: Nature
    mandates: list[Mandate]
    seed: int


def draw_cast(employees: int, programs: int, seed: int) -> Cast:
    """Draw a city as it stands before its history."""
    policy = load_policy()
    layout = plan_layout(employees, seed)
    roles, role = build_roles(layout, policy)
    courses = build_courses(programs, seed)
    return Cast(
        policy=policy,
        layout=layout,
        roles=roles,
        people=draw_people(layout, roles, role, policy, seed),
        traits=draw_traits(employees, seed),
        courses=courses,
        nature=draw_nature(courses, seed),
        mandates=city_mandates(courses, roles, layout),
        seed=seed,
    )
