"""Reports at once when something happens in a watched folder.

Built on watchdog's ``InotifyFD``, the layer below its observers, because of what these can't do (watchdog 7.1.0):
they hold a file moved out of the tree back for half a second, and everything behind it too; they swallow the error
when a subfolder can't be watched any more; they don't tell their handlers about a queue overflow; and after the root
is gone they go silent. At this layer there is one thread, and every folder is a callback with its own path.

Nothing here is the truth: events make the service fast, ``scanning`` makes it right. Where events may have been
lost, the watcher says so (``WatchEvent.LOST``).
"""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable
from typing import Final, Literal

from watchdog.observers.inotify_c import CallbackId, InotifyConstants, InotifyEvent, InotifyFD, Mask, WatchDescriptor

from folder_sync.files.ignoring import IgnoreRules
from folder_sync.files.limits import watch_refused
from folder_sync.files.scanning import root_identity, subfolders
from folder_sync.files.watch_events import Polling, Report, WatchEvent, Watching, is_still

__all__ = ["Report", "WatchEvent", "Watching", "watch"]


def watch(
    root: bytes | str,
    *,
    recursive: bool,
    backend: Literal["native", "polling"],
    poll_seconds: Callable[[], float],
    ignore: IgnoreRules,
    on: Report,
    canary: bytes | None = None,
) -> Watching:
    """Watch ``root``, an absolute path. When this returns, nothing that happens from now on is missed.

    ``poll_seconds`` is called before each wait. Whatever happens to ``canary``, a path right inside the root, is
    reported as ``WatchEvent.HEARD``, and as nothing else.

    Raises WatchUnavailable if it isn't a folder that can be watched; with ``native`` also where the limits of
    inotify(7) don't suffice, and then the hint names the one to raise.
    """
    root = os.fsencode(root)
    if backend == "polling":
        return Polling(root, poll_seconds, on)
    return _Native(root, ignore, on, recursive=recursive, canary=canary)


# Not IN_MODIFY: one event for every write() fills the kernel's queue without telling more than the closing does; what
# is written without a closing is found by comparing fingerprints. Nor anything that our own reading would cause.
# IN_ATTRIB, because copying tools set the times after the closing.
_MASK: Final = Mask(
    InotifyConstants.IN_CREATE
    | InotifyConstants.IN_CLOSE_WRITE
    | InotifyConstants.IN_ATTRIB
    | InotifyConstants.IN_MOVE
    | InotifyConstants.IN_DELETE
    | InotifyConstants.IN_DELETE_SELF
    | InotifyConstants.IN_MOVE_SELF
    | InotifyConstants.IN_ONLYDIR
)
_LEFT: Final = InotifyConstants.IN_DELETE | InotifyConstants.IN_MOVED_FROM
_SELF_LEFT: Final = InotifyConstants.IN_DELETE_SELF | InotifyConstants.IN_MOVE_SELF


class _Folder:
    """watchdog's callback for one folder. It carries the path, as the kernel only knows the folder itself."""

    __slots__ = ("path", "watch", "watcher")

    def __init__(self, path: bytes, watcher: _Native) -> None:
        self.path = path
        self.watcher = watcher
        self.watch = WatchDescriptor(-1)

    @property
    def id(self) -> CallbackId:
        return CallbackId(id(self))

    def on_event(self, event: InotifyEvent) -> None:
        self.watcher.happened(self, event)

    def on_watch_deleted(self, wd: WatchDescriptor) -> None:  # noqa: ARG002 -- watchdog's signature
        self.watcher.unwatched(self)

    def on_queue_overflow(self) -> None:
        self.watcher.overflowed(self)


