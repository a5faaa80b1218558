"""A clock that is set forward makes nothing old that is not: a slow server has its time to store a photo."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from folder_sync.photo import State
from tests.support.proof import gtin14
from tests.support.simulated import simulation

NAME: Final = f"{gtin14(1)}__Front.jpg"
STORED_AFTER: Final = 20.0
"""Seconds: before the second look, and after a first one that comes too early."""


@pytest.mark.parametrize("restarts", [False, True])
@pytest.mark.parametrize("stepped_after", [1.0, 11.0])
def test_a_photo_that_is_stored_late_is_not_sent_twice(tmp_path: Path, stepped_after: float, restarts: bool) -> None:
    """Before the first look, or between the two: the photo was absent twice within a second, and was posted again."""
    with simulation(tmp_path) as simulated:
        simulated.run(1.0)
        simulated.sandbox.faults.add("store_late", seconds=STORED_AFTER, route="upload")
        simulated.put(NAME)
        simulated.run(stepped_after)
        simulated.ahead = 3_600.0
        if restarts:
            simulated.restart()
        simulated.run(120.0)
        assert simulated.states() == {State.UPLOADED: 1}
        assert len(simulated.sandbox.ledger.stored) == 1
        assert simulated.calls()["list"] <= 4
