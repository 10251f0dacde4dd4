"""One door per dependency, so that a library can be changed in one place."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Mapping
from importlib.metadata import packages_distributions

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .source import CODE_FOLDERS, ROOT, Import, Module, imports_of, lies_in, modules, modules_under

# library -> the packages or modules that may import it; `batch*` covers batch.py, batch/ and batch_x.py
DOORS = {
    "fastapi": ("api",),
    "starlette": ("api",),
    "granian": ("api",),
    "mlflow": ("experiments.tracking",),
    "fairlearn": ("experiments.judging.fairness",),
    "optuna": ("experiments.tuning.study",),
    "sqlalchemy": ("recommender.store",),
    "argon2": ("recommender.store",),
    "alembic": ("recommender.store",),
    "jwt": ("api",),
    "limits": ("api",),
    "prometheus_client": ("api",),
    "structlog": ("api",),
    "jinja2": ("api.pages",),
    "markupsafe": ("api.pages",),
    "markdown_it": ("api.pages.markdown",),
    "xlsxwriter": ("recommender.service.plan_sheet",),
    "dask": ("recommender.batch*",),
    "distributed": ("recommender.batch*",),
    "lightgbm": ("recommender.rankers",),
    "gpboost": ("experiments.benchmarks.crossed",),
    "bm25s": ("experiments.benchmarks.roles_words",),
    "implicit": ("experiments.peers.worker",),
    "lenskit": ("experiments.peers.worker",),
    "lightfm": ("experiments.peers.worker",),
    "typer": ("recommender.cli", "experiments"),
    "joblib": ("recommender.bundle*", "recommender.batch*"),
    "pickle": ("recommender.bundle*",),
    "cloudpickle": ("recommender.bundle*",),
    # The server never loads it: the simulator makes tables, experiments convert and compare them.
    "pandas": ("recommender.simulation", "experiments"),
}
# Installed by the library that re-exports it, at the version that library was made for.
COMES_WITH = {
    "starlette": "fastapi",
    "markupsafe": "jinja2",
    "distributed": "dask",
    "lightfm": "rectools-lightfm",
}
# The rest of recommender/ must run on the plain dependencies alone.
NEEDS_AN_EXTRA = (
    "recommender.batch*",
    "experiments.benchmarks.crossed",
    "experiments.benchmarks.roles_words",
    "experiments.benchmarks.service",
)


def _may_enter(module: str, doors: tuple[str, ...]) -> bool:
    return any(
        module.startswith(door.removesuffix("*")) if door.endswith("*") else lies_in(module, door)
        for door in doors
    )


def _library(found: Import) -> str:
    return found.target.split(".")[0]


@pytest.mark.parametrize("library", DOORS)
def test_library_is_imported_only_through_its_door(library: str) -> None:
    faults = [
        module.where(found.line)
        for module in modules().values()
        for found in imports_of(module)
        if _library(found) == library and not _may_enter(module.name, DOORS[library])
    ]
    assert faults == [], f"{library} belongs to {', '.join(DOORS[library])}"


def test_only_bundles_are_dumped_and_loaded() -> None:
    faults = []
    for module in modules().values():
        if _may_enter(module.name, ("recommender.bundle*",)):
            continue
        faults += [f"{module.where(line)} uses joblib.{name}" for name, line in _joblib_names(module)]
    assert [fault for fault in faults if fault.endswith((".dump", ".load"))] == []


def _joblib_names(module: Module) -> list[tuple[str, int]]:
    imported = [
        (name, found.line)
        for found in imports_of(module)
        if _library(found) == "joblib"
        for name in found.names
    ]
    used = [
        (node.attr, node.lineno)
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "joblib"
    ]
    return imported + used


@pytest.mark.parametrize("folder", CODE_FOLDERS)
def test_every_import_is_a_declared_dependency(folder: str) -> None:
    distributions = packages_distributions()
    groups = _declared()
    faults = []
    for module in modules_under(folder):
        declared = groups[""].union(
            *(names for group, names in groups.items() if lies_in(module.name, group))
        )
        if _may_enter(module.name, NEEDS_AN_EXTRA):
            declared = frozenset().union(*(names for group, names in groups.items() if group != "dev"))
        for found in imports_of(module):
            if not _is_declared(_library(found), declared, distributions):
                faults.append(f"{module.where(found.line)} imports {found.target}")
    assert faults == [], "declare it in pyproject.toml, in the group of this folder"


def _declared() -> Mapping[str, frozenset[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = {"": project["dependencies"], **project["optional-dependencies"]}
    # The peers' worker runs in an environment of its own.
    files = (ROOT / "experiments/peers").glob("requirements*.txt")
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    groups["experiments.peers.worker"] = [line for line in lines if not line.startswith("#")]
    return {
        group: frozenset(canonicalize_name(Requirement(line).name) for line in lines)
        for group, lines in groups.items()
    }


def _is_declared(library: str, declared: frozenset[str], distributions: Mapping[str, list[str]]) -> bool:
    if library in sys.stdlib_module_names or library in CODE_FOLDERS:
        return True
    library = COMES_WITH.get(library, library)
    return any(canonicalize_name(name) in declared for name in distributions.get(library, [library]))
