"""``python -m tests.support.shifted FILE COMMAND…``: the program, on a machine whose clock is so many seconds ahead.

``FILE`` holds them, and may be rewritten at any time: the clock steps then, as it does where somebody sets it. Only the
wall clock; monotonic ones go on as they do everywhere.
"""

from __future__ import annotations

import mmap
import struct
import sys
import time
from pathlib import Path
from typing import Final

_SECONDS: Final = struct.Struct("=d")


class MachineClock:
    """The hand of such a clock: in the file, for as many processes as wish to share it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.set(0.0)

    def set(self, ahead: float) -> None:
        """How many seconds it is ahead from now on; negative: behind."""
        # In place, for the processes have mapped it: eight aligned bytes are never seen half written.
        with self.file.open("r+b" if self.file.exists() else "w+b") as file:
            file.write(_SECONDS.pack(ahead))


def _shift(file: str) -> None:
    with open(file, "rb") as opened:
        ahead = mmap.mmap(opened.fileno(), _SECONDS.size, access=mmap.ACCESS_READ)
    true_time = time.time
    time.time = lambda: true_time() + _SECONDS.unpack_from(ahead)[0]


if __name__ == "__main__":
    _, shift_file, *command = sys.argv
    _shift(shift_file)
    # Only now: functions take `time.time` as a default when they are defined.
    from folder_sync.cli import main

    main(command)
