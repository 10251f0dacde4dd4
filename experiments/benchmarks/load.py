"""Load on a server by wrk, a program written in C that takes little of the cores from what it measures."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from recommender.errors import RecommenderError

CONNECTIONS = 16
_UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60_000.0}
# Each thread of wrk has a Lua of its own: the second begins half-way through the list.
_SCRIPT = """
local paths, place, threads = {{}}, 0, 0
for line in io.lines({list!r}) do paths[#paths + 1] = line end
function setup(thread) thread:set("first", threads); threads = threads + 1 end
function init() place = {start} + first * math.floor(#paths / 2) end
function request()
  place = place + 1
  return wrk.format("GET", paths[(place - 1) % #paths + 1])
end
"""


@dataclass(frozen=True, slots=True)
class Target:
    """Paths of one server, asked for one after the other."""

    address: str
    paths: Sequence[str]
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Load:
    """What came of a load: requests per second, and milliseconds that half and 99 % of them took."""

    rate: float
    median: float
    p99: float


def wrk() -> str:
    """Return the program.

    Raises
    ------
    RecommenderError
        It is not installed.
    """
    found = shutil.which("wrk")
    if found is None:
        raise RecommenderError("it needs wrk: apt install wrk (or brew install wrk).")
    return found


def hammered(target: Target, seconds: int, start: int = 0) -> Load:
    """Return what came of asking for the paths over `CONNECTIONS` connections, from the one numbered `start`.

    Raises
    ------
    RecommenderError
        Some requests were not answered, or not with 200.
    """
    with tempfile.TemporaryDirectory() as folder:
        listed, script = Path(folder) / "paths.txt", Path(folder) / "paths.lua"
        listed.write_text("\n".join(target.paths) + "\n")
        script.write_text(_SCRIPT.format(list=str(listed), start=start))
        options = [
            f"-c{CONNECTIONS}",
            "-t2",
            f"-d{seconds}s",
            "--latency",
            "--timeout",
            "30s",
            "-s",
            str(script),
        ]
        headers = [part for name, value in target.headers.items() for part in ("-H", f"{name}: {value}")]
        said = subprocess.run(
            [wrk(), *options, *headers, target.address], capture_output=True, text=True, check=False
        )
    if "Non-2xx" in said.stdout or "Socket errors" in said.stdout or said.returncode:
        raise RecommenderError(f"some requests were not answered:\n{said.stdout}{said.stderr}")
    return Load(
        _number(r"Requests/sec:\s+([\d.]+)", said.stdout),
        _time("50%", said.stdout),
        _time("99%", said.stdout),
    )


def _number(pattern: str, text: str) -> float:
    found = re.search(pattern, text)
    if found is None:
        raise RecommenderError(f"wrk did not say what was looked for ({pattern}):\n{text}")
    return float(found[1])


def _time(share: str, text: str) -> float:
    unit = re.search(rf"{share}\s+[\d.]+(us|ms|s|m)", text)
    return _number(rf"{share}\s+([\d.]+)", text) * _UNITS[unit[1] if unit else "ms"]
