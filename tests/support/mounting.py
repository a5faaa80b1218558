"""Real mounts for tests, made and taken away as an operator does it. Needs root."""

from __future__ import annotations

import subprocess
from pathlib import Path


class Mounts:
    """Everything still mounted at the end is unmounted."""

    def __init__(self) -> None:
        self._mounted: list[Path] = []

    def tmpfs(self, place: Path, options: str = "size=64m") -> None:
        self._mount("-t", "tmpfs", "-o", options, "tmpfs", place)

    def bind(self, source: Path, place: Path) -> None:
        """Like a share: what is in it stays when it is unmounted."""
        self._mount("--bind", source, place)

    def read_only(self, place: Path, *, on: bool = True) -> None:
        subprocess.run(["mount", "-o", f"remount,bind,{'ro' if on else 'rw'}", place], check=True)

    def unmount(self, place: Path) -> None:
        subprocess.run(["umount", place], check=True)
        self._mounted.remove(place)

    def clear(self) -> None:
        for place in reversed(self._mounted):
            subprocess.run(["umount", "--lazy", place], check=True)
        self._mounted.clear()

    def _mount(self, *arguments: str | Path) -> None:
        subprocess.run(["mount", *arguments], check=True)
        self._mounted.append(Path(arguments[-1]))
