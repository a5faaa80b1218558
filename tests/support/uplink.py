"""A network in between: a port that leads to the sandbox, and can be closed, or let only so much through a second."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from tests.support.waiting import PATIENCE_SECONDS

SMALL: Final = 64 * 1024
"""What a socket may keep for itself: else megabytes are under way that nobody has received."""


class Uplink:
    """``url`` stays the same whether it is open or closed."""

    def __init__(self, to: str) -> None:
        host, _, port = to.removeprefix("http://").rpartition(":")
        self._to = host, int(port)
        self._bytes_per_second = float("inf")
        self._listener = _listening(0)
        self._port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self._port}"
        self.received = 0
        """Bytes that came from the service."""
        self._threads: list[threading.Thread] = []
        self._serve()

    def limit(self, bytes_per_second: float) -> None:
        """0: nothing flows, and nobody is told."""
        self._bytes_per_second = bytes_per_second

    def open(self) -> None:
        self._listener = _listening(self._port)
        self._serve()

    def close(self) -> None:
        """Refuses what is new; what is under way ends as it may."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def join(self) -> None:
        """What was under way has ended."""
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)

    def _serve(self) -> None:
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._connect, args=(near,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _connect(self, near: socket.socket) -> None:
        with near, socket.create_connection(self._to) as far:
            back = threading.Thread(target=_back, args=(far, near), daemon=True)
            back.start()
            self._forth(near, far)
            back.join()

    def _forth(self, near: socket.socket, far: socket.socket) -> None:
        with suppress(OSError):
            while True:
                while not (pace := self._bytes_per_second):
                    time.sleep(0.01)
                data = near.recv(16 * 1024)
                if not data:
                    break
                self.received += len(data)
                time.sleep(len(data) / pace)
                far.sendall(data)
        _end(far)


def _back(far: socket.socket, near: socket.socket) -> None:
    with suppress(OSError):
        while data := far.recv(64 * 1024):
            near.sendall(data)
    _end(near)


def _end(one: socket.socket) -> None:
    with suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)


def _listening(port: int) -> socket.socket:
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL)
    listener.bind(("127.0.0.1", port))
    listener.listen()
    return listener


@contextmanager
def uplink(to: str) -> Iterator[Uplink]:
    link = Uplink(to)
    try:
        yield link
    finally:
        link.limit(float("inf"))
        link.close()
        link.join()
