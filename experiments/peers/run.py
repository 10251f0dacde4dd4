"""Our side of the peers: a past goes out as arrays, ranked lists come back."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from experiments.peers.worker import peers
from experiments.provenance import ROOT
from recommender.dataset.split import Split
from recommender.domain import MISSING, IntArray, Vocabulary
from recommender.errors import RecommenderError
from recommender.rankers.mandates import repeatable

PEERS: tuple[str, ...] = tuple(peers.PEERS)
PYTHON = ROOT / ".venv-peers" / "bin" / "python"

_HERE = Path(__file__).parent
_TIMEOUT = 1800  # seconds to choose settings, and again to fit and rank
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS")
_THREADS_OF_LENSKIT = ("LK_NUM_THREADS", "LK_NUM_BACKEND_THREADS")
_COSTS = ("fit_seconds", "rank_seconds", "megabytes", "idle_megabytes")


class PeerError(RecommenderError):
    """A peer cannot be run: its environment is absent, or it failed."""


@dataclass(frozen=True, slots=True)
class PeerLists:
    """What a peer recommends, and what that costs.

    Attributes
    ----------
    ranked : program rows, best first, `MISSING` where there are no more, shape (n, most).
    parameters : the settings that were best at programs held from the past.
    validation : NDCG@10 at those programs; NaN where there was nothing to choose.
    tune_seconds, fit_seconds, rank_seconds : time to choose the settings, to fit with them, and to rank for
        everybody asked for; starting Python and importing the library is not counted.
    megabytes : peak memory of the process that fitted and ranked; it held `idle_megabytes` of it once the
        library was imported and before it read anything.
    """

    ranked: IntArray
    parameters: Mapping[str, object]
    validation: float
    tune_seconds: float
    fit_seconds: float
    rank_seconds: float
    megabytes: float
    idle_megabytes: float


def rank_by_peer(
    name: str, split: Split, rows: IntArray, most: int, *, ordered: bool, python: Path = PYTHON
) -> PeerLists:
    """Tune a peer on the past of a split, fit it to all of that past, and rank for these people.

    The candidates are those of `experiments.judging.ranking`. The held pairs stay here: only the past goes
    out. The peer runs on one thread, in processes of its own.

    Parameters
    ----------
    name : one of `PEERS`.
    rows : the people to rank for, as rows of employees.
    ordered : whether the order of a person's records is one in time. Settings are chosen by how well they
        find each person's last program of the past again, or one drawn at random where order means nothing.
    python : interpreter of an environment that holds the peers' libraries.

    Raises
    ------
    PeerError
        The environment is absent, or the peer failed; the message carries its last words.
    """
    if name not in PEERS:
        raise ValueError(f"{name!r} is not one of {', '.join(PEERS)}.")
    if not python.exists():
        raise PeerError(f"The peers are not installed: {python} does not exist. Run `make peers`.")
    with TemporaryDirectory() as folder:
        task, chosen, ranked = (str(Path(folder, file)) for file in ("task.npz", "chosen.json", "ranked.npz"))
        np.savez(task, **_task(split, rows, most, ordered))
        _call(python, "tune", name, task, chosen)
        _call(python, "rank", name, task, chosen, ranked)
        choice = json.loads(Path(chosen).read_text(encoding="utf-8"))
        with np.load(ranked, allow_pickle=False) as file:
            lists, *costs = (file[key] for key in ("ranked", *_COSTS))
    return PeerLists(
        lists,
        choice["parameters"],
        choice["ndcg_10"],
        choice["seconds"],
        **{key: float(value) for key, value in zip(_COSTS, costs, strict=True)},
    )


def _task(split: Split, rows: IntArray, most: int, ordered: bool) -> dict[str, Any]:
    """Return what the worker's `Task` holds; nothing of it comes from the held pairs."""
    past = split.past
    tiers = [str(tier) for tier in past.positions.tier]
    known = Vocabulary(dict.fromkeys(tier for tier in tiers if tier))
    return {
        "employee": past.history.employee,
        "program": past.history.program,
        "position": past.employees.position,
        "tier": np.append(known.rows(tiers), MISSING)[past.employees.position],
        "unit": past.employees.unit,
        "offered": split.offered,
        "repeatable": repeatable(past),
        "rows": rows,
        "most": most,
        "ordered": ordered,
    }


def _call(python: Path, command: str, name: str, *files: str) -> None:
    # What PYTHONPATH and the like would add is ours, and has no place there.
    ours = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    try:
        subprocess.run(
            [str(python.absolute()), "-m", "worker", command, name, *files],
            cwd=_HERE,
            env=ours | dict.fromkeys(_THREADS + _THREADS_OF_LENSKIT, "1"),
            capture_output=True,
            text=True,
            check=True,
            timeout=_TIMEOUT,
        )
    except subprocess.TimeoutExpired as error:
        raise PeerError(f"The peer {name} took more than {_TIMEOUT} seconds ({command}).") from error
    except subprocess.CalledProcessError as error:
        last = "\n".join(error.stderr.strip().splitlines()[-5:])
        remedy = "to install the peers anew, remove their environment and run `make peers`"
        raise PeerError(f"The peer {name} failed; {remedy}. It said:\n{last}") from error
    except OSError as error:
        raise PeerError(f"{python} cannot be run ({error}). Run `make peers`.") from error
