"""The repository as the tests of this folder see it: its files, and its Python parsed once."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parents[2]
CODE_FOLDERS = ("recommender", "experiments", "api")
# A source archive has no git to ask; these are what git ignores by name.
IGNORED_NAMES = frozenset({"__pycache__", "build", "dist", "mlruns", "mlartifacts", "raw"})

COMPUTED = "<computed>"  # the target of an import by a name that only a run would tell

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Import:
    """One imported module, with the names taken from it (none for `import x`)."""

    target: str
    names: tuple[str, ...]
    line: int
    in_function: bool = False
    by_name: bool = False  # import_module("x") rather than a statement


@dataclass(frozen=True)
class Module:
    name: str
    path: Path
    tree: ast.Module

    @property
    def package(self) -> str:
        return self.name if self.path.name == "__init__.py" else self.name.rpartition(".")[0]

    @property
    def room(self) -> str:
        """The stage of `recommender` it belongs to; the bare package is no stage."""
        return self.name.split(".")[1] if "." in self.name else ""

    def where(self, line: int) -> str:
        return f"{self.path.relative_to(ROOT)}:{line}"


@cache
def modules() -> dict[str, Module]:
    """Return every module of the code folders by its dotted name."""
    found = {}
    for folder in CODE_FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            name = ".".join(part for part in parts if part != "__init__")
            found[name] = Module(name, path, ast.parse(path.read_text(encoding="utf-8")))
    return found


def modules_under(*packages: str) -> list[Module]:
    """Return the modules that are one of `packages` or lie inside one."""
    return [module for module in modules().values() if lies_in(module.name, *packages)]


def lies_in(name: str, *packages: str) -> bool:
    return any(name == package or name.startswith(package + ".") for package in packages)


@cache
def imports_of(module: Module) -> tuple[Import, ...]:
    """Return what a module imports, wherever the import stands, `importlib.import_module("x")` included."""
    return tuple(_imports(module, module.tree, in_function=False))


def _imports(module: Module, node: ast.AST, in_function: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        match child:
            case ast.Import():
                for alias in child.names:
                    yield Import(alias.name, (), child.lineno, in_function)
            case ast.ImportFrom():
                yield from _imports_from(module, child, in_function)
            case ast.Call(func=ast.Name(id="import_module" | "__import__")):
                yield _import_by_name(child)
            case ast.Call(func=ast.Attribute(attr="import_module")):
                yield _import_by_name(child)
        enters = isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
        yield from _imports(module, child, in_function or enters)


def _imports_from(module: Module, node: ast.ImportFrom, in_function: bool) -> Iterator[Import]:
    base = node.module or ""
    if node.level:
        parents = module.package.split(".")
        base = ".".join([*parents[: len(parents) - node.level + 1], *filter(None, [base])])
    names = [alias.name for alias in node.names]
    submodules = [name for name in names if f"{base}.{name}" in modules()]
    for name in submodules:
        yield Import(f"{base}.{name}", (), node.lineno, in_function)
    if rest := tuple(name for name in names if name not in submodules):
        yield Import(base, rest, node.lineno, in_function)


def _import_by_name(call: ast.Call) -> Import:
    match call.args:
        case [ast.Constant(value=str(name)), *_]:
            return Import(name, (), call.lineno, by_name=True)
    return Import(COMPUTED, (), call.lineno, by_name=True)


def functions_of(module: Module) -> Iterator[Function]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@cache
def repository_files() -> tuple[Path, ...]:
    """Return every file that is, or could be, committed."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, text=True).stdout
        paths = [ROOT / name for name in listed.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        paths = list(_files_without_git())
    return tuple(path for path in paths if path.is_file())


def _files_without_git() -> Iterator[Path]:
    for path in sorted(ROOT.rglob("*")):
        folders = path.relative_to(ROOT).parts[:-1]
        hidden = any(name.startswith(".") and name != ".ci" for name in folders)
        egg_info = any(name.endswith(".egg-info") for name in folders)
        in_models = folders[:1] == ("models",) and path.name != "README.md"
        if not (hidden or egg_info or in_models or IGNORED_NAMES.intersection(folders)):
            yield path
