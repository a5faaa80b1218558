"""The limits of inotify(7): which one was met, and what to set it to. The kernel says "no space left on device"."""

from __future__ import annotations

import errno
import os
from contextlib import suppress

from folder_sync.errors import WatchLimit, WatchUnavailable
from folder_sync.files.ignoring import IgnoreRules
from folder_sync.files.scanning import folder_unavailable, subfolders
from folder_sync.text import display


def limit(name: str) -> int:
    """``max_user_watches``, ``max_user_instances`` or ``max_queued_events``, as the kernel has it now."""
    with open(f"/proc/sys/fs/inotify/{name}", encoding="ascii") as file:
        return int(file.read())


def count_folders(root: bytes, ignore: IgnoreRules) -> int:
    """How many watches a recursive look at ``root`` takes: one a folder."""
    count = 0
    pending = [root]
    while pending:
        with suppress(OSError):  # gone, or closed to us: not watched either
            pending += subfolders(pending.pop(), ignore)
            count += 1
    return count


def watch_refused(root: bytes, error: OSError, ignore: IgnoreRules) -> WatchUnavailable:
    """What to tell people when the kernel refused to watch ``root`` or a folder below."""
    name = display(os.fsdecode(root))
    if error.errno == errno.ENOSPC:
        now, needed = limit("max_user_watches"), count_folders(root, ignore)
        watches = "1 watch" if needed == 1 else f"{needed} watches"
        return WatchLimit(
            f"{name} can't be watched: it needs {watches}, and fewer of this user's {now} are free.",
            f"Set the sysctl fs.inotify.max_user_watches to {now + needed} or more,"
            ' or set backend = "polling" for this folder.',
        )
    if error.errno == errno.EMFILE:
        now = limit("max_user_instances")
        return WatchLimit(
            f"{name} can't be watched: this user's {now} inotify instances (or this program's files) are all in use.",
            f"Set the sysctl fs.inotify.max_user_instances to {now + 1} or more, or allow more open files,"
            ' or set backend = "polling" for this folder.',
        )
    return folder_unavailable(root, error)
