"""Standard output as a stream of whole lines, until its reader leaves or somebody asks for the end."""

from __future__ import annotations

import os
import select
import signal
import socket
from types import FrameType
from typing import Final, Self

_AT_ONCE: Final = 4096
"""PIPE_BUF: what a pipe that can be written takes at once (pipe(7))."""
_GONE: Final = select.POLLERR | select.POLLHUP | select.POLLNVAL
_ENDS: Final = (signal.SIGTERM, signal.SIGINT)


class Ended(Exception):
    """The reader has left, or TERM or INT came."""


class Outlet:
    """While it is open, TERM and INT end nothing but what waits here."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._asked, self._ask = socket.socketpair()
        self._before = {number: signal.getsignal(number) for number in _ENDS}
        self._wakeup = -1

    def __enter__(self) -> Self:
        self._ask.settimeout(0.0)
        self._wakeup = signal.set_wakeup_fd(self._ask.fileno())
        for number in _ENDS:
            if self._before[number] is not signal.SIG_IGN:
                signal.signal(number, _noted)
        return self

    def __exit__(self, *exception: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        signal.set_wakeup_fd(self._wakeup)
        self._ask.close()
        self._asked.close()

    def write(self, line: str) -> None:
        """Raises Ended, if not all of it is wanted any more."""
        rest = memoryview(line.encode())
        while rest:
            self._wait(select.POLLOUT, None, None)
            try:
                rest = rest[os.write(self._descriptor, rest[:_AT_ONCE]) :]
            except BrokenPipeError as error:
                raise Ended from error

    def wait(self, news: int | None, seconds: float) -> None:
        """Until ``news`` can be read or the time is up. Raises Ended."""
        self._wait(0, news, seconds)

    def _wait(self, writable: int, news: int | None, seconds: float | None) -> None:
        poll = select.poll()
        poll.register(self._asked, select.POLLIN)
        poll.register(self._descriptor, writable)
        if news is not None:
            poll.register(news, select.POLLIN)
        ready = dict(poll.poll(None if seconds is None else seconds * 1000))
        if self._asked.fileno() in ready or ready.get(self._descriptor, 0) & _GONE:
            raise Ended


def _noted(_number: int, _frame: FrameType | None) -> None:
    """Python writes to the wakeup descriptor; there is nothing else to do."""
