"""Requests to stop or to reload, taken by the one thread that waits for them."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from enum import Enum, auto
from typing import Final, Protocol


class End(Enum):
    """ANEW: nobody asked for it, but what the service knows of the records is out of date."""

    STOP = auto()
    RELOAD = auto()
    ANEW = auto()


class Signals(Protocol):
    def wait(self, seconds: float) -> End | None:
        """A request to stop or to reload that comes within so many seconds."""


class ProcessSignals:
    """TERM, INT and HUP, taken one at a time by whoever waits. There is no handler, so nothing is ever interrupted.

    Must be made before any thread is started: threads inherit the mask.
    """

    _ENDS: Final[Mapping[int, End]] = {signal.SIGTERM: End.STOP, signal.SIGINT: End.STOP, signal.SIGHUP: End.RELOAD}

    def __init__(self) -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, self._ENDS)

    def wait(self, seconds: float) -> End | None:
        received = signal.sigtimedwait(self._ENDS, seconds)
        # A process that was stopped (SIGSTOP, a debugger) for longer than it meant to wait gets memory that nobody
        # has filled: CPython 3.11 returns it after EINTR where the time is up.
        return None if received is None else self._ENDS.get(received.si_signo)
