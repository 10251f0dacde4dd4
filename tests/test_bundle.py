"""Bundles: what is saved answers the same, knows its people by key only, and is named by `current`."""

from __future__ import annotations

from copy import copy
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from shutil import copytree

import numpy as np
import pytest

from recommender.bundle import (
    CURRENT,
    KEY_VARIABLE,
    bundle_folder,
    bundle_key,
    load_bundle,
    make_current,
    read_manifest,
    save_bundle,
    signed_manifest,
)
from recommender.competency.model import Severities
from recommender.domain import Recommendation, Vocabulary
from recommender.engine import Engine, fit_engine
from recommender.errors import BundleError
from recommender.rankers import RANKERS
from tests.cities import load, town
from tests.rankers.contract import new

NIP = "198503152010011012"
KEY = ".bundle-key"


@pytest.fixture(autouse=True)
def no_key_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)


@pytest.fixture(scope="module")
def engine() -> Engine:
    tables = town(30)
    tables["employees"] = [*tables["employees"], {"employee_id": NIP, "name": "Siti Rahayu"}]
    tables["employee_audit"] = [{"employee_id": NIP, "sex": "perempuan", "birth_year": 1985}]
    tables["assessments"] = [{**row, "assessor_id": "ASSESSOR-77"} for row in tables["assessments"]]
    comment = {"feedback_id": "F1", "employee_id": NIP, "program_id": "P0", "comment": "my secret remark"}
    return fit_engine(load({**tables, "feedback": [comment]}), "learned", new("learned"))


