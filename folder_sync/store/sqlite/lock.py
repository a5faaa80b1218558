"""One working service per database: a lock that the kernel drops when its holder dies, however it dies."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from folder_sync.errors import AlreadyRunning, StoreGone, StoreUnavailable
from folder_sync.store.ports import Transaction

_ATTEMPTS = 10
_PAUSE_SECONDS = 0.03


class OwnFile:
    """As ``ports.Lease``: the lock goes when its process does, and whatever that sends goes with it.

    ``path``: the file that was opened.
    """

    was_set_back = ""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._identity = _identity(path)

    def renew(self, _request_seconds: float) -> None:
        pass

    def holds(self) -> bool:
        return True

    def leads(self) -> bool:
        return True

    def stand_back(self) -> None:
        pass

    def doubtful_seconds(self) -> float:
        return 0.0

    def begin_anew(self) -> None:
        pass

    def catch_up(self) -> None:
        pass

    def gone(self) -> list[str]:
        """None ever is. Raises StoreGone where the file is: what was opened lives on, and nobody else sees it."""
        try:
            identity = _identity(self._path)
        except OSError:  # its folder is closed to us by now, say: nothing can be told
            return []
        if identity != self._identity:
            raise StoreGone(
                f"The database {self._path} was taken away, or another one put in its place, while the service ran.",
                "Start it again: it looks in the catalogue first for what these records do not know.",
            )
        return []

    def take_in(self, _root: bytes) -> bool:
        return True

    def leave(self, _root: bytes) -> None:
        pass

    def settle(self, _root: bytes) -> None:
        pass

    def is_taken_in(self, _root: bytes) -> bool | None:
        return True

    def forget(self) -> list[str]:
        return []

    def declare_over(self, _transaction: Transaction, _machine: str) -> float | None:
        return None


def _identity(path: Path) -> tuple[int, int] | None:
    """Device and inode; None where there surely is none."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return status.st_dev, status.st_ino


class InstanceLock:
    """Held from construction to ``release``. Raises AlreadyRunning, naming the process that holds it."""

    def __init__(self, database: Path) -> None:
        path = _lock_path(database)
        try:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StoreUnavailable(f"{path} can't be written: {error.strerror}.", "Check the permissions.") from error
        for attempt in range(_ATTEMPTS):
            # `status` holds the lock for an instant to see whether it is free, so one refusal is not the answer.
            try:
                fcntl.flock(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if attempt == _ATTEMPTS - 1:
                    holder = _read_pid(self._fd)
                    os.close(self._fd)
                    raise AlreadyRunning(holder, str(database)) from None
                time.sleep(_PAUSE_SECONDS)
        try:
            os.ftruncate(self._fd, 0)
            os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)
        except OSError as error:  # the disk is full, most likely
            os.close(self._fd)
            raise StoreUnavailable(f"{path} can't be written: {error.strerror}.", "Make room on the disk.") from error

    def release(self) -> None:
        os.ftruncate(self._fd, 0)
        os.close(self._fd)


def holder(database: Path) -> int | None:
    """The process that works on this database; None where none does."""
    try:
        fd = os.open(_lock_path(database), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(fd, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _read_pid(fd)
    else:
        return None
    finally:
        os.close(fd)


def _lock_path(database: Path) -> Path:
    """Beside the file itself, whatever links lead there: two spellings of one database are one database."""
    database = database.resolve()
    return database.with_name(database.name + ".lock")


def _read_pid(fd: int) -> int:
    text = os.pread(fd, 32, 0).strip()
    return int(text) if text.isdigit() else 0
