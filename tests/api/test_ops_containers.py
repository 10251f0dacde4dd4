"""The Containerfile and the compose file, by their linters and by what must not change in them."""

from __future__ import annotations

import re
import subprocess
import sysconfig
from pathlib import Path

import pytest

from tests.api.servers import ROOT

CONTAINERFILE = ROOT / "Containerfile"
COMPOSE = ROOT / "compose.yaml"
BIN = Path(sysconfig.get_path("scripts"))


@pytest.mark.parametrize(
    "command",
    [
        ("hadolint", "--failure-threshold", "style", str(CONTAINERFILE)),
        ("check-jsonschema", "--builtin-schema", "vendor.compose-spec", str(COMPOSE)),
    ],
    ids=lambda command: command[0],
)
def test_linter_finds_nothing(command: tuple[str, ...]) -> None:
    done = subprocess.run([BIN / command[0], *command[1:]], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_linters_can_find_something(tmp_path: Path) -> None:
    bad = CONTAINERFILE.read_text().replace("WORKDIR /build", "WORKDIR build")
    (tmp_path / "Containerfile").write_text(bad)
    done = subprocess.run([BIN / "hadolint", tmp_path / "Containerfile"], capture_output=True)
    assert done.returncode != 0
    (tmp_path / "compose.yaml").write_text(COMPOSE.read_text().replace("restart:", "restarts:"))
    checked = [BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", tmp_path / "compose.yaml"]
    assert subprocess.run(checked, capture_output=True).returncode != 0


def test_image_is_not_root_and_holds_no_secret() -> None:
    text = CONTAINERFILE.read_text()
    last = text[text.rindex("\nFROM ") :]
    assert re.search(r"^USER 10001$", last, re.MULTILINE)
    assert "--require-hashes" in text
    assert re.findall(r"(?i)^(?:ENV|ARG)\b.*(?:KEY|PASSWORD|SECRET|URL)", text, re.MULTILINE) == []
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", text, re.MULTILINE)
    allowed = {
        line[1:] for line in (ROOT / ".containerignore").read_text().splitlines() if line.startswith("!")
    }
    assert {part for parts in copied for part in parts.split()} <= allowed


def test_compose_holds_no_secret_and_opens_no_door() -> None:
    text = COMPOSE.read_text()
    body = "\n".join(line for line in text.splitlines() if not line.lstrip().startswith("#"))
    assert re.findall(r"(?i)(?:password|key)\w*: *(?!/run/secrets/|\{file: )\S", body) == []
    assert re.findall(r'ports: \["([^"]+)"\]', body) == ["127.0.0.1:${RECOMMENDER_PORT:-8000}:8000"]
    assert "inside: {internal: true}" in body
    services = body[body.index("services:") : body.index("\nnetworks:")]
    assert services.count("read_only: true") == services.count("no-new-privileges:true") == 3
