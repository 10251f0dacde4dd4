"""The served model is replaced as a whole by a good bundle, and by nothing else."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from recommender import Engine
from recommender.bundle import CURRENT, make_current, save_bundle
from recommender.engine import fit_engine
from recommender.errors import BundleError
from recommender.rankers.gap import GapRanker
from recommender.rankers.popularity import PopularityRanker
from recommender.service.models import LoadedModel, ModelEvent, ServedModel
from tests.cities import load, office


@pytest.fixture(scope="module")
def engines() -> dict[str, Engine]:
    city = load(office())
    rankers = {"gap": GapRanker(), "popularity": PopularityRanker()}
    return {name: fit_engine(city, name, ranker) for name, ranker in rankers.items()}


@pytest.fixture
def place(engines: dict[str, Engine], tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Return a function that lets `current` name a bundle of this ranker, and returns its folder."""
    folders: dict[str, Path] = {}

    def place(name: str) -> Path:
        if name not in folders:
            folders[name] = save_bundle(engines[name], tmp_path, {}, {"card.md": f"# {name}"})
        make_current(folders[name])
        return folders[name]

    yield place


def ranker(model: LoadedModel) -> str:
    return model.engine.rankers[0][0]


def test_model_comes_with_manifest_and_card(place: Callable[[str], Path], tmp_path: Path) -> None:
    folder = place("gap")
    model = ServedModel(tmp_path / CURRENT).current
    assert (ranker(model), model.folder, model.card) == ("gap", folder, "# gap")
    assert model.manifest["sha256"]["engine.joblib"] == model.digest == model.engine.digest


def test_pointer_that_moves_brings_the_new_model(place: Callable[[str], Path], tmp_path: Path) -> None:
    place("gap")
    served = ServedModel(tmp_path / CURRENT)
    old = served.current
    assert served.look() is None
    place("popularity")
    assert served.look() == ModelEvent(served.current.digest)
    assert (ranker(served.current), ranker(old)) == ("popularity", "gap")
    assert served.current.digest != old.digest
    assert served.look() is None
    place("gap")
    served.look()
    assert served.current.digest == old.digest


def garbage_engine(folder: Path) -> None:
    (folder / "engine.joblib").write_bytes(b"garbage")


def half_a_manifest(folder: Path) -> None:
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text()[:100])


def no_engine(folder: Path) -> None:
    (folder / "engine.joblib").unlink()


def foreign_pointer(folder: Path) -> None:
    (folder.parent / CURRENT).write_text("../elsewhere\n")


def pointer_to_nothing(folder: Path) -> None:
    (folder.parent / CURRENT).write_text("nothing\n")


def no_pointer(folder: Path) -> None:
    (folder.parent / CURRENT).unlink()


@pytest.mark.parametrize(
    "spoil", [garbage_engine, half_a_manifest, no_engine, foreign_pointer, pointer_to_nothing, no_pointer]
)
def test_bundle_that_will_not_do_leaves_the_old_one(
    place: Callable[[str], Path], tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    place("gap")
    served = ServedModel(tmp_path / CURRENT)
    old = served.current
    spoil(place("popularity"))
    event = served.look()
    assert event is not None
    assert (event.digest, served.current) == (old.digest, old)
    assert event.fault == served.fault != ""
    assert served.look() is None, "it is not tried again until it changes"
    place("gap")
    assert served.look() == ModelEvent(old.digest)
    assert served.fault == ""


def test_garbage_that_is_mended_is_taken_up(place: Callable[[str], Path], tmp_path: Path) -> None:
    place("gap")
    served = ServedModel(tmp_path / CURRENT)
    folder = place("popularity")
    whole = (folder / "engine.joblib").read_bytes()
    garbage_engine(folder)
    served.look()
    (folder / "engine.joblib").write_bytes(whole)
    served.look()
    assert (ranker(served.current), served.fault) == ("popularity", "")


def test_model_that_cannot_answer_is_refused_and_its_words_kept_back(
    place: Callable[[str], Path], tmp_path: Path
) -> None:
    place("gap")

    def answer(engine: Engine) -> None:
        if engine.rankers[0][0] != "gap":
            raise KeyError("198503152010011012")

    served = ServedModel(tmp_path / CURRENT, answer)
    place("popularity")
    served.look()
    assert ranker(served.current) == "gap"
    assert "KeyError" in served.fault
    assert "198503152010011012" not in served.fault


def test_first_bundle_must_do(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="there is no bundle"):
        ServedModel(tmp_path / CURRENT)


def test_watching_takes_it_up_and_stops(place: Callable[[str], Path], tmp_path: Path) -> None:
    place("gap")
    served = ServedModel(tmp_path / CURRENT)
    told, heard = [], threading.Event()

    def tell(event: ModelEvent) -> None:
        told.append(event)
        heard.set()

    assert threading.active_count() == len(threading.enumerate())
    before = set(threading.enumerate())
    served.watch(0.01, tell)
    served.watch(0.01, tell)
    assert len(set(threading.enumerate()) - before) == 1
    place("popularity")
    assert heard.wait(30)
    served.stop()
    assert told == [ModelEvent(served.current.digest)]
    assert set(threading.enumerate()) == before
    place("gap")
    assert ranker(served.current) == "popularity", "nobody looks any more"


def test_it_may_be_stopped_without_having_watched(place: Callable[[str], Path], tmp_path: Path) -> None:
    place("gap")
    ServedModel(tmp_path / CURRENT).stop()
