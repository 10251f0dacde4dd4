"""A real `python -m api` in a process of its own, and what tests ask of it."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 60.0
METRICS_KEY = "figures-0123456789abcdef"


@dataclass(frozen=True)
class Server:
    """A service that was started, with a client that shows no key."""

    client: httpx2.Client
    process: subprocess.Popen[bytes]
    output: Path
    port: int

    @property
    def lines(self) -> list[dict[str, Any]]:
        """What it has logged; every line must be JSON."""
        return [json.loads(line) for line in self.output.read_text().splitlines()]

    def events(self, event: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == event]

    def figures(self) -> dict[str, float]:
        """Return the figures by name and labels, as Prometheus reads them."""
        page = self.client.get("/metrics", headers={"Authorization": f"Bearer {METRICS_KEY}"})
        assert page.status_code == 200, page.text
        rows = [line.rsplit(" ", 1) for line in page.text.splitlines() if not line.startswith("#")]
        return {name: float(value) for name, value in rows}

    def readiness(self) -> Any:
        return self.client.get("/readyz", headers={"X-API-Key": METRICS_KEY}).json()

    def kill(self) -> None:
        """End it at once, its workers too, as a loss of power would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait(PATIENCE)

    def stop(self) -> int:
        """Tell it to stop, and return its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


@contextmanager
def serving(folder: Path, variables: Mapping[str, str]) -> Iterator[Server]:
    """Start a service with these RECOMMENDER_ variables (named without that), wait for it, and end it."""
    port = int(variables.get("PORT") or free_port())
    output = folder / f"output-{port}.txt"
    mine = {"PORT": str(port), "METRICS_KEY": METRICS_KEY, **variables}
    with (
        output.open("wb") as written,
        subprocess.Popen(
            [sys.executable, "-m", "api"],
            cwd=ROOT,
            env=environment(mine),
            stdout=written,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a group of its own, so that all of it can be killed
        ) as process,
        httpx2.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=PATIENCE) as client,
    ):
        try:
            wait_until(lambda: is_ready(client) or process.poll() is not None, output)
            assert process.poll() is None, f"the server did not start:\n{output.read_text()}"
            yield Server(client, process, output, port)
        finally:
            process.terminate()


def environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return this process' environment with these settings of the service and no other."""
    others = {name: value for name, value in os.environ.items() if not name.startswith("RECOMMENDER_")}
    return {**others, **{f"RECOMMENDER_{name}": value for name, value in variables.items()}}


def is_ready(client: httpx2.Client) -> bool:
    try:
        return client.get("/readyz").status_code == 200
    except httpx2.TransportError:
        return False


def wait_until(holds: Any, output: Path | None = None, what: str = "") -> None:
    """Wait until something holds; fail loudly if it never does."""
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, what or (output.read_text() if output else "it never came")
        time.sleep(0.02)


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port
