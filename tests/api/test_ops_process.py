"""A real process: it starts or says why not, stops in good order, and withstands odd bytes."""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.api.servers import PATIENCE, Server, environment, free_port, wait_until

MANY = "/v1/recommendations"


# --- starting


def refused_start(variables: dict[str, str]) -> str:
    ended = subprocess.run(
        [sys.executable, "-m", "api"],
        cwd=Path(__file__).resolve().parents[2],
        env=environment({"PORT": str(free_port()), **variables}),
        capture_output=True,
        text=True,
        timeout=PATIENCE,
    )
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr + ended.stdout
    return ended.stderr


def test_without_a_bundle_it_says_what_to_do(tmp_path: Path, own_city: Callable[[], str]) -> None:
    said = refused_start({"BUNDLE": str(tmp_path / "current"), "DATABASE_URL": own_city()})
    assert said.startswith("Error: there is no bundle at")
    assert "python -m experiments run" in said


def test_without_tables_it_names_the_command(tmp_path: Path, current: Path) -> None:
    url = f"sqlite:///{tmp_path}/empty.db"
    said = refused_start({"BUNDLE": str(current), "DATABASE_URL": url})
    assert f"recommender migrate {url}" in said


def test_settings_that_will_not_do_are_all_told() -> None:
    said = refused_start({"PORT": "no", "WORKERS": "-1"})
    assert "RECOMMENDER_PORT=no" in said
    assert "RECOMMENDER_WORKERS=-1" in said


