"""What takes long to make: made on a thread of its own, and kept."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")
Failed = Callable[[str, Exception], None]  # what was being made, and what went wrong


class Stopped(Exception):  # noqa: N818 - reads as what it says
    """The service is stopping: what is being made is not needed any more."""


@dataclass
class Progress:
    """How far the making is; whoever makes tells it, and hears in `told` that it shall stop."""

    done: int = 0
    total: int = 0
    stopping: threading.Event = field(default_factory=threading.Event)

    def told(self, done: int, total: int) -> None:
        """Note how much of how much is done.

        Raises
        ------
        Stopped
            Nobody waits for it any more.
        """
        self.done, self.total = done, total
        if self.stopping.is_set():
            raise Stopped


class Background(Generic[T]):
    """Makes one thing at a time and keeps the last that was finished, for many threads.

    Parameters
    ----------
    make : makes it; what it raises leaves the last one in place and is noted in `failed`.

    Attributes
    ----------
    on_failure : hears of what was raised; whoever serves sets it, to write it into a log.
    """

    def __init__(self, name: str, make: Callable[[Progress], T]) -> None:
        self._name, self._make = name, make
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self.progress = Progress()
        self.latest: T | None = None
        self.finished_at = 0.0  # of the last attempt, by the clock of `time.monotonic`
        self.failed = False
        self.on_failure: Failed = _unheard

    @property
    def is_making(self) -> bool:
        """Whether something is being made now."""
        thread = self._thread
        return thread is not None and thread.is_alive()

    def start(self, patience: float = 0.0) -> None:
        """Begin to make it anew unless that is under way, and wait for it, but no longer than so long."""
        if self._begin():
            self.wait(patience)

    def _begin(self) -> bool:
        with self._lock:
            if self._closed or self.is_making:
                return False
            self.progress = Progress()
            self._thread = threading.Thread(target=self._work, name=self._name, daemon=True)
            self._thread.start()
            return True

    def wait(self, seconds: float) -> None:
        """Wait until it is made, but no longer."""
        thread = self._thread
        if thread is not None:
            thread.join(seconds)

    def close(self) -> None:
        """Stop at the next step and make nothing any more."""
        with self._lock:
            self._closed = True
        self.progress.stopping.set()
        self.wait(_LONGEST)

    def _work(self) -> None:
        try:
            self.latest = self._make(self.progress)
            self.failed = False
        except Stopped:
            pass
        except Exception as error:  # whatever it was, the last one stays and whoever asks is told
            self.failed = True
            self.on_failure(self._name, error)
        finally:
            self.finished_at = time.monotonic()


def _unheard(_name: str, _error: Exception) -> None:
    """Tell nobody."""


_LONGEST = 30.0  # seconds that closing waits
