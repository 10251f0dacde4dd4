"""What a result rests on: commit, library versions and the machine's size, not its name."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parents[1]

_LIBRARIES = ("course-recommender", "numpy", "scipy", "pandas", "scikit-learn", "lightgbm")


def git_commit() -> str:
    """Return the commit, with `-dirty` where the code differs from it, or "unknown" outside of git.

    Committed results do not count as code: a benchmark writes them one after the other.
    """
    commit = _git("rev-parse", "HEAD")
    if commit is None:
        return "unknown"
    changed = _git("status", "--porcelain", "--", ".", ":!experiments/results")
    return commit[:12] + ("-dirty" if changed else "")


def versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that results depend on."""
    return {"python": platform.python_version(), **{name: _version(name) for name in _LIBRARIES}}


def cores() -> int:
    """Return how many processor cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def source_name(data: str) -> str:
    """Return the last name of a folder or database URL: no path of a machine, no password."""
    if "://" in data:
        return urlsplit(data).path.rstrip("/").rpartition("/")[2] or "database"
    return Path(data).resolve().name


def _git(*arguments: str) -> str | None:
    command = ["git", "-C", str(ROOT), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return None


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
