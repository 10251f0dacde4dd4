"""What is made in the background: one at a time, kept until the next is there, stopped when it is closed."""

from __future__ import annotations

import threading
import time

from recommender.service.background import Background, Progress

LONG = 30.0  # seconds


def test_it_is_made_once_and_kept() -> None:
    made: list[int] = []
    begin = threading.Event()

    def make(progress: Progress) -> int:
        begin.wait(10)
        progress.told(3, 4)
        made.append(len(made) + 1)
        return made[-1]

    background = Background("test", make)
    for _ in range(5):
        background.start()
    assert (background.is_making, background.latest) == (True, None)
    begin.set()
    background.wait(10)
    assert (background.is_making, background.latest, made) == (False, 1, [1])
    assert (background.progress.done, background.progress.total) == (3, 4)
    background.start()
    background.wait(10)
    assert background.latest == 2


def test_who_waits_does_not_wait_for_ever() -> None:
    begin = threading.Event()
    background = Background("test", lambda _: begin.wait(30))
    background.start()
    before = time.monotonic()
    background.wait(0.05)
    assert time.monotonic() - before < 10 and background.is_making
    begin.set()
    background.wait(10)
    assert background.latest is True


def test_a_failure_leaves_the_last_in_place() -> None:
    answers: list[int | Exception] = [1, ValueError("no"), 3]

    def make(_: Progress) -> int:
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    background = Background("test", make)
    seen = []
    for _ in range(3):
        background.start()
        background.wait(10)
        seen.append((background.latest, background.failed))
    assert seen == [(1, False), (1, True), (3, False)]


def test_closing_stops_it_at_its_next_step() -> None:
    begun, steps = threading.Event(), []

    def make(progress: Progress) -> int:
        while True:
            steps.append(len(steps))
            begun.set()
            time.sleep(0.001)
            progress.told(len(steps), 0)

    background = Background("test", make)
    background.start()
    begun.wait(10)
    background.close()
    assert (background.is_making, background.failed, background.latest) == (False, False, None)
    background.start()
    assert not background.is_making, "it was closed"


def test_a_failure_is_heard_and_leaves_the_last_one_in_place() -> None:
    heard: list[tuple[str, Exception]] = []
    error = RuntimeError("no")

    def make(_: Progress) -> int:
        if heard or background.latest is not None:
            raise error
        return 1

    background = Background("numbers", make)
    background.on_failure = lambda name, found: heard.append((name, found))
    background.start(LONG)
    background.start(LONG)
    assert (background.latest, background.failed, heard) == (1, True, [("numbers", error)])


def test_whoever_comes_second_does_not_wait_for_what_is_being_made() -> None:
    go_on = threading.Event()
    background = Background("slow", lambda _: go_on.wait(LONG))
    background.start(0.01)
    assert background.is_making
    second = threading.Thread(target=background.start, args=(LONG,))
    second.start()
    second.join(5)
    assert not second.is_alive()
    assert background.is_making
