"""What cannot be served ends with one message and exit code 1; what must not be served, too."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from api.main import app_from_environment, create_app
from api.settings import Settings, SettingsError, settings_from
from recommender.bundle import bundle_folder
from recommender.errors import BundleError

ROOT = Path(__file__).resolve().parents[2]


def started(**variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "api"],
        cwd=ROOT,
        env={**os.environ, **variables},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_defaults_reach_this_machine_alone() -> None:
    assert settings_from({"RECOMMENDER_HOST": ""}) == Settings(
        Path("models/current"), "127.0.0.1", 8000, False
    )


def test_variables_are_followed() -> None:
    variables = {"RECOMMENDER_BUNDLE": "b", "RECOMMENDER_HOST": "::1", "RECOMMENDER_PORT": "81"}
    settings = settings_from(variables)
    assert settings == Settings(Path("b"), "::1", 81)
    assert settings.address == "http://[::1]:81"


@pytest.mark.parametrize("host", ["0.0.0.0", "10.0.0.7", "::", "192.168.1.4"])
def test_an_open_address_must_be_allowed(host: str) -> None:
    for answer in ("", "no", "1"):
        with pytest.raises(SettingsError, match="RECOMMENDER_ALLOW_OPEN=yes"):
            settings_from({"RECOMMENDER_HOST": host, "RECOMMENDER_ALLOW_OPEN": answer})
    assert settings_from({"RECOMMENDER_HOST": host, "RECOMMENDER_ALLOW_OPEN": "yes"}).host == host


@pytest.mark.parametrize("port", ["0", "65536", "-1", "80.0", "http", "²"])
def test_port_must_be_one(port: str) -> None:
    with pytest.raises(SettingsError, match="RECOMMENDER_PORT"):
        settings_from({"RECOMMENDER_PORT": port})


@pytest.mark.parametrize("allowed", ["", "yes"])
def test_host_is_not_looked_up(allowed: str) -> None:
    with pytest.raises(SettingsError, match="not an IP address"):
        settings_from({"RECOMMENDER_HOST": "localhost", "RECOMMENDER_ALLOW_OPEN": allowed})


def test_without_a_bundle_it_says_what_to_do_and_ends(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
    ended = started(RECOMMENDER_BUNDLE=str(tmp_path / "current"), RECOMMENDER_PORT=port)
    assert ended.returncode == 1
    assert ended.stderr.startswith("Error: there is no bundle at")
    assert "python -m experiments run" in ended.stderr
    assert "Traceback" not in ended.stderr + ended.stdout


def test_it_does_not_listen_openly() -> None:
    ended = started(RECOMMENDER_HOST="0.0.0.0")
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith("Error: RECOMMENDER_HOST=0.0.0.0 can be reached from other machines.")
    assert "personal data" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_it_does_not_share_a_port() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ended = started(RECOMMENDER_PORT=port)
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr.startswith(f"Error: cannot listen at http://127.0.0.1:{port}")
    assert "Traceback" not in ended.stderr


def test_damaged_bundle_is_refused(current: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(current.parent, tmp_path, dirs_exist_ok=True)
    with (bundle_folder(tmp_path / "current") / "engine.joblib").open("ab") as file:
        file.write(b"x")
    monkeypatch.setenv("RECOMMENDER_BUNDLE", str(tmp_path / "current"))
    with pytest.raises(SystemExit, match=r"Error: .* is not the file its manifest describes"):
        app_from_environment()


def test_bundle_without_its_key_is_refused(current: Path, tmp_path: Path) -> None:
    bundle = bundle_folder(current)
    shutil.copytree(bundle, tmp_path / bundle.name)
    with pytest.raises(BundleError, match="RECOMMENDER_BUNDLE_KEY"):
        create_app(Settings(bundle=tmp_path / bundle.name))
