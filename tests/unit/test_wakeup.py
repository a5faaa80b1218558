"""No news is missed between looking for something to do and waiting for it."""

from __future__ import annotations

import threading

from folder_sync.service.wakeup import Wakeup
from tests.support.waiting import PATIENCE_SECONDS, wait_for


def test_what_rang_before_the_wait_ends_it_at_once() -> None:
    wakeup = Wakeup()
    rings = wakeup.rings
    wakeup.ring()
    wakeup.wait(rings, None)
    assert wakeup.rings == rings + 1


def test_one_ring_wakes_one_and_a_ring_for_all_the_rest() -> None:
    wakeup = Wakeup()
    woken: list[str] = []
    ready = threading.Barrier(4)

    def wait() -> None:
        rings = wakeup.rings
        ready.wait()
        wakeup.wait(rings, None)
        woken.append("one")

    threads = [threading.Thread(target=wait) for _ in range(3)]
    for thread in threads:
        thread.start()
    ready.wait()
    wakeup.ring()
    wait_for(lambda: len(woken) >= 1, "somebody woke")
    wakeup.ring_all()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    assert len(woken) == 3


def test_a_wait_ends_with_its_time() -> None:
    wakeup = Wakeup()
    wakeup.wait(wakeup.rings, 0.01)
    assert wakeup.rings == 0
