"""One peer, tuned or fitted in a process of its own, so that its time and memory are its own.

python -m worker tune PEER TASK.npz CHOSEN.json
python -m worker rank PEER TASK.npz CHOSEN.json RANKED.npz
"""

from __future__ import annotations

import json
import resource
import sys
import time
from pathlib import Path

import numpy as np

from .choosing import choose
from .lists import rank
from .peers import PEERS, Peer
from .task import read_task


def tune(name: str, task_file: str, chosen_file: str) -> None:
    """Choose a peer's settings, and write them with what they reached and how long it took."""
    peer, task = _load(name), read_task(Path(task_file))
    start = time.perf_counter()
    parameters, found = choose(task, peer)
    chosen = {"parameters": parameters, "ndcg_10": found, "seconds": time.perf_counter() - start}
    Path(chosen_file).write_text(json.dumps(chosen), encoding="utf-8")


def fit_and_rank(name: str, task_file: str, chosen_file: str, ranked_file: str) -> None:
    """Fit a peer with the settings chosen, and write its lists with what they cost."""
    peer = _load(name)
    idle = peak_megabytes()
    task = read_task(Path(task_file))
    parameters = json.loads(Path(chosen_file).read_text(encoding="utf-8"))["parameters"]
    start = time.perf_counter()
    scorer = peer.fit(task, parameters)
    fitted = time.perf_counter()
    ranked = rank(task, scorer)
    done = time.perf_counter()
    np.savez(
        ranked_file,
        ranked=ranked,
        fit_seconds=fitted - start,
        rank_seconds=done - fitted,
        megabytes=peak_megabytes(),
        idle_megabytes=idle,
    )


def peak_megabytes() -> float:
    """Return the most memory that this process has held so far.

    Linux counts what the parent held into the `ru_maxrss` of a process just started, but not into VmHWM.
    """
    status = Path("/proc/self/status")
    if status.exists():
        fields = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines())
        return int(fields["VmHWM"].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2  # elsewhere it is in bytes


def _load(name: str) -> Peer:
    """Return a peer whose library is imported."""
    try:
        PEERS[name].load()
    except ModuleNotFoundError as error:
        sys.exit(f"Its library {error.name!r} is not installed.")
    return PEERS[name]


if __name__ == "__main__":
    if sys.argv[1] == "tune":
        tune(*sys.argv[2:])
    else:
        fit_and_rank(*sys.argv[2:])