class _Native:
    """Keeps a kernel watch on every folder below the root that isn't ignored. Linked folders are not followed."""

    def __init__(self, root: bytes, ignore: IgnoreRules, on: Report, *, recursive: bool, canary: bytes | None) -> None:
        self._root = root
        self._canary = canary
        self._ignore = ignore
        self._on = on
        self._recursive = recursive
        self._identity = root_identity(root)
        self._folders: dict[bytes, _Folder] = {}
        self._closed: set[bytes] = set()
        self._ended = False
        self._lock = threading.Lock()
        try:
            self._inotify = InotifyFD()
        except OSError as exc:
            raise watch_refused(root, exc, ignore) from exc
        self._inotify.start()
        try:
            with self._lock:
                self._add(root)
        except OSError as exc:
            self.stop()
            raise watch_refused(root, exc, ignore) from exc

    def alive(self) -> bool:
        return not self._ended and self._inotify.is_alive() and is_still(self._root, self._identity)

    def stop(self) -> None:
        with self._lock:
            self._ended = True
        self._inotify.stop()
        self._inotify.join()

    # Called on watchdog's thread:

    def happened(self, folder: _Folder, event: InotifyEvent) -> None:
        with self._lock:
            if self._ended:
                return
            if event.mask & InotifyConstants.IN_UNMOUNT or (folder.path == self._root and event.mask & _SELF_LEFT):
                self._end()
            elif event.name:  # else it is about the folder itself: its parent's watch tells the same
                path = os.path.join(folder.path, event.name)
                if event.mask & InotifyConstants.IN_ISDIR:
                    self._happened_to_folder(path, event)
                elif path == self._canary:
                    self._on(WatchEvent.HEARD, path)
                elif not self._ignore.file(path):
                    self._happened_to_file(path, event)

    def unwatched(self, folder: _Folder) -> None:
        """The kernel dropped this folder's watch, after saying why."""
        with self._lock:
            if not self._ended:
                self._folders.pop(folder.path, None)

    def overflowed(self, folder: _Folder) -> None:
        """watchdog tells every folder; one answer is enough. Folders may have come, gone or moved unannounced."""
        with self._lock:
            if self._ended or folder is not self._folders.get(self._root):
                return
            self._drop(list(self._folders.values()))
            if self._try_add(self._root):
                self._on(WatchEvent.LOST, self._root)

    # With the lock held:

    def _happened_to_file(self, path: bytes, event: InotifyEvent) -> None:
        if event.mask & _LEFT:
            self._on(WatchEvent.GONE, path)
        elif not (os.path.islink(path) and os.path.isdir(path)) or self._is_followed(path):
            self._on(WatchEvent.WRITTEN, path)

    def _is_followed(self, link: bytes) -> bool:
        """A linked folder is none of its own, but whether it leads out is to be looked at."""
        return self._recursive and not self._ignore.folder(link)

    def _happened_to_folder(self, path: bytes, event: InotifyEvent) -> None:
        if not self._recursive or self._ignore.folder(path):
            return
        if (
            event.is_delete
        ):  # It was empty, so it alone can be watched still: the kernel waits until no one has it open.
            self._drop([folder] if (folder := self._folders.get(path)) else [])
        elif event.is_move:
            self._drop(self._at_or_below(path))
        if event.mask & _LEFT:
            self._on(WatchEvent.FOLDER_GONE, path)
        elif path not in self._folders:
            if self._try_add(path):
                self._on(WatchEvent.FOLDER, path)
        elif self._is_closed(path) != (path in self._closed):
            self._opened_or_closed(path)

    def _is_closed(self, path: bytes) -> bool:
        return not os.access(path, os.R_OK | os.X_OK, effective_ids=True)

    def _opened_or_closed(self, path: bytes) -> None:
        """Until now it could be watched, but what is in it could not be looked at; or the other way round."""
        self._closed ^= {path}
        try:
            inner = [] if path in self._closed else subfolders(path, self._ignore)
        except OSError:
            inner = []
        if all(self._try_add(folder) for folder in inner if folder not in self._folders):
            self._on(WatchEvent.FOLDER, path)

    def _try_add(self, top: bytes) -> bool:
        try:
            self._add(top)
        except OSError:
            self._end()
            return False
        return True

    def _add(self, top: bytes) -> None:
        """Watch a folder and all below. Each is watched first and listed then, so that a folder made meanwhile is
        listed or announced, or both. Raises OSError if the root can't be watched, or no more folders can.
        """
        pending = [top]
        while pending:
            path = pending.pop()
            try:
                self._add_one(path)
                if self._recursive:
                    pending += subfolders(path, self._ignore)
            except OSError as exc:
                # A subfolder gone again is announced as such; one closed to us is reported by every scan.
                if path == self._root or exc.errno in {errno.ENOSPC, errno.ENOMEM}:
                    raise

    def _add_one(self, path: bytes) -> None:
        folder = _Folder(path, self)
        mask = _MASK if path == self._root else Mask(_MASK | InotifyConstants.IN_DONT_FOLLOW)
        folder.watch = self._inotify.add_callback(path, mask, folder, folder.id)
        if folder.watch < 0:  # watchdog's way of passing over EACCES
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        self._folders[path] = folder
        self._closed -= {path}
        if self._is_closed(path):
            self._closed.add(path)

    def _at_or_below(self, path: bytes) -> list[_Folder]:
        below = path + b"/"
        return [folder for at, folder in self._folders.items() if at == path or at.startswith(below)]

    def _drop(self, folders: list[_Folder]) -> None:
        for folder in folders:
            del self._folders[folder.path]
        self._inotify.remove_callbacks([(folder.watch, folder.id) for folder in folders])

    def _end(self) -> None:
        self._ended = True
        self._on(WatchEvent.LOST, self._root)