@pytest.fixture(scope="module")
def saved(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    with pytest.MonkeyPatch.context() as environment:
        environment.delenv(KEY_VARIABLE, raising=False)
        return save_bundle(engine, tmp_path_factory.mktemp("saved") / "models", {"recipe": "learned.toml"})


@pytest.fixture
def bundle(saved: Path, tmp_path: Path) -> Path:
    """Return a copy that a test may spoil."""
    copytree(saved.parent, tmp_path / "models")
    return tmp_path / "models" / saved.name


@pytest.mark.parametrize("name", RANKERS)
def test_a_loaded_engine_answers_as_the_saved_one(name: str, tmp_path: Path) -> None:
    engine = fit_engine(load(town(20)), name, new(name))
    loaded = load_bundle(save_bundle(engine, tmp_path, {}))
    for id_ in ("E3", "E11"):
        mine, yours = engine.recommend(id_), loaded.recommend(id_)
        assert mine.recommendations == yours.recommendations
        assert (mine.excluded, mine.ranker, mine.notes) == (yours.excluded, yours.ranker, yours.notes)


@pytest.fixture(scope="module")
def severe() -> Engine:
    """Return an engine whose assessors are as severe as they are told apart."""
    tables = town(30)
    tables["assessments"] = [
        {**row, "assessor_id": f"A{place % 4}", "level": min(5, int(str(row["level"])) + place % 4)}
        for place, row in enumerate(tables["assessments"])
    ]
    return fit_engine(load(tables), "gap", new("gap"))


def advice(engine: Engine) -> list[tuple[Recommendation, ...]]:
    return [answer.recommendations for answer in engine.recommend_many(["E3", "E11", "E20"])]


def without_severities(engine: Engine) -> Engine:
    estimator = copy(engine.estimator)
    nobody = Severities(Vocabulary(()), np.zeros(0), np.zeros(0))
    estimator.model_ = replace(estimator.model_, severities=nobody)
    return replace(engine, estimator=estimator)


def test_how_severe_assessors_are_is_kept_without_their_names(severe: Engine, tmp_path: Path) -> None:
    loaded = load_bundle(save_bundle(severe, tmp_path, {}))
    assert advice(loaded) == advice(severe) != advice(without_severities(severe))


def test_plain_data_meet_the_severities_of_a_bundle(severe: Engine, tmp_path: Path) -> None:
    loaded = load_bundle(save_bundle(severe, tmp_path, {})).with_data(severe.dataset)
    assert advice(loaded) == advice(severe) != advice(without_severities(severe))


def test_an_answer_names_its_bundle(saved: Path) -> None:
    digest = sha256((saved / "engine.joblib").read_bytes()).hexdigest()
    assert load_bundle(saved).recommend("E1").model == digest
    assert saved.name.startswith("learned-")
    assert saved.name.endswith(digest[:8])


def test_the_manifest_says_what_it_is_made_of(saved: Path) -> None:
    manifest = read_manifest(saved)
    assert manifest["about"] == {"recipe": "learned.toml"}
    assert manifest["ranker"] == "learned"
    assert set(manifest["versions"]) == {
        "course-recommender",
        "joblib",
        "lightgbm",
        "numpy",
        "scikit-learn",
        "scipy",
    }


def test_what_people_read_is_kept_beside_the_engine(engine: Engine, tmp_path: Path) -> None:
    card = "# Kartu model\n\nUntuk nasihat, bukan keputusan – \r\n"
    bundle = save_bundle(engine, tmp_path, {}, {"card.md": card})
    assert (bundle / "card.md").read_bytes() == card.encode()
    assert set(read_manifest(bundle)["sha256"]) == {"engine.joblib", "card.md"}
    assert load_bundle(bundle).recommend("E1").employee_id == "E1"


def test_a_manifest_that_was_changed_is_not_believed(bundle: Path) -> None:
    assert signed_manifest(bundle) == read_manifest(bundle)
    manifest = bundle / "manifest.json"
    manifest.write_text(manifest.read_text().replace("learned.toml", "better.toml"))
    with pytest.raises(BundleError, match=r"its manifest\.json was changed"):
        signed_manifest(bundle)


def test_nothing_is_left_beside_the_bundle(saved: Path) -> None:
    assert {path.name for path in saved.parent.iterdir()} == {saved.name, KEY}


def test_the_same_engine_can_be_saved_again_and_again(tmp_path: Path) -> None:
    engine = fit_engine(load(town(20)), "gap", new("gap"))
    saved = [save_bundle(engine, tmp_path, {}) for _ in range(6)]  # some of them within one second
    assert {load_bundle(bundle).recommend("E1").recommendations for bundle in saved} == {
        engine.recommend("E1").recommendations
    }


def test_a_failed_save_leaves_nothing(engine: Engine, tmp_path: Path) -> None:
    with pytest.raises(TypeError):
        save_bundle(engine, tmp_path, {"not JSON": object()})
    assert [path.name for path in tmp_path.iterdir()] == [KEY]


def test_no_identity_is_in_the_bundle(saved: Path) -> None:
    plain = (saved / "engine.joblib").read_bytes()
    assert b"Course on budget" in plain
    for secret in (NIP, "Siti", "ASSESSOR-77", "secret remark", "perempuan"):
        assert secret.encode() not in plain
        assert secret.encode() not in (saved / "manifest.json").read_bytes()
    stored = load_bundle(saved).dataset.employees.ids
    assert not {"E1", NIP} & set(stored)
    assert all(len(id_) == 32 and int(id_, 16) >= 0 for id_ in stored)


def test_the_key_is_readable_by_its_owner_alone(saved: Path) -> None:
    assert (saved.parent / KEY).stat().st_mode & 0o777 == 0o600
    secret = (saved.parent / KEY).read_text().strip()
    assert secret.encode() not in (saved / "engine.joblib").read_bytes()
    assert secret not in repr(load_bundle(saved))
    assert secret not in repr(bundle_key(saved.parent))


def test_without_its_key_a_bundle_is_not_opened(bundle: Path) -> None:
    (bundle.parent / KEY).unlink()
    with pytest.raises(BundleError, match="the key it was made with is absent"):
        load_bundle(bundle)


def test_the_key_may_come_from_the_environment(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "a city's own secret")
    bundle = save_bundle(engine, tmp_path, {})
    assert not (tmp_path / KEY).exists()
    assert load_bundle(bundle).recommend("E1").employee_id == "E1"
    monkeypatch.setenv(KEY_VARIABLE, "another secret")
    with pytest.raises(BundleError, match="was not made with the key beside it"):
        load_bundle(bundle)


def test_a_loaded_engine_can_be_saved_elsewhere(saved: Path, tmp_path: Path) -> None:
    moved = save_bundle(load_bundle(saved), tmp_path / "elsewhere", {})
    assert load_bundle(moved).recommend("E1").employee_id == "E1"


def test_current_names_the_bundle_served(bundle: Path) -> None:
    models = bundle.parent
    (models / "older").mkdir()
    make_current(models / "older")
    make_current(bundle)
    assert (models / CURRENT).read_text() == bundle.name + "\n"
    assert bundle_folder(models / CURRENT) == bundle
    assert {path.name for path in models.iterdir()} == {bundle.name, "older", CURRENT, KEY}
    assert load_bundle(models / CURRENT).recommend("E1").employee_id == "E1"


@pytest.mark.parametrize(
    "content", ["", "a b", "../models", "..", ".", "/tmp", "a/b", "one\ntwo", "\0", "\xff"]
)
def test_a_pointer_to_anything_but_one_name_is_refused(bundle: Path, content: str) -> None:
    pointer = bundle.parent / CURRENT
    pointer.write_bytes(content.encode("latin-1"))
    with pytest.raises(BundleError, match="should hold the name of one bundle folder"):
        bundle_folder(pointer)


def test_a_pointer_to_a_bundle_that_is_gone_says_so(tmp_path: Path) -> None:
    (tmp_path / CURRENT).write_text("learned-1\n")
    with pytest.raises(BundleError, match="names the bundle 'learned-1', which is not beside it"):
        load_bundle(tmp_path / CURRENT)


def test_where_there_is_no_bundle_the_message_says_how_to_train_one(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match=r"there is no bundle at .+; train one with `python -m experiments"):
        load_bundle(tmp_path / "nowhere")


def test_assessors_known_by_one_key_are_not_stored_under_another(severe: Engine, tmp_path: Path) -> None:
    served = load_bundle(save_bundle(severe, tmp_path / "one", {})).with_data(severe.dataset)
    again = load_bundle(save_bundle(served, tmp_path / "one", {}))
    assert advice(again) == advice(severe)
    with pytest.raises(BundleError, match="the key of the bundle it came from"):
        save_bundle(served, tmp_path / "other", {})
