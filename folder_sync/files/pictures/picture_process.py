"""Decoding for show in a process of its own, bounded in memory and time: what a file holds harms nobody else.

The parent opens the file, through the guarded way of ``files.opening``, and hands over the open descriptor; the child
knows no paths. It serves one file after the other, and is replaced where it dies, takes too long or grows too large.
"""

from __future__ import annotations

import array
import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import BinaryIO, Final, TypeVar

from folder_sync.photo import Gtin14

MEMORY_BYTES: Final = 1_000_000_000
"""Address space of the child: a picture that takes more has no small picture."""

TIMEOUT_SECONDS: Final = 15.0

LENGTH_BYTES: Final = 4
"""The length of an answer: little-endian, in front of it; 0 where there is none."""

THUMBNAIL: Final = b"t"
BORDER: Final = b"b"
BARCODES: Final = b"g"
CONVERSION: Final = b"c"
"""What the child is asked, a byte each."""

_CHILD: Final = "folder_sync.files.pictures.picture_child"

_KEPT: Final = ("PATH", "LANG", "LC_ALL", "PYTHONPATH", "COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG")
"""What the child gets of the environment: it needs no key, and no socket of systemd's."""


Answer = TypeVar("Answer")


class PictureProcess:
    """One at a time: whoever asks waits until those before are served."""

    def __init__(self, *, memory_bytes: int = MEMORY_BYTES, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        self._memory_bytes = memory_bytes
        self._timeout_seconds = timeout_seconds
        self._lock = threading.Lock()
        self._closed = False
        self._child: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    @property
    def is_closed(self) -> bool:
        return self._closed

    def thumbnail(self, file: BinaryIO) -> bytes | None:
        """WebP; None where the picture can't be shown, for whatever reason."""
        return self._answer(THUMBNAIL, file)

    def white_share(self, file: BinaryIO) -> float | None:
        """How white its border is (``borders``); None where that can't be told, for whatever reason."""
        answer = self._answer(BORDER, file)
        return None if answer is None else float(answer)

    def gtins(self, file: BinaryIO) -> tuple[Gtin14, ...]:
        """Printed in it as barcodes; none also where it can't be told."""
        answer = self._answer(BARCODES, file)
        return () if answer is None else tuple(map(Gtin14, json.loads(answer)))

    def _answer(self, question: bytes, file: BinaryIO) -> bytes | None:
        try:
            return self.ask(question, file, b"", exactly)
        except OSError:
            return None

    def ask(
        self, question: bytes, file: BinaryIO, options: bytes, read: Callable[[socket.socket, int], Answer]
    ) -> Answer | None:
        """None where it has no answer; else what ``read`` makes of the connection and the length of the answer.

        Raises TimeoutError; ConnectionError where the process ended over it twice, or is closed; what ``read`` raises.
        """
        with self._lock:
            for is_last in (False, True):  # it may have died since the last time
                try:
                    return self._ask(question, file, options, read)
                except TimeoutError:
                    self._end()
                    raise
                except OSError:
                    self._end()
                    if is_last or self._closed:
                        raise
            raise AssertionError

    def close(self) -> None:
        """At once, whatever is being decoded: that is then not shown."""
        self._closed = True
        if (child := self._child) is not None:
            child.kill()
        with self._lock:
            self._end()

    def _ask(
        self, question: bytes, file: BinaryIO, options: bytes, read: Callable[[socket.socket, int], Answer]
    ) -> Answer | None:
        connection = self._running()
        descriptors = array.array("i", [file.fileno()])
        connection.sendmsg([question], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors.tobytes())])
        connection.sendall(len(options).to_bytes(LENGTH_BYTES, "little") + options)
        length = int.from_bytes(exactly(connection, LENGTH_BYTES), "little")
        return read(connection, length) if length else None

    def _running(self) -> socket.socket:
        if self._child is not None and self._child.poll() is not None:
            self._end()
        if self._socket is None:
            ours, theirs = socket.socketpair()
            with theirs:
                self._child = subprocess.Popen(  # noqa: S603 -- nothing in it comes from outside
                    [sys.executable, "-P", "-m", _CHILD, str(theirs.fileno()), str(self._memory_bytes)],
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    env={name: os.environ[name] for name in _KEPT if name in os.environ},
                )
            ours.settimeout(self._timeout_seconds)
            self._socket = ours
        if self._closed:
            raise ConnectionError("it is closed")
        return self._socket

    def _end(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None


def exactly(connection: socket.socket, length: int) -> bytes:
    pieces: list[bytes] = []
    while length > 0:
        piece = connection.recv(min(length, 1 << 16))
        if not piece:
            raise ConnectionError("the process has ended")
        pieces.append(piece)
        length -= len(piece)
    return b"".join(pieces)
