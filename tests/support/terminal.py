"""A program in a terminal of its own, and a person's fingers on the keys."""

from __future__ import annotations

import errno
import fcntl
import math
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.support.waiting import PATIENCE_SECONDS


class Terminal:
    """``seen`` is all that was shown, control sequences included."""

    def __init__(self, command: Sequence[str], folder: Path, environ: Mapping[str, str], columns: int = 80) -> None:
        self._keys, inner = pty.openpty()
        fcntl.ioctl(inner, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *command], stdin=inner, stdout=inner, stderr=inner, cwd=folder, env=dict(environ)
        )
        os.close(inner)
        self.seen = ""

    def type(self, keys: str, until: str) -> None:
        """Press keys; wait until something that was not there before shows what is expected."""
        start = len(self.seen)
        os.write(self._keys, keys.encode())
        deadline = time.monotonic() + PATIENCE_SECONDS
        while until not in self.seen[start:]:
            assert time.monotonic() < deadline, f"no {until!r} after {keys!r}: {self.seen[start:]!r}"
            self._look()

    def interrupt(self, until: str) -> None:
        """Press Ctrl-C until that is seen: the line editor loses one that comes just before it begins to wait."""
        start, deadline = len(self.seen), time.monotonic() + PATIENCE_SECONDS
        pressed_at = -math.inf
        while until not in self.seen[start:]:
            now = time.monotonic()
            assert now < deadline, f"no {until!r} after Ctrl-C: {self.seen[start:]!r}"
            if now > pressed_at + 3:
                os.write(self._keys, b"\x03")
                pressed_at = now
            self._look()

    def wait(self) -> int:
        """Until the program ends and has shown all; its exit code."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self._look():
            assert time.monotonic() < deadline, f"it goes on: {self.seen!r}"
        return self.process.wait()

    def _look(self) -> bool:
        """False once nobody has the terminal open any more (EIO, pty(7))."""
        if select.select([self._keys], [], [], 0.1)[0]:
            try:
                self.seen += os.read(self._keys, 4096).decode(errors="replace")
            except OSError as error:
                if error.errno != errno.EIO:
                    raise
                return False
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._keys)
