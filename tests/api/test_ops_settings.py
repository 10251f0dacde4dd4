"""Settings: one table says what there is, all faults are told at once, weak secrets are refused."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest

from api.settings import Settings, SettingsError, settings_from, with_secrets_from_files
from api.variables import VARIABLES, Rate, table
from tests.api.servers import ROOT, environment

STRONG = "0123456789abcdef0123456789abcdef"


def refused(**variables: str) -> str:
    with pytest.raises(SettingsError) as refusal:
        settings_from({f"RECOMMENDER_{name}": value for name, value in variables.items()})
    return str(refusal.value)


def test_every_setting_has_a_variable() -> None:
    assert [variable.field for variable in VARIABLES] == [field.name for field in fields(Settings)]


def test_absent_and_empty_variables_keep_the_defaults() -> None:
    assert settings_from({}) == settings_from({v.name: "" for v in VARIABLES}) == Settings()


@pytest.mark.parametrize("variable", [v for v in VARIABLES if v.default], ids=lambda v: v.field)
def test_default_that_people_read_is_the_default(variable: object) -> None:
    one = next(v for v in VARIABLES if v is variable)
    assert one.read(one.default) == getattr(Settings(), one.field)


@pytest.mark.parametrize("variable", [v for v in VARIABLES if not v.default], ids=lambda v: v.field)
def test_setting_without_a_default_is_empty(variable: object) -> None:
    one = next(v for v in VARIABLES if v is variable)
    assert getattr(Settings(), one.field) in ("", ())


def test_variables_are_followed() -> None:
    found = settings_from(
        {
            "RECOMMENDER_BUNDLE": "b",
            "RECOMMENDER_HOST": "::1",
            "RECOMMENDER_PORT": "81",
            "RECOMMENDER_RATE_LIMIT": "7/second",
            "RECOMMENDER_TRUSTED_PROXIES": "10.0.0.2, 10.1.0.0/16",
            "OTHER": "x",
        }
    )
    expected = Settings(
        bundle=Path("b"),
        host="::1",
        port=81,
        rate_limit=Rate(7, "second"),
        trusted_proxies=("10.0.0.2/32", "10.1.0.0/16"),
    )
    assert found == expected
    assert found.address == "http://[::1]:81"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("PORT", value) for value in ("0", "65536", "-1", "80.0", "http", "²", "9" * 5_000)),
        *(("HOST", value) for value in ("localhost", "256.0.0.1", "127.0.0.1:80")),
        ("WORKERS", "0"),
        ("BODY_LIMIT", "1MB"),
        *(("BODY_SECONDS", value) for value in ("0", "nan", "inf", "-1", "1e3")),
        *(("RATE_LIMIT", value) for value in ("0/minute", "10", "10/day", "many/minute", "-1/minute")),
        ("TRUSTED_PROXIES", "proxy.example"),
        ("LOG_LEVEL", "loud"),
        ("GRACE_SECONDS", "1.5"),
        ("DATABASE_URL", "city.db"),
        ("OIDC_ROLE_CLAIM", "a b"),
    ],
)
def test_value_that_cannot_be_used_is_named(name: str, value: str) -> None:
    assert f"RECOMMENDER_{name}" in refused(**{name: value})


def test_all_faults_are_told_at_once() -> None:
    said = refused(PORT="x", WORKERS="y", PROT="8000", METRICS_KEY="short")
    assert [line.split()[0].partition("=")[0] for line in said.splitlines()[1:]] == [
        "RECOMMENDER_PROT",
        "RECOMMENDER_PORT",
        "RECOMMENDER_WORKERS",
        "RECOMMENDER_METRICS_KEY",
    ]


def test_slip_is_named_with_what_was_meant() -> None:
    assert "was RECOMMENDER_PORT meant?" in refused(PROT="8000")
    assert "--help" in refused(ALLOW_EVERYTHING_ALWAYS="1")


@pytest.mark.parametrize("key", ["short", "a" * 64, "ab" * 32, STRONG[:31]])
def test_weak_bundle_key_is_refused_and_not_shown(key: str) -> None:
    said = refused(BUNDLE_KEY=key)
    assert "RECOMMENDER_BUNDLE_KEY is too weak" in said
    assert key not in said


@pytest.mark.parametrize("key", ["fifteen-letters", "aaaaaaaaaaaaaaaa"])
def test_weak_metrics_key_is_refused_and_not_shown(key: str) -> None:
    said = refused(METRICS_KEY=key)
    assert "RECOMMENDER_METRICS_KEY is too weak" in said
    assert key not in said


def test_strong_secrets_are_taken_and_not_shown() -> None:
    url = "postgresql://u:hush-hush@h/d"
    settings = settings_from(
        {
            "RECOMMENDER_METRICS_KEY": STRONG,
            "RECOMMENDER_BUNDLE_KEY": STRONG,
            "RECOMMENDER_DATABASE_URL": url,
        }
    )
    assert (settings.metrics_key, settings.database_url) == (STRONG, url)
    assert STRONG not in repr(settings)
    assert "hush" not in repr(settings)


def oidc(issuer: str, keys: str = "https://id.medan.example/keys") -> dict[str, str]:
    return {"OIDC_ISSUER": issuer, "OIDC_AUDIENCE": "courses", "OIDC_JWKS_URL": keys}


@pytest.mark.parametrize(
    "issuer",
    [
        "http://id.medan.example",
        "ftp://id.medan.example",
        "https://",
        "id",
        "https://u:p@id.example",
        "http://[::1",
    ],
)
def test_issuer_must_be_safe(issuer: str) -> None:
    assert "RECOMMENDER_OIDC_ISSUER" in refused(**oidc(issuer))
    assert "RECOMMENDER_OIDC_JWKS_URL" in refused(**oidc("https://id.medan.example", issuer))


@pytest.mark.parametrize(
    "issuer", ["https://id.medan.example/realm", "http://localhost:8080", "http://127.0.0.1:1"]
)
def test_issuer_that_will_do(issuer: str) -> None:
    given = {f"RECOMMENDER_{name}": value for name, value in oidc(issuer).items()}
    assert settings_from(given).oidc_issuer == issuer


def test_half_of_an_issuer_is_refused() -> None:
    said = refused(OIDC_ISSUER="https://id.medan.example")
    assert "RECOMMENDER_OIDC_AUDIENCE is needed too" in said
    assert "RECOMMENDER_OIDC_JWKS_URL is needed too" in said


def test_secrets_may_stand_in_files(tmp_path: Path) -> None:
    (tmp_path / "key").write_text(STRONG + "\n")
    found = with_secrets_from_files({"RECOMMENDER_METRICS_KEY_FILE": str(tmp_path / "key"), "A": "b"})
    assert found == {"RECOMMENDER_METRICS_KEY": STRONG, "A": "b"}


def test_file_of_a_secret_must_be_there_and_alone(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"RECOMMENDER_METRICS_KEY_FILE=.* cannot be read"):
        with_secrets_from_files({"RECOMMENDER_METRICS_KEY_FILE": str(tmp_path / "absent")})
    both = {"RECOMMENDER_METRICS_KEY_FILE": "f", "RECOMMENDER_METRICS_KEY": STRONG}
    with pytest.raises(SettingsError, match="keep one of them"):
        with_secrets_from_files(both)


def test_help_and_readme_show_the_whole_table() -> None:
    helped = subprocess.run(
        [sys.executable, "-m", "api", "--help"],
        cwd=ROOT,
        env=environment({}),
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    readme = (ROOT / "api/README.md").read_text(encoding="utf-8")
    for name, meaning, default in table():
        assert f"{name} " in helped
        assert meaning in helped
        assert f"| `{name}` | {meaning} | {f'`{default}`' if default else ''} |" in readme
