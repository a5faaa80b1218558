"""What a machine that is gone was sending is settled by those that are there."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

import structlog

from folder_sync.service.housekeeping import GivenUp
from folder_sync.service.wakeup import Wakeup
from folder_sync.store.doubts import Doubts
from folder_sync.store.ports import Lease

log = structlog.get_logger()

LOOK_SECONDS: Final = 1.5
"""How often, at most, to look for machines that are gone: that is one read."""

FORGET_SECONDS: Final = 3600.0
"""How often to forget those that won't be back."""


class TakeOvers:
    """Raises StoreLapsed where this machine itself was taken for gone. ``clock``: Unix time."""

    def __init__(
        self,
        lease: Lease,
        doubts: Doubts,
        wakeup: Wakeup,
        *,
        confirm_after_seconds: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._lease = lease
        self._doubts = doubts
        self._wakeup = wakeup
        self._confirm_after_seconds = confirm_after_seconds
        self._clock = clock

    def do(self, _given_up: GivenUp) -> None:
        for machine in self._lease.gone():
            unconfirmed = self._doubts.take_over(machine, self._clock(), self._confirm_after_seconds)
            if unconfirmed is not None:
                tell = log.warning if unconfirmed else log.info
                tell("machine_gone", machine=machine, unconfirmed=unconfirmed)
                self._wakeup.ring_all()


class ForgottenMachines:
    """Those that will hardly be back leave the list of machines. For the one that leads."""

    def __init__(self, lease: Lease) -> None:
        self._lease = lease

    def do(self, _given_up: GivenUp) -> None:
        for machine in self._lease.forget():
            log.info("machine_forgotten", machine=machine)
