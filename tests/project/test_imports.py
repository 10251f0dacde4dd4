"""Who may import whom: the rooms of `recommender` in one direction, and the two shells around it."""

from __future__ import annotations

from graphlib import CycleError, TopologicalSorter

import pytest

from .source import COMPUTED, Import, Module, imports_of, lies_in, modules, modules_under

# Each room may import those to its left.
ROOMS = (
    *("errors", "schema", "domain", "policy", "sources", "store", "dataset", "competency", "effects"),
    *(
        "rankers",
        "explain",
        "engine",
        "planning",
        "evaluation",
        "bundle",
        "batch",
        "simulation",
        "service",
        "cli",
        "__main__",
    ),
)
# The simulator draws the truth; if it read the engine's rooms, the engine would be tested on its own ideas.
ROOMS_OF_SIMULATION = ("errors", "schema", "domain", "policy")
DATA_ONLY = ("policies",)  # packages that hold files and no code
OWN_PACKAGES = ("recommender", "experiments", "api", "models", "data", "tests")


def _own_imports(module: Module) -> list[Import]:
    return [found for found in imports_of(module) if lies_in(found.target, *OWN_PACKAGES)]


def _allowed_rooms(room: str) -> tuple[str, ...]:
    if room == "simulation":
        return (*ROOMS_OF_SIMULATION, room)
    return ROOMS[: ROOMS.index(room) + 1]


def test_every_room_has_its_place_in_the_order() -> None:
    rooms = {module.room for module in modules_under("recommender")} - {""}
    assert rooms - {*ROOMS, *DATA_ONLY} == set(), (
        "a new room: give it a place in ROOMS and in ARCHITECTURE.md"
    )


def test_packages_that_hold_files_hold_no_code() -> None:
    packages = [f"recommender.{room}" for room in DATA_ONLY]
    assert [module.name for module in modules_under(*packages) if module.tree.body[1:]] == []


def test_rooms_import_only_to_their_left() -> None:
    faults = []
    for module in modules_under("recommender"):
        if module.room not in ROOMS:
            continue
        allowed = [f"recommender.{room}" for room in _allowed_rooms(module.room)]
        for found in _own_imports(module):
            if not lies_in(found.target, *allowed):
                faults.append(f"{module.where(found.line)} ({module.room}) imports {found.target}")
    assert faults == []


@pytest.mark.parametrize(
    ("folder", "allowed"),
    [
        ("recommender", ("recommender",)),
        ("experiments", ("recommender", "experiments")),
        ("api", ("recommender", "api")),
    ],
)
def test_shells_meet_only_in_the_library(folder: str, allowed: tuple[str, ...]) -> None:
    faults = [
        f"{module.where(found.line)} imports {found.target}"
        for module in modules_under(folder)
        for found in _own_imports(module)
        if not lies_in(found.target, *allowed)
    ]
    assert faults == []


def test_files_import_each_other_without_cycles() -> None:
    graph = {
        name: {found.target for found in _own_imports(module)} & modules().keys()
        for name, module in modules().items()
    }
    circle: list[str] = []
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        circle = error.args[1]
    assert circle == []


def test_imports_stand_outside_functions() -> None:
    faults = [
        f"{module.where(found.line)} imports {found.target} inside a function"
        for module in modules().values()
        for found in imports_of(module)
        if found.in_function
    ]
    assert faults == []


def test_imports_by_name_are_of_optional_libraries_only() -> None:
    """`import_module("dask")` where it is first needed is fine; for own code it would dodge the order."""
    faults = [
        f"{module.where(found.line)} imports {found.target} by name"
        for module in modules().values()
        for found in imports_of(module)
        if found.by_name and lies_in(found.target, COMPUTED, *OWN_PACKAGES)
    ]
    assert faults == []
