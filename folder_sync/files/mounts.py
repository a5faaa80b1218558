"""On which kind of file system a path lies, and what is mounted below it: some send no events, some can't lock."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, NamedTuple

NETWORK: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "9p", "afs", "ceph", "glusterfs", "lustre", "davfs", "vboxsf"}
    | {"virtiofs", "vmhgfs", "prl_fs", "beegfs", "gpfs", "orangefs", "ocfs2", "gfs2", "coda", "autofs"}
)
"""Types whose other writers this machine's kernel does not hear of; all of FUSE is counted among them."""


class _Mount(NamedTuple):
    """``root``: the folder of ``device`` that is seen at ``place``."""

    number: bytes
    device: bytes
    root: bytes
    place: bytes
    kind: str


@dataclass(frozen=True, slots=True)
class Tree:
    """What is seen at ``place`` and below it is kept on ``device`` in the folder ``kept``."""

    place: bytes
    device: bytes
    kept: bytes

    def place_of(self, other: Tree) -> bytes | None:
        """Where in this one all of ``other`` is seen; None: it is not."""
        if self.device != other.device or not is_at_or_below(other.kept, self.kept):
            return None
        return os.path.normpath(self.place + b"/" + other.kept[len(self.kept) :])


def file_system(path: bytes) -> str:
    """The type of the file system that holds a path that exists, as proc_pid_mountinfo(5) names it."""
    mount = _mount_of(path)
    return "unknown" if mount is None else mount.kind


def trees(root: bytes) -> list[Tree]:
    """Of a folder that exists: where its files are really kept, and those of what is mounted below it.

    Mounts tell what paths do not: the same files may be seen at several places (``mount --bind``).
    """
    mount, real = _mount_of(root), os.path.realpath(root)
    if mount is None:
        return []
    itself = Tree(root, mount.device, os.path.normpath(mount.root + b"/" + real[len(mount.place.rstrip(b"/")) :]))
    below = {one.place: one for one in _mounts(_table()) if is_below(one.place, real)}  # the last one covers the others
    inner = [Tree(root + place[len(real) :], one.device, one.root) for place, one in below.items()]
    return [itself, *inner]


def _mount_of(path: bytes) -> _Mount | None:
    """By its number: a device is not enough, for files on btrfs are on none that is mounted."""
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        with open(f"/proc/self/fdinfo/{place}", "rb") as about:
            number = next((line.split()[1] for line in about if line.startswith(b"mnt_id:")), b"")
    finally:
        os.close(place)
    return next((mount for mount in _mounts(_table()) if mount.number == number), None)


def mounts_of(root: bytes) -> dict[bytes, str]:
    """Where something is mounted that a folder depends on, and of which type: above it, at itself, and below it.

    At and below it under its own name, above it under the real one. The root of all is left out, for it never goes.
    """
    return dict(_mounts_in(_table(), root, os.path.realpath(root)))


@lru_cache(maxsize=64)
def _mounts_in(table: bytes, root: bytes, real: bytes) -> dict[bytes, str]:
    """Asked every two seconds for each watched folder, and nearly always of the same table."""
    found: dict[bytes, str] = {}
    for *_, place, kind in _mounts(table):
        if is_at_or_below(place, real):
            inner = place[len(real) :].lstrip(b"/")
            found[os.path.join(root, inner) if inner else root] = kind
        elif place != b"/" and is_at_or_below(real, place):
            found[place] = kind
    return found


def is_network(kind: str) -> bool:
    return kind in NETWORK or kind.startswith("fuse")


def _table() -> bytes:
    with open("/proc/self/mountinfo", "rb", buffering=0) as mounts:
        return mounts.read()


def _mounts(table: bytes) -> Iterator[_Mount]:
    """In the order in which they were mounted."""
    for line in table.split(b"\n")[:-1]:
        fields, _, rest = line.partition(b" - ")
        number, _, device, root, place, *_ = fields.split(b" ")
        yield _Mount(number, device, _plain(root), _plain(place), rest.partition(b" ")[0].decode("ascii", "replace"))


def _plain(path: bytes) -> bytes:
    """Blanks, tabs, line feeds and backslashes are written as \\040 and the like; no other white space is."""
    return path.decode("unicode_escape").encode("latin-1") if b"\\" in path else path


def is_at_or_below(path: bytes, folder: bytes) -> bool:
    return path == folder or is_below(path, folder)


def is_below(path: bytes, folder: bytes) -> bool:
    return path.startswith(folder.rstrip(b"/") + b"/")
