"""The process is stopped and continued, as by a debugger, a terminal or a virtual machine's snapshot."""

from __future__ import annotations

import signal
import subprocess

import pytest

from folder_sync.photo import State
from tests.support.studio import GTIN, Studio
from tests.support.waiting import wait_for


def test_a_service_that_was_stopped_goes_on(studio: Studio) -> None:
    """For longer than the supervisor's tick: there CPython returns a signal that nobody sent."""
    with studio.start("run") as process:
        wait_for(lambda: '"service_started"' in studio.told(), "the service has started")
        for number in range(2):
            process.send_signal(signal.SIGSTOP)
            path = studio.export(f"{GTIN}__{number}.jpg")
            with pytest.raises(subprocess.TimeoutExpired):
                process.wait(1.5)
            process.send_signal(signal.SIGCONT)
            studio.wait_for_state(path, State.UPLOADED)
        assert process.end(signal.SIGTERM) == 0
    assert len(studio.sandbox.ledger.arrivals) == 2
