"""Whether somebody else has a photo open, as far as the kernel tells."""

from __future__ import annotations

import fcntl
import signal
from typing import BinaryIO

from folder_sync.files.mounts import file_system, is_network


def is_being_written(file: BinaryIO) -> bool:
    """Whether any process has this file, open for reading here, open for writing.

    A read lease (fcntl(2), ``F_SETLEASE``) is only granted while nobody has, and is given back at once. It is refused
    for files of other users (without the capability ``CAP_LEASE``), and means nothing on network file systems, whose
    other writers nobody knows, and some of which refuse it always: then this says no.
    """
    return not _is_granted(file.fileno(), fcntl.F_RDLCK)


def is_open_elsewhere(descriptor: int) -> bool:
    """The same for a file that anybody else has open at all: for that a write lease is not granted."""
    return not _is_granted(descriptor, fcntl.F_WRLCK)


def _is_granted(descriptor: int, lease: int) -> bool:
    """Also where that can't be told."""
    try:
        # Whoever opens the file in this instant has to wait, and a signal tells us. The usual one, SIGIO, would end
        # the process; this one is ignored.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, lease)
    except BlockingIOError:
        # Also what NFS says without a delegation, and SMB without an oplock.
        return is_network(file_system(b"/proc/self/fd/%d" % descriptor))
    except OSError:
        return True
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return True
