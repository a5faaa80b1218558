"""Small pictures: made on first request, cached by the photo's digest, within the room allowed."""

from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Collection, Sequence
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from folder_sync.files.opening import NotOpened, open_photo
from folder_sync.files.pictures.picture_process import PictureProcess
from folder_sync.photo import Format, Record

_CHUNK: Final = 1 << 20
_LARGEST_BYTES: Final = 500_000_000
"""No photo is that large (``intake.max_megabytes``); larger files are not read."""


class Thumbnails:
    """``roots``: the watched folders; no byte of a file outside them is read. ``folder``: where they are kept.

    ``watchers``: whose files are on this machine (``store.ports.Reader.sendable``).
    """

    def __init__(self, folder: Path, roots: Sequence[bytes], megabytes: float, watchers: Collection[str]) -> None:
        self._watchers = frozenset(watchers)
        self._folder = folder
        self._roots = list(roots)
        self._most = int(megabytes * 1_000_000)
        self._process = PictureProcess()
        self._lock = threading.Lock()
        self._kept: int | None = None

    def of(self, photo: Record) -> tuple[str, bytes] | None:
        """(digest of the photo, WebP); None where there is nothing to show. Blocks: it may read a whole photo.

        Once kept it is shown whatever became of the file; a file that was replaced since is not shown for the old one.
        """
        if photo.sha256 is not None and (kept := self._kept_one(photo.sha256)) is not None:
            return photo.sha256, kept
        if photo.format is Format.SVG or photo.watcher not in self._watchers:
            return None
        try:
            with self._open(photo.path) as file:
                digest = _digest(file)
                if digest is None or (photo.sha256 is not None and digest != photo.sha256):
                    return None
                made = self._kept_one(digest) or self._process.thumbnail(file)
        except (NotOpened, OSError):
            return None
        if made is None:
            return None
        self._keep(digest, made)
        return digest, made

    def close(self) -> None:
        self._process.close()

    def _open(self, path: bytes) -> BinaryIO:
        root = next((root for root in self._roots if path.startswith(root.rstrip(b"/") + b"/")), None)
        if root is None:
            raise FileNotFoundError("in no watched folder")
        return open_photo(path, root)[0]

    def _place(self, digest: str) -> Path:
        return self._folder / digest[:2] / f"{digest}.webp"

    def _kept_one(self, digest: str) -> bytes | None:
        place = self._place(digest)
        try:
            data = place.read_bytes()
        except OSError:
            return None
        with suppress(OSError):  # read-only, perhaps
            os.utime(place)
        return data

    def _keep(self, digest: str, data: bytes) -> None:
        """If it can't be cached, the next request makes it again."""
        place = self._place(digest)
        with self._lock, suppress(OSError):
            if self._kept is None:
                self._kept = sum(size for _, size, _ in self._all())
            if place.exists():
                return
            self._folder.mkdir(mode=0o700, exist_ok=True)
            place.parent.mkdir(mode=0o700, exist_ok=True)
            part = place.with_suffix(".part")
            descriptor = os.open(part, os.O_CREAT | os.O_WRONLY | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            with open(descriptor, "wb") as file:
                file.write(data)
            part.rename(place)
            self._kept += len(data)
            if self._kept > self._most:
                self._make_room()

    def _make_room(self) -> None:
        """Delete the least recently used until a tenth of the room is free."""
        found = sorted(self._all())
        kept = sum(size for _, size, _ in found)
        for _, size, path in found:
            if kept <= self._most * 0.9:
                break
            path.unlink(missing_ok=True)
            kept -= size
        self._kept = kept

    def _all(self) -> list[tuple[float, int, Path]]:
        found: list[tuple[float, int, Path]] = []
        for path in self._folder.glob("??/*"):
            with suppress(OSError):
                status = path.stat()
                found.append((status.st_mtime, status.st_size, path))
        return found


def _digest(file: BinaryIO) -> str | None:
    """None for what is too large to be a photo. Leaves the file at its beginning."""
    digest = hashlib.sha256()
    read = 0
    while chunk := file.read(_CHUNK):
        read += len(chunk)
        if read > _LARGEST_BYTES:
            return None
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()
