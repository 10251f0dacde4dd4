"""Rings in what must be a tree or an order: units above units, programs before programs."""

from __future__ import annotations

from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter

from recommender.dataset.cells import CheckedTable, Tables
from recommender.errors import Fault

Edges = dict[str, set[str]]


def check_cycles(tables: Tables) -> Iterator[Fault]:
    """Yield one fault for each ring, at a row that belongs to it."""
    units, prerequisites = tables["units"], tables["program_prerequisites"]
    yield from _rings(units, "unit_id", "parent_unit_id", "Name the true unit above, or none.")
    yield from _rings(prerequisites, "program_id", "prerequisite_program_id", "Delete one of these rows.")


def _rings(table: CheckedTable, lower: str, upper: str, remedy: str) -> Iterator[Fault]:
    edges: Edges = {}
    row_of: dict[tuple[str, str], int] = {}
    for row, edge in enumerate(zip(table.texts(lower), table.texts(upper), strict=True)):
        if all(edge):
            edges.setdefault(edge[0], set()).add(edge[1])
            row_of.setdefault(edge, row)
    while ring := _a_ring(edges):
        # The sorter lists each node after one that has it as its upper node.
        below, above = ring[1], ring[0]
        edges[below].discard(above)
        path = " > ".join(ring)
        problem = "names itself." if len(ring) == 2 else f"closes a ring: {path}."
        yield table.fault(row_of[below, above], upper, problem, remedy)


def _a_ring(edges: Edges) -> list[str]:
    try:
        TopologicalSorter(edges).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []
