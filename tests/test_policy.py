from __future__ import annotations

from pathlib import Path

import pytest

from recommender.errors import PolicyError
from recommender.policy import load_policy


def override(folder: Path, text: str) -> Path:
    (folder / "policy.toml").write_text(text, "utf-8")
    return folder


def test_the_default_has_a_source_for_every_value() -> None:
    policy = load_policy()
    assert (policy.levels.minimum, policy.levels.maximum) == (0, 5)
    assert len(policy.levels.names_id) == len(policy.levels.names_en) == 6
    assert policy.sources["levels.maximum"].startswith("five levels")
    assert all(policy.sources.values())


def test_an_override_changes_its_key_only(tmp_path: Path) -> None:
    policy = load_policy(override(tmp_path, "[levels]\nmaximum = 3\n"))
    assert (policy.levels.minimum, policy.levels.maximum) == (0, 3)
    assert policy.sources["levels.maximum"] == "policy.toml of the data"
    assert policy.hours == load_policy().hours


def test_an_override_may_name_its_own_source(tmp_path: Path) -> None:
    text = '[hours]\nminutes_per_jp = { value = 50, source = "Perwal 1/2026" }\n'
    policy = load_policy(override(tmp_path, text))
    assert policy.hours.minutes_per_jp == 50
    assert policy.sources["hours.minutes_per_jp"] == "Perwal 1/2026"


def test_tiers_may_be_added(tmp_path: Path) -> None:
    policy = load_policy(override(tmp_path, "[tiers]\nkepala_dusun = 1\n"))
    assert policy.tiers["kepala_dusun"] == 1
    assert policy.tiers["pengawas"] == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[level]\nmaximum = 3\n", "did you mean 'levels'?"),
        ("[levels]\nmaximun = 3\n", "did you mean 'maximum'?"),
        ("[levels]\nmaximum = 0\n", "must be below"),
        ("[levels]\nmaximum = inf\n", "levels.maximum"),
        ('[levels]\nmaximum = "high"\n', "levels.maximum"),
        ("levels = 3\n", "levels"),
        ('version = { value = 1, source = "x" }\n[version.x]\ny = 1\n', "policy.toml"),
        ("[version]\nx = 1\n", "version"),
        ("[levels\n", "is not a TOML file"),
        ("[privacy]\nsmall_group = 0\n", "privacy.small_group"),
    ],
)
def test_what_cannot_be_followed(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load_policy(override(tmp_path, text))
    assert expected in str(caught.value)
    assert "policy.toml" in str(caught.value)


def test_statuses_and_retirement() -> None:
    policy = load_policy()
    assert [policy.is_active(status) for status in ("", "AKTIF", "01", "pensiun")] == [
        True,
        True,
        True,
        False,
    ]
    assert policy.retirement_age("jpt_madya") == 60
    assert policy.retirement_age("pelaksana") == 58
