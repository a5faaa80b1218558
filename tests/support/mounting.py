"""Real mounts for tests, made and taken away as an operator does it. Needs root."""

from __future__ import annotations

import ctypes
import os
import subprocess
from pathlib import Path

_libc = ctypes.CDLL(None, use_errno=True)


class Mounts:
    """Everything still mounted at the end is unmounted."""

    def __init__(self) -> None:
        self._mounted: list[Path] = []
        self._dead: dict[Path, int] = {}

    def tmpfs(self, place: Path, options: str = "size=64m") -> None:
        self._mount("-t", "tmpfs", "-o", options, "tmpfs", place)

    def bind(self, source: Path, place: Path) -> None:
        """Like a share: what is in it stays when it is unmounted."""
        self._mount("--bind", source, place)

    def overlay(self, lower: Path, upper: Path, work: Path, place: Path) -> None:
        """Its files are on a device of their own, which no mount has (overlayfs of Linux, *Inode properties*)."""
        options = f"lowerdir={lower},upperdir={upper},workdir={work},xino=off"
        self._mount("-t", "overlay", "-o", options, "overlay", place)

    def read_only(self, place: Path, *, on: bool = True) -> None:
        subprocess.run(["mount", "-o", f"remount,bind,{'ro' if on else 'rw'}", place], check=True)

    def dead(self, place: Path) -> None:
        """Like a share whose server is gone: whoever looks at it waits. It is a FUSE that nobody serves (fuse(4))."""
        device = os.open("/dev/fuse", os.O_RDWR | os.O_CLOEXEC)
        options = f"fd={device},rootmode=40000,user_id=0,group_id=0".encode()
        if _libc.mount(b"dead", os.fsencode(place), b"fuse", 0, options):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()), place)
        self._dead[place] = device

    def revive(self, place: Path) -> None:
        """Who waits gets an error, and then what was there before is there again."""
        os.close(self._dead.pop(place))
        subprocess.run(["umount", "--lazy", place], check=True)

    def unmount(self, place: Path) -> None:
        subprocess.run(["umount", place], check=True)
        self._mounted.remove(place)

    def clear(self) -> None:
        for place in list(self._dead):
            self.revive(place)
        for place in reversed(self._mounted):
            subprocess.run(["umount", "--lazy", place], check=True)
        self._mounted.clear()

    def _mount(self, *arguments: str | Path) -> None:
        subprocess.run(["mount", *arguments], check=True)
        self._mounted.append(Path(arguments[-1]))
