"""On which kind of file system a path lies, and what is mounted below it: some send no events, some can't lock."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

NETWORK: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "9p", "afs", "ceph", "glusterfs", "lustre", "davfs", "vboxsf"}
    | {"virtiofs", "vmhgfs", "prl_fs", "beegfs", "gpfs", "orangefs", "ocfs2", "gfs2", "coda", "autofs"}
)
"""Types whose other writers this machine's kernel does not hear of; all of FUSE is counted among them."""


def file_system(path: bytes) -> str:
    """The type of the file system that holds a path that exists, as proc_pid_mountinfo(5) names it.

    By the number of its mount: a device is not enough, for files on btrfs are on none that is mounted.
    """
    place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    try:
        with open(f"/proc/self/fdinfo/{place}", "rb") as about:
            mount = next((line.split()[1] for line in about if line.startswith(b"mnt_id:")), b"")
    finally:
        os.close(place)
    return next((kind for number, _, kind in _mounts(_table()) if number == mount), "unknown")


def mounts_of(root: bytes) -> dict[bytes, str]:
    """Where something is mounted that a folder depends on, and of which type: above it, at itself, and below it.

    At and below it under its own name, above it under the real one. The root of all is left out, for it never goes.
    """
    return dict(_mounts_in(_table(), root, os.path.realpath(root)))


@lru_cache(maxsize=64)
def _mounts_in(table: bytes, root: bytes, real: bytes) -> dict[bytes, str]:
    """Asked every two seconds for each watched folder, and nearly always of the same table."""
    found: dict[bytes, str] = {}
    for _, place, kind in _mounts(table):
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


def _mounts(table: bytes) -> Iterator[tuple[bytes, bytes, str]]:
    """Number, mount point and type, in the order in which they were mounted."""
    for line in table.split(b"\n")[:-1]:
        fields, _, rest = line.partition(b" - ")
        number, _, _, _, place, *_ = fields.split(b" ")
        # Blanks, tabs, line feeds and backslashes are written as \040 and the like; no other white space is.
        mount_point = place.decode("unicode_escape").encode("latin-1") if b"\\" in place else place
        yield number, mount_point, rest.partition(b" ")[0].decode("ascii", "replace")


def is_at_or_below(path: bytes, folder: bytes) -> bool:
    return path == folder or is_below(path, folder)


def is_below(path: bytes, folder: bytes) -> bool:
    return path.startswith(folder.rstrip(b"/") + b"/")
