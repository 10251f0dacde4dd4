"""The service as people run it, in processes of its own, and a bare route on the same server beside it."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from recommender.errors import RecommenderError

WORKERS = 2
_PATIENCE = 120.0
_LONG, _LOOK, _IDLE = 900.0, 3.0, 0.05  # seconds; the share of a processor that resting takes
_BARE = """
from pathlib import Path
from fastapi import FastAPI, Response

BODY = Path({body!r}).read_bytes()
app = FastAPI()


@app.get("/answers/{{employee_id}}")
async def answer(employee_id: str) -> Response:
    return Response(BODY, media_type="application/json")
"""


@dataclass(frozen=True, slots=True)
class Running:
    """A server under way, and the key that opens it."""

    address: str
    process: int
    key: str = ""

    @property
    def headers(self) -> dict[str, str]:
        """What every request carries."""
        return {"X-API-Key": self.key} if self.key else {}

    def workers(self) -> list[int]:
        """Return the processes that answer."""
        children = Path(f"/proc/{self.process}/task/{self.process}/children").read_text().split()
        return [int(child) for child in children]

    def rest(self) -> None:
        """Wait until the workers make nothing in the background any more.

        Raises
        ------
        RecommenderError
            They go on and on.
        """
        end = time.monotonic() + _LONG
        while time.monotonic() < end:
            before = self.seconds_used()
            time.sleep(_LOOK)
            if self.seconds_used() - before < _IDLE * _LOOK:
                return
        raise RecommenderError("the service makes something in the background and does not come to an end.")

    def seconds_used(self) -> float:
        """Return the seconds of processor that the workers have used (proc(5): utime and stime)."""
        stats = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split() for pid in self.workers()]
        return sum(int(one[11]) + int(one[12]) for one in stats) / os.sysconf("SC_CLK_TCK")

    def get(self, path: str) -> bytes:
        """Return the body of an answer."""
        with urlopen(Request(self.address + path, headers=self.headers), timeout=_PATIENCE) as found:
            body: bytes = found.read()
        return body

    def post(self, path: str, items: object) -> float:
        """Send rows and return the seconds until they were acknowledged."""
        headers = {**self.headers, "Content-Type": "application/json"}
        request = Request(self.address + path, json.dumps({"items": items}).encode(), headers)
        start = time.perf_counter()
        with urlopen(request, timeout=_PATIENCE) as found:
            found.read()
        return time.perf_counter() - start


def ran(arguments: list[str]) -> str:
    """Run a command of the library and return what it printed.

    Raises
    ------
    RecommenderError
        It failed.
    """
    command = [sys.executable, "-m", "recommender", *arguments]
    said = subprocess.run(command, capture_output=True, text=True, check=False)
    if said.returncode:
        raise RecommenderError(f"recommender {arguments[0]} failed: {said.stderr[-2000:]}")
    return said.stdout


@contextmanager
def served(database: str, bundle: Path, workers: int = WORKERS) -> Iterator[Running]:
    """Yield the service over a database, with a key of an HR system."""
    key = ran(["keys", "create", "--role", "hr-system", "--database", database]).split()[-1]
    port = _free_port()
    environment = {
        "RECOMMENDER_DATABASE_URL": database,
        "RECOMMENDER_BUNDLE": str(bundle),
        "RECOMMENDER_PORT": str(port),
        "RECOMMENDER_WORKERS": str(workers),
        "RECOMMENDER_RATE_LIMIT": "100000000/minute",
        "RECOMMENDER_LOG_LEVEL": "warning",
    }
    with _started([sys.executable, "-m", "api"], environment, port) as process:
        yield Running(f"http://127.0.0.1:{port}", process, key)


@contextmanager
def bare(work: Path, body: bytes, workers: int = WORKERS) -> Iterator[Running]:
    """Yield a server of the same kind whose only route returns `body` and does nothing else."""
    (work / "body.json").write_bytes(body)
    (work / "bare_route.py").write_text(_BARE.format(body=str(work / "body.json")))
    port = _free_port()
    command = [sys.executable, "-m", "granian", "--interface", "asgi", "--no-ws", "--port", str(port)]
    command += ["--workers", str(workers), "--working-dir", str(work), "bare_route:app"]
    with _started(command, {}, port) as process:
        yield Running(f"http://127.0.0.1:{port}", process)


@contextmanager
def _started(command: list[str], settings: Mapping[str, str], port: int) -> Iterator[int]:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", **settings}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as one:
        try:
            _wait(f"http://127.0.0.1:{port}", one)
            yield one.pid
        finally:
            one.terminate()


def _wait(address: str, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + _PATIENCE
    while time.monotonic() < end and process.poll() is None:
        try:
            with urlopen(address + "/openapi.json", timeout=5):
                return
        except (URLError, OSError):
            time.sleep(0.2)
    raise RecommenderError("the server did not start.")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port