def test_it_does_not_share_a_port(current: Path, own_city: Callable[[], str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        said = refused_start({"BUNDLE": str(current), "DATABASE_URL": own_city(), "PORT": port})
    assert said.startswith(f"Error: cannot listen at http://127.0.0.1:{port}")


# --- stopping


def test_requests_in_flight_end_and_no_new_ones_begin(
    started: Callable[..., Any], keys: dict[str, str]
) -> None:
    with started() as server:
        may_go_on = threading.Event()
        begun = threading.Event()

        def body() -> Iterator[bytes]:
            yield b'{"employee_ids": '
            begun.set()
            assert may_go_on.wait(PATIENCE)
            yield b"[]}"

        answers: list[httpx2.Response] = []

        def ask() -> None:
            headers = {"X-API-Key": keys["hr-system"], "Content-Type": "application/json"}
            answers.append(server.client.post(MANY, content=body(), headers=headers))

        # A connection that is kept open with nothing asked holds nobody up.
        with httpx2.Client(base_url=server.client.base_url, trust_env=False) as idle:
            idle.get("/livez")
            asking = threading.Thread(target=ask)
            asking.start()
            assert begun.wait(PATIENCE)
            wait_until(lambda: server.figures()["recommender_requests_in_flight"] == 2)
            server.process.terminate()
            wait_until(lambda: not can_connect(server.port))
            may_go_on.set()
            asking.join()
            assert server.process.wait(PATIENCE) == 0
        assert (answers[0].status_code, answers[0].json()) == (200, {"items": []})
        assert [line["event"] for line in server.lines[-2:]] == ["request", "stopped"]


def can_connect(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


# --- bytes that no client sends


def raw(server: Server, sent: bytes) -> tuple[int, bytes]:
    """Send bytes as they are; return status and body, 0 if the connection was closed without an answer."""
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        connection.sendall(sent)
        answer = b""
        try:
            while part := connection.recv(65_536):
                answer += part
        except ConnectionResetError:
            pass
    head, _, body = answer.partition(b"\r\n\r\n")
    return (int(head.split()[1]) if head else 0), body


@pytest.mark.parametrize(
    "path",
    [
        *("//", "//v1//employees", "/v1/../metrics", "/v1/%2e%2e/metrics", "/%2e%2e/%2e%2e/etc/passwd"),
        *(
            "/v1/employees/..%2f..%2fmetrics/profile",
            "/v1/employees/a%2fb/profile",
            "/v1/employees/%00/profile",
        ),
        *("/v1/employees/%0d%0aX:1/profile", "/v1/employees/%ff%ed%a0%80/profile", "/docs/..%2f..%2fmain.py"),
        *(
            "/docs/%2e%2e/main.py",
            "/%",
            "/%zz",
            "/" + "a" * 10_000,
            "/v1/employees/" + "b" * 10_000 + "/profile",
        ),
        *(
            "*",
            "http://other.example/livez/x",
            "/livez/",
            "/LIVEZ",
            "/v1/employees//profile",
            "/nothing?" + "q" * 10_000,
        ),
    ],
    ids=lambda path: path[:30],
)
@pytest.mark.parametrize("shows_key", [False, True])
def test_tricks_with_paths_end_in_4xx(
    server: Server, keys: dict[str, str], path: str, shows_key: bool
) -> None:
    key = f"X-API-Key: {keys['hr-system']}\r\n" if shows_key else ""
    head = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{key}Connection: close\r\n\r\n"
    status, body = raw(server, head.encode())
    assert 400 <= status < 500
    if body:
        assert json.loads(body)["status"] == status


@pytest.mark.parametrize(
    "head",
    [
        b"GET /livez HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"POST /v1/recommendations HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"POST /v1/recommendations HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /livez\x00 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"NO SENSE AT ALL\r\n\r\n",
    ],
    ids=["negative length", "two lengths", "no chunk", "NUL", "no HTTP"],
)
def test_broken_requests_harm_nobody(server: Server, head: bytes) -> None:
    status, _ = raw(server, head)
    assert status == 0 or 400 <= status < 500
    assert server.client.get("/livez").status_code == 200


def test_body_of_20_mb_is_refused(server: Server, keys: dict[str, str]) -> None:
    headers = {"X-API-Key": keys["hr-system"], "Content-Type": "application/json"}
    for content in (b" " * 20_000_000, (b" " * 100_000 for _ in range(200))):
        try:
            answer = server.client.post(MANY, content=content, headers=headers)
        except (httpx2.WriteError, httpx2.ReadError):
            continue  # closed before all was sent, which is what it should do
        assert answer.status_code == 413
    assert server.client.get("/livez").status_code == 200


def test_body_that_does_not_arrive_is_given_up(server: Server, keys: dict[str, str]) -> None:
    head = (
        f"POST {MANY} HTTP/1.1\r\nHost: a\r\nX-API-Key: {keys['hr-system']}\r\n"
        "Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"
    )
    status, body = raw(server, head.encode())
    assert (status, json.loads(body)["title"]) == (408, "Request Timeout")


# --- the wire


@pytest.mark.skipif(not hasattr(os, "pidfd_open"), reason="looks into the server's process as Linux lets it")
def test_answers_go_out_at_once(server: Server) -> None:
    """Without TCP_NODELAY every request on a kept connection waits some 40 ms for nothing."""
    with socket.create_connection(("127.0.0.1", server.port)) as connection:
        connection.sendall(b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n")
        connection.recv(65_536)
        peer = connection.getsockname()
        found = [
            option
            for pid in (server.process.pid, *children(server.process.pid))
            for option in nodelay_of(pid, peer)
        ]
    assert found
    assert set(found) == {1}


def children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [int(child) for child in text.split()]


def nodelay_of(pid: int, peer: Any) -> list[int]:
    """Return TCP_NODELAY of the sockets of a process that are connected to `peer`."""
    libc = ctypes.CDLL(None, use_errno=True)
    process = os.pidfd_open(pid)
    found = []
    for file in Path(f"/proc/{pid}/fd").iterdir():
        fd = libc.syscall(438, process, int(file.name), 0)  # pidfd_getfd
        if fd < 0:
            if ctypes.get_errno() == 1:
                pytest.skip("this system does not let us look into the server's process")
            continue
        try:
            one = socket.socket(fileno=fd)
        except OSError:  # no socket
            os.close(fd)
            continue
        with one, contextlib.suppress(OSError):  # one that listens has no peer
            if one.family == socket.AF_INET and one.getpeername() == peer:
                found.append(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
    os.close(process)
    return found
