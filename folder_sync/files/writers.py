"""Whether somebody still has a photo open for writing, as far as the kernel tells."""

from __future__ import annotations

import fcntl
import signal
from typing import BinaryIO


def is_being_written(file: BinaryIO) -> bool:
    """Whether any process has this file, open for reading here, open for writing.

    A read lease (fcntl(2), ``F_SETLEASE``) is only granted while nobody has, and is given back at once. It is refused
    for files of other users (without the capability ``CAP_LEASE``) and on network file systems, whose other writers
    nobody knows: then this says no.
    """
    descriptor = file.fileno()
    try:
        # Who opens the file for writing in this instant is let wait, and we are told by a signal. The usual one,
        # SIGIO, would end the process; this one is ignored.
        fcntl.fcntl(descriptor, fcntl.F_SETSIG, signal.SIGURG)
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    except BlockingIOError:
        return True
    except OSError:
        return False
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return False
