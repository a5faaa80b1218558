"""On which kind of file system a path lies: some send no events, some can't lock."""

from __future__ import annotations

import os
from typing import Final

NETWORK: Final = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "9p", "afs", "ceph", "glusterfs", "lustre", "davfs", "vboxsf"}
)
"""Types whose other writers this machine's kernel does not hear of; all of FUSE is counted among them."""


def file_system(path: bytes) -> str:
    """The type of the file system that holds a path that exists, as proc_pid_mountinfo(5) names it."""
    device = os.stat(path).st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    real = os.path.realpath(path)
    best, kind = -1, "unknown"
    with open("/proc/self/mountinfo", "rb") as mounts:
        for line in mounts:
            fields, _, rest = line.partition(b" - ")
            _, _, numbers, _, place, *_ = fields.split()
            mount_point = place.decode("unicode_escape").encode("latin-1")
            inside = real == mount_point or real.startswith(mount_point.rstrip(b"/") + b"/")
            # The longest mount point that holds the path, and of those the last, is the one on top.
            if inside and numbers.decode() == wanted and len(mount_point) >= best:
                best, kind = len(mount_point), rest.split()[0].decode("ascii", "replace")
    return kind


def is_network(kind: str) -> bool:
    return kind in NETWORK or kind.startswith("fuse")
