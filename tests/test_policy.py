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


def test_nothing_is_left_to_chance_unless_the_city_says_so(tmp_path: Path) -> None:
    assert load_policy().exploration.share == 0
    assert load_policy(override(tmp_path, "[exploration]\nshare = 0.2\n")).exploration.share == 0.2


def test_tiers_may_be_added(tmp_path: Path) -> None:
    policy = load_policy(override(tmp_path, "[tiers]\nkepala_dusun = 1\n"))
    assert policy.tiers["kepala_dusun"] == 1
    assert policy.tiers["pengawas"] == 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("[level]\nmaximum = 3\n", "Did you mean 'levels'?"),
        ("[levels]\nmaximun = 3\n", "Did you mean 'maximum'?"),
        ("[levels]\nmaximum = 0\n", "must be below"),
        ("[levels]\nmaximum = inf\n", "levels.maximum"),
        ('[levels]\nmaximum = "high"\n', "levels.maximum"),
        ("levels = 3\n", "levels"),
        ('version = { value = 1, source = "x" }\n[version.x]\ny = 1\n', "policy.toml"),
        ("[version]\nx = 1\n", "version"),
        ("[levels\n", "is not a TOML file"),
        (
            "[privacy]\nsmall_group = 0\n",
            "privacy.small_group: 0 is too small. Write a number of at least 1.",
        ),
        ("[hours]\nminutes_per_jp = 0\n", "Write a number above 0."),
        ("[retention]\njobs_days = 0\n", "retention.jobs_days: 0 is too small. Write a number above 0."),
        ("[retention]\nledger_years = 1\n", "ledger_years 1 must not be below answers_years 2"),
        ("[exploration]\nshare = 0.3\n", "share: 0.3 is too large. Write a number of at most 0.2."),
        ("[exploration]\nshare = -0.1\n", "share: -0.1 is too small. Write a number of at least 0."),
        (
            '[tiers]\njpt_utama = "5"\n',
            "tiers.jpt_utama: '5' is not a number. Write a number, without quotes.",
        ),
        ("[tiers]\njpt_utama = true\n", "tiers.jpt_utama: true is not a number."),
        ('[grades.ranks]\n"I/a" = 11.0\n', "grades.ranks.I/a: 11.0 is not a whole number."),
        (
            "[employees]\nactive_statuses = [1]\n",
            "active_statuses.0: 1 is not a text. Write a text in quotes.",
        ),
        ('[employees]\nactive_statuses = "01"\n', "active_statuses: '01' is not a list."),
        ("[retirement]\nage_by_tier = 60\n", "retirement.age_by_tier: 60 is not a table."),
        ("[retirement.age_by_tiers]\njpt_utama = 60\n", "Did you mean 'age_by_tier'?"),
        (
            '[levels]\nnames_id = ["a"]\n',
            "names_id has 1 names for 6 whole steps from 0 to 5; write 6 or none.",
        ),
        ('[levels]\nnames_id = ["a"]\nnames_en = ["b"]\n', "or none. names_en has 1 names for 6 whole steps"),
        ('[levels]\nmaximum = 1\nnames_en = ["a"]\n', "names_en has 1 names for 2 whole steps"),
    ],
)
def test_what_cannot_be_followed(tmp_path: Path, text: str, expected: str) -> None:
    with pytest.raises(PolicyError) as caught:
        load_policy(override(tmp_path, text))
    assert expected in str(caught.value)
    assert str(caught.value).count("policy.toml") == 1


def test_an_override_deep_in_a_table_leaves_its_other_keys(tmp_path: Path) -> None:
    text = (
        "[retirement.age_by_tier]\njf_ahli_madya = 62\n"
        '[grades]\nranks = { value = { "XVIII" = 46 }, source = "Perwal 1/2026" }\n'
        "[performance.ratings]\nbaik = 2\n"
        '[hours.yearly_floor]\nPPPK = { value = 10, source = "Perwal 2/2026" }\n'
    )
    policy, default = load_policy(override(tmp_path, text)), load_policy()
    assert policy.retirement.age_by_tier == {**default.retirement.age_by_tier, "jf_ahli_madya": 62}
    assert policy.grades.ranks == {**default.grades.ranks, "XVIII": 46}
    assert policy.performance.ratings == {**default.performance.ratings, "baik": 2}
    assert policy.hours.yearly_floor == {"PNS": 20, "PPPK": 10}
    assert policy.sources["retirement.age_by_tier.jf_ahli_madya"] == "policy.toml of the data"
    assert policy.sources["retirement.age_by_tier"] == default.sources["retirement.age_by_tier"]
    assert policy.sources["hours.yearly_floor.PPPK"] == "Perwal 2/2026"


def test_all_faults_come_at_once(tmp_path: Path) -> None:
    text = '[level]\nmaximum = 3\n[levels]\nminimum = "0"\nmaximun = 1\n[privacy]\nsmall_group = 0\n'
    with pytest.raises(PolicyError) as caught:
        load_policy(override(tmp_path, text))
    assert str(caught.value).splitlines() == [
        "policy.toml: 4 faults in the policy:",
        "key level: there is no such key. Did you mean 'levels'?",
        "key levels.maximun: there is no such key. Did you mean 'maximum'?",
        "key levels.minimum: '0' is not a number. Write a number, without quotes.",
        "key privacy.small_group: 0 is too small. Write a number of at least 1.",
    ]
    assert len(caught.value.faults) == 4


def test_unknown_keys_alone_are_refused_too(tmp_path: Path) -> None:
    with pytest.raises(PolicyError, match="there is no such key"):
        load_policy(override(tmp_path, "[levels]\nmaximun = 3\n"))


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("minimum = 1\nmaximum = 6\n", 6),
        ("maximum = 5.5\n", 6),
        ("maximum = 3\n", 0),
        ('maximum = 1\nnames_id = ["a", "b"]\nnames_en = ["a", "b"]\n', 2),
    ],
)
def test_names_of_levels_are_kept_where_they_fit(tmp_path: Path, text: str, kept: int) -> None:
    levels = load_policy(override(tmp_path, f"[levels]\n{text}")).levels
    assert (len(levels.names_id), len(levels.names_en)) == (kept, kept)


def test_reference_sources_are_compared_without_case(tmp_path: Path) -> None:
    policy = load_policy(override(tmp_path, '[assessments]\nreference_sources = ["Uji ", "TEST"]\n'))
    assert policy.assessments.reference_sources == ("uji", "test")


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
