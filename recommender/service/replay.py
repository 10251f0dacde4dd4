"""Make an answer of the ledger again, from what the ledger kept of it, and compare byte by byte."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from recommender.bundle import load_bundle, read_manifest
from recommender.errors import BundleError, StoreError
from recommender.service.advice import bound
from recommender.service.asked import Asked
from recommender.service.city import catalogue_from, city_from
from recommender.service.models import LoadedModel
from recommender.service.person import case_from, computed
from recommender.store.contents import body_of
from recommender.store.database import Database
from recommender.store.ledger import Line, find


@dataclass(frozen=True, slots=True)
class Replay:
    """An answer made again.

    Attributes
    ----------
    sent, again : the bytes that went out, and those that come out now.
    """

    line: Line
    sent: bytes
    again: bytes

    @property
    def is_same(self) -> bool:
        """Whether they agree in every byte."""
        return self.sent == self.again


def replay(database: Database, ledger_id: str, bundles: Path) -> Replay:
    """Return an answer as it was sent and as it comes out of the same inputs again.

    Parameters
    ----------
    bundles : the folder of bundles, of which the one that answered must still be there.

    Raises
    ------
    StoreError
        There is no such line, it tells of something else than an answer, or its inputs are gone.
    BundleError
        The bundle that answered is not there, or was made by other versions.
    """
    with database.reading() as connection:
        line = find(connection, ledger_id)
        if line is None:
            raise StoreError(
                f"the ledger has no line {ledger_id!r}; the header Ledger-Id of an answer names it."
            )
        if line.event != "answer":
            raise StoreError(f"line {ledger_id} tells of {line.event!r}; only answers can be made again.")
        catalogue, _, sums = line.city.partition(".")
        inputs, sent, of_catalogue, of_sums = (
            _present(body_of(connection, digest), digest)
            for digest in (line.inputs, line.result, catalogue, sums)
        )
    city = city_from(catalogue_from(of_catalogue), of_sums)
    if city.catalogue.policy_named != line.policy:
        raise StoreError(
            f"line {ledger_id} was answered by the policy {line.policy!r}, this version has "
            f"{city.catalogue.policy_named!r}; use the version of that time."
        )
    model = bound(_model(line.model, bundles), city.catalogue)
    told = json.loads(line.detail)
    asked = Asked(told["limit"], told["language"], told["horizon"])
    again, _ = computed(model, city, case_from(inputs), asked)
    return Replay(line, sent, again)


def _present(body: bytes | None, digest: str) -> bytes:
    if body is None:
        raise StoreError(
            f"what the answer was made of is gone (content {digest[:12]}): its period is over, or the person "
            "was erased. The line and its digests still prove that and when it was given."
        )
    return body


def _model(digest: str, bundles: Path) -> LoadedModel:
    for folder in _folders(bundles):
        if read_manifest(folder)["sha256"].get("engine.joblib") == digest:
            return LoadedModel(load_bundle(folder), {}, folder, "")
    raise BundleError(f"no bundle in {bundles} has the digest {digest[:12]}..., which answered; restore it.")


def _folders(bundles: Path) -> Iterator[Path]:
    for folder in sorted(bundles.iterdir()) if bundles.is_dir() else ():
        if (folder / "manifest.json").is_file() and not folder.name.startswith("."):
            yield folder
