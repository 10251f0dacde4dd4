"""What ships, what is locked, and how long files and functions may be."""

from __future__ import annotations

import ast
import re
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .source import ROOT, Function, functions_of, modules, repository_files

LONGEST_FUNCTION = 50  # lines, without the docstring
LONGEST_MODULE = 350
LONGEST_LINE = 130
# A folder of one machine: it exists nowhere else, and tells who worked there.
MACHINE_PATH = re.compile(r"(?<![\w.~])/(?:work|root|home|Users)/")
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
RUNTIME_GROUPS = ("api", "experiments", "dask")


def _pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def _pins(lock: str) -> dict[str, set[str]]:
    """Return the pinned versions of each library; there may be one for each version of Python."""
    pins: dict[str, set[str]] = {}
    for name, version in PIN.findall((ROOT / lock).read_text(encoding="utf-8")):
        pins.setdefault(canonicalize_name(name), set()).add(version)
    return pins


def _requirements(*groups: str) -> list[Requirement]:
    project = _pyproject()["project"]
    extras = [line for group in groups for line in project["optional-dependencies"][group]]
    wanted = [Requirement(line) for line in [*project["dependencies"], *extras]]
    return [requirement for requirement in wanted if requirement.name != project["name"]]


def test_only_the_library_ships() -> None:
    assert _pyproject()["tool"]["setuptools"]["packages"]["find"] == {"include": ["recommender*"]}


def test_folders_of_files_hold_no_code() -> None:
    folders = ("data", "models")
    code = [p for p in repository_files() if p.relative_to(ROOT).parts[0] in folders and p.suffix == ".py"]
    assert code == []


def test_data_files_of_the_library_ship() -> None:
    library = ROOT / "recommender"
    patterns = _pyproject()["tool"]["setuptools"]["package-data"]["recommender"]
    shipped = {pattern: set(library.glob(pattern)) for pattern in patterns}
    assert [pattern for pattern, files in shipped.items() if not files] == [], "these patterns match nothing"

    files = {path for path in repository_files() if library in path.parents and path.suffix != ".py"}
    assert files - set().union(*shipped.values()) == set(), "package-data in pyproject.toml leaves these out"


def test_packages_of_the_library_are_marked() -> None:
    folders = {module.path.parent for module in modules().values()}
    assert [str(folder) for folder in folders if not (folder / "__init__.py").exists()] == []


@pytest.mark.parametrize("lock", ["requirements.lock", "requirements-dev.lock"])
def test_locks_name_no_address_and_every_hash(lock: str) -> None:
    text = (ROOT / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert re.findall(r"^-.*", text, re.MULTILINE) == [], "an option of the machine that wrote it"
    unhashed = [name for name in re.split(r"\n(?=\S)", text) if "==" in name and "--hash=sha256:" not in name]
    assert unhashed == []


@pytest.mark.parametrize(
    ("lock", "groups"),
    [("requirements.lock", RUNTIME_GROUPS), ("requirements-dev.lock", (*RUNTIME_GROUPS, "dev"))],
)
def test_locks_follow_pyproject(lock: str, groups: tuple[str, ...]) -> None:
    pins = _pins(lock)
    faults = [
        str(requirement)
        for requirement in _requirements(*groups)
        if not (versions := pins.get(canonicalize_name(requirement.name)))
        or not all(requirement.specifier.contains(version) for version in versions)
    ]
    assert faults == [], "run make lock"


def test_development_runs_on_the_libraries_that_ship() -> None:
    runtime, development = _pins("requirements.lock"), _pins("requirements-dev.lock")
    assert {name: development.get(name) for name in runtime} == runtime, "run make lock"


def test_no_file_names_a_folder_of_one_machine() -> None:
    faults = []
    for path in repository_files():
        for number, line in enumerate(
            path.read_text(encoding="utf-8", errors="ignore").splitlines(), start=1
        ):
            if MACHINE_PATH.search(line):
                faults.append(f"{path.relative_to(ROOT)}:{number}")
    assert faults == []


def test_lines_fit_the_screen() -> None:
    faults = []
    for path in repository_files():
        if path.suffix == ".py":
            lines = path.read_text(encoding="utf-8").splitlines()
            long = [number for number, line in enumerate(lines, start=1) if len(line) > LONGEST_LINE]
            faults += [f"{path.relative_to(ROOT)}:{number}" for number in long]
    assert faults == []


def test_functions_are_short() -> None:
    faults = []
    for module in modules().values():
        for function in functions_of(module):
            if (length := _length(function)) > LONGEST_FUNCTION:
                faults.append(f"{module.where(function.lineno)} {function.name}: {length} lines")
    assert faults == []


def _length(function: Function) -> int:
    whole = (function.end_lineno or function.lineno) - function.lineno + 1
    docstring = function.body[0] if ast.get_docstring(function) else None
    return whole - ((docstring.end_lineno or 0) - docstring.lineno + 1 if docstring else 0)


def test_modules_are_short() -> None:
    lengths = {m.path: len(m.path.read_text(encoding="utf-8").splitlines()) for m in modules().values()}
    assert {str(path.relative_to(ROOT)): n for path, n in lengths.items() if n > LONGEST_MODULE} == {}
