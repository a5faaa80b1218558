"""``python -m tests.support.synced NOTE COMMAND…``: the program, noting how much of its database is surely on the disk.

What SQLite has only handed to the kernel is lost in a power cut. So after every flush of the write-ahead
log the end that it had before is written to the file ``NOTE``; ``power_cut`` cuts the log back to
it, or to anywhere behind it. Formats: sqlite.org/walformat.html.
"""

from __future__ import annotations

import os
import random
import struct
import sys
import threading
from pathlib import Path
from typing import Final, NamedTuple

from folder_sync.cli import main
from folder_sync.store.sqlite.database import Database

_LOG_HEADER: Final = 32
_FRAME_HEADER: Final = 24


class Mark(NamedTuple):
    """A place in the write-ahead log: so many frames of the generation with these salts."""

    salts: bytes
    frames: int


class _Index:
    """The log's index, kept open for good: closing any descriptor of it would drop SQLite's locks on it."""

    def __init__(self, database: Path) -> None:
        self._descriptor = os.open(f"{database}-shm", os.O_RDONLY)

    def mark(self) -> Mark:
        return Mark(os.pread(self._descriptor, 8, 32), int.from_bytes(os.pread(self._descriptor, 4, 16), sys.byteorder))


def note_what_is_durable(note: Path) -> None:
    original = Database.make_durable
    descriptor = os.open(note, os.O_WRONLY | os.O_CREAT)
    indexes: dict[Path, _Index] = {}
    lock = threading.Lock()
    taken = noted = 0

    def make_durable(self: Database) -> None:
        nonlocal taken, noted
        with lock:  # what stands in the log before the flush is on the disk after it
            taken += 1
            number = taken
            salts, frames = indexes.setdefault(self.path, _Index(self.path)).mark()
        original(self)
        with lock:
            if number > noted:
                noted = number
                os.pwrite(descriptor, salts + frames.to_bytes(4, sys.byteorder), 0)

    Database.make_durable = make_durable  # type: ignore[method-assign]


def power_cut(database: Path, note: Path, chance: random.Random | None) -> None:
    """What a dead service's database is after the power was cut: all that was synced, and of the rest, which was not,
    nothing (``chance`` None) or a random part. The index lay in memory and is gone."""
    log, index = Path(f"{database}-wal"), Path(f"{database}-shm")
    salts = log.read_bytes()[16:24]
    noted = note.read_bytes()
    synced = int.from_bytes(noted[8:12], sys.byteorder) if noted[:8] == salts else 0
    # A checkpoint syncs the log before it copies pages from it.
    synced = max(synced, int.from_bytes(index.read_bytes()[96:100], sys.byteorder))
    frame = _FRAME_HEADER + struct.unpack(">I", log.read_bytes()[8:12])[0]
    surely = _LOG_HEADER + synced * frame
    os.truncate(log, chance.randint(surely, max(surely, log.stat().st_size)) if chance else surely)
    index.unlink()


if __name__ == "__main__":
    note_what_is_durable(Path(sys.argv[1]))
    main(sys.argv[2:])
