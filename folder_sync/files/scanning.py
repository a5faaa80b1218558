"""Finding out what is in a watched folder, at the price of one ``stat`` a file.

Events only make the service fast; a pass over the folder, compared with what the database knows, is the truth:
after a queue overflow the lost files are not announced again, and network file systems announce nothing.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field

from folder_sync.errors import WatchUnavailable
from folder_sync.files.ignoring import IgnoreRules
from folder_sync.files.opening import LEADS_NOWHERE, fingerprint
from folder_sync.photo import Fingerprint
from folder_sync.text import display

Sighting = tuple[bytes, Fingerprint]
"""An absolute path, and what was found there."""

Known = Callable[[bytes], Mapping[bytes, Fingerprint]]
"""For a folder's absolute path: the names recorded in it, with the fingerprint each had when it was last dealt with."""


@dataclass(slots=True)
class ScannedFolder:
    """One folder. Only differences from what is known are listed; what is as it was appears nowhere."""

    path: bytes
    changed: list[Sighting] = field(default_factory=list)
    """New or changed files, and links to files: those with the target's fingerprint, wherever it leads."""
    special: list[Sighting] = field(default_factory=list)
    """What no one should open: pipes, sockets, devices, links to nowhere."""
    outside: list[Sighting] = field(default_factory=list)
    """Links to folders outside the watched one; not followed."""
    vanished: list[bytes] = field(default_factory=list)
    """Known, and not there."""
    unreadable: list[bytes] = field(default_factory=list)
    """The folder itself, or files in it, that can't be looked at. What is known of them is left as it is."""
    entries: int = 0
    """How many names the folder holds, ignored ones too: an unmounted folder has none."""


def root_identity(root: bytes) -> tuple[int, int]:
    """Device and inode of a watched folder: other ones later mean that it was unmounted, or exchanged.

    Raises WatchUnavailable if it isn't a folder.
    """
    try:
        status = os.stat(root)
    except OSError as exc:
        raise folder_unavailable(root, exc) from exc
    if not stat.S_ISDIR(status.st_mode):
        raise folder_unavailable(root, NotADirectoryError())
    return status.st_dev, status.st_ino


def folder_unavailable(root: bytes, error: OSError) -> WatchUnavailable:
    """What to tell people about a watched folder that can't be listed."""
    name = display(os.fsdecode(root))
    match error:
        case FileNotFoundError():
            return WatchUnavailable(f"The watched folder {name} is not there.", "Create it, or mount it.")
        case NotADirectoryError():
            return WatchUnavailable(f"{name} is not a folder.", "Correct its path in the configuration.")
        case PermissionError():
            hint = "Give the user that runs folder-sync the right to read it."
            return WatchUnavailable(f"The watched folder {name} may not be read.", hint)
        case _:
            hint = "Check the disk, or the network if it is on a server."
            return WatchUnavailable(f"The watched folder {name} can't be read: {error.strerror}.", hint)


def subfolders(path: bytes, ignore: IgnoreRules) -> list[bytes]:
    """The folders in a folder, without links and ignored ones. Raises OSError if it can't be listed."""
    with os.scandir(path) as entries:
        folders = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    return [folder for folder in folders if not ignore.folder(folder)]


def closed_folders(root: bytes, ignore: IgnoreRules) -> Iterator[bytes]:
    """The folders below a watched one whose photos this user can't see: they may not be listed, or not be entered."""
    pending = [root]
    while pending:
        path = pending.pop()
        if path != root and not os.access(path, os.R_OK | os.X_OK, effective_ids=True):
            yield path
            continue
        with suppress(OSError):  # gone meanwhile
            pending += subfolders(path, ignore)


def scan(
    root: bytes, *, recursive: bool, ignore: IgnoreRules, known: Known, start: bytes | None = None
) -> Iterator[ScannedFolder]:
    """Every folder from ``start`` (default: ``root``) downwards, parents before children; asks ``known`` once for each.

    A linked folder is not followed: if it leads inside ``root``, its files are found in their own place, under names
    that don't depend on the order of a listing. So no loop of links can catch the scanner either.

    Folders that are no longer there are not visited. After a whole pass, what is known of folders that were not
    yielded is gone.

    Raises WatchUnavailable if ``root`` can't be listed, or is unmounted or exchanged during the scan: then what
    seems to have vanished has not.
    """
    identity = root_identity(root)
    look = _Look(os.path.realpath(root), ignore, recursive=recursive)
    pending = [root if start is None else start]
    while pending:
        path = pending.pop()
        try:
            folder, below = look.into(path, known(path))
        except OSError as exc:
            if path == root:
                raise folder_unavailable(root, exc) from exc
            if isinstance(exc, FileNotFoundError | NotADirectoryError) and root_identity(root) == identity:
                continue  # gone since it was listed, or heard of: that is not to say that it is closed to us
            folder, below = ScannedFolder(path, unreadable=[path]), []
        if (folder.vanished or folder.unreadable) and root_identity(root) != identity:
            raise folder_unavailable(root, FileNotFoundError())
        yield folder
        pending += below


class _Look:
    """How one pass looks at folders and at what is in them."""

    def __init__(self, real_root: bytes, ignore: IgnoreRules, *, recursive: bool) -> None:
        self._real_root = real_root
        self._ignore = ignore
        self._recursive = recursive

    def into(self, path: bytes, known: Mapping[bytes, Fingerprint]) -> tuple[ScannedFolder, list[bytes]]:
        """One folder, and its subfolders. Raises OSError if it can't be listed to the end."""
        folder = ScannedFolder(path)
        below: list[bytes] = []
        missing = dict(known)
        with os.scandir(path) as entries:
            for entry in entries:
                folder.entries += 1
                if entry.is_dir(follow_symlinks=False):
                    if self._recursive and not self._ignore.folder(entry.path):
                        below.append(entry.path)
                    continue
                before = missing.pop(entry.name, None)
                # Nearly every name is one that was taken in before: it is not judged again.
                if before is None and self._ignore.file(entry.path):
                    continue
                try:
                    found, status = self._at(entry, folder)
                except FileNotFoundError:
                    if before is not None:
                        folder.vanished.append(entry.path)
                    continue
                except OSError:
                    folder.unreadable.append(entry.path)
                    continue
                if found is not None and not _is_as_before(status, before):
                    found.append((entry.path, fingerprint(status)))
        folder.vanished += [os.path.join(path, name) for name in missing]
        return folder, below

    def _at(self, entry: os.DirEntry[bytes], folder: ScannedFolder) -> tuple[list[Sighting] | None, os.stat_result]:
        """What an entry that is not a folder counts as, and the status to know it by."""
        itself = entry.stat(follow_symlinks=False)
        if entry.is_file(follow_symlinks=False):
            return folder.changed, itself
        if not entry.is_symlink():
            return folder.special, itself
        try:
            target = entry.stat()
        except OSError as exc:
            if exc.errno in LEADS_NOWHERE:
                return folder.special, itself
            raise
        if stat.S_ISREG(target.st_mode):
            return folder.changed, target
        if not stat.S_ISDIR(target.st_mode):
            return folder.special, itself
        if not self._recursive or self._ignore.folder(entry.path) or self._is_inside(entry.path):
            return None, itself
        return folder.outside, itself

    def _is_inside(self, link: bytes) -> bool:
        return os.path.commonpath([os.path.realpath(link), self._real_root]) == self._real_root


def _is_as_before(status: os.stat_result, before: Fingerprint | None) -> bool:
    if before is None:
        return False
    if stat.S_ISLNK(status.st_mode):  # to nowhere: its size is that of its target's name, the record's that of a photo
        return (status.st_mtime_ns, status.st_ctime_ns) == (before.mtime_ns, before.ctime_ns)
    as_it_is = (status.st_size, status.st_mtime_ns, status.st_ctime_ns)  # of nearly every file: no value is made for it
    return as_it_is == (before.size, before.mtime_ns, before.ctime_ns) or fingerprint(status) == before
