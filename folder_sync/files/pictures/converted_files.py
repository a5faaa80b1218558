"""The converted files of photos that are not settled yet, by the bytes in the folder and the recipe."""

from __future__ import annotations

import os
import tempfile
import threading
import time
from collections.abc import Collection, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO, Final

from folder_sync.files.pictures.conversion_process import Converted, Converter
from folder_sync.files.pictures.inspection import identify
from folder_sync.photo import Reason
from folder_sync.rules.conversion import Recipe

REST_SECONDS: Final = 900.0
"""How long one that no photo waits for is left: it may be just about to be recorded."""

_UNFINISHED: Final = b".converting-"


@dataclass(frozen=True, slots=True)
class Kept:
    path: bytes
    converted: Converted


class ConvertedFiles:
    """In a folder of their own, which is made when it is first needed. Thread-safe."""

    def __init__(self, folder: bytes, converter: Converter, max_bytes: int, *, keeps_one: bool = False) -> None:
        """``keeps_one``: the last, for nothing of it will go."""
        self._keeps_one = keeps_one
        self._folder = folder
        self._converter = converter
        self._max_bytes = max_bytes
        self._lock = threading.Lock()

    def make(self, file: BinaryIO, sha256: str, recipe: Recipe) -> Kept | Reason:
        """What goes in place of ``file``, whose bytes are ``sha256``: kept since it was made, or made now; or why it
        can't be. Raises OSError.
        """
        with self._lock:
            if (kept := self.find(sha256, recipe.key)) is not None:
                return kept
            os.makedirs(self._folder, mode=0o700, exist_ok=True)
            if self._keeps_one:
                for name in list(self._names()):
                    os.unlink(os.path.join(self._folder, name))
            number, path = tempfile.mkstemp(prefix=_UNFINISHED, dir=self._folder)
            try:
                with open(number, "w+b") as out:
                    made = self._converter.convert(file, recipe, self._max_bytes, out)
                    if isinstance(made, Reason):
                        return made
                    os.fsync(out.fileno())
                final = os.path.join(self._folder, _name(sha256, recipe.key, made))
                os.rename(path, final)
                return Kept(final, made)
            finally:
                with suppress(FileNotFoundError):
                    os.unlink(path)

    def find(self, sha256: str, key: str) -> Kept | None:
        """None also where it is damaged. Raises OSError."""
        begin = f"{sha256}.{key}.".encode()
        for name in self._names():
            if name.startswith(begin):
                path = os.path.join(self._folder, name)
                with suppress(FileNotFoundError), open(path, "rb") as file:
                    os.utime(file.fileno())
                    content = identify(file)
                    if name == _name(sha256, key, made := Converted(content, *_facts(name))):
                        return Kept(path, made)
        return None

    def holds_any(self) -> bool:
        """Raises OSError."""
        return next(self._names(), None) is not None

    def drop_all_but(self, used: Collection[tuple[str, str]]) -> None:
        """``used``: the bytes and recipes of photos that are to be sent, or may have been. Raises OSError."""
        before = time.time() - REST_SECONDS
        for name in self._names():
            sha256, key, *_ = [*name.decode("ascii", "replace").split("."), ""]
            path = os.path.join(self._folder, name)
            with suppress(FileNotFoundError):
                if (sha256, key) not in used and os.stat(path).st_mtime < before:
                    os.unlink(path)

    def close(self) -> None:
        self._converter.close()

    def _names(self) -> Iterator[bytes]:
        try:
            yield from os.listdir(self._folder)
        except FileNotFoundError:
            return


def _name(sha256: str, key: str, made: Converted) -> bytes:
    """With all that is known of it, and proves it whole."""
    pages = "page" if made.is_first_page else "picture"
    return f"{sha256}.{key}.{made.content.sha256}.{made.width}x{made.height}.{pages}.{made.content.format}".encode()


def _facts(name: bytes) -> tuple[int, int, bool]:
    """Width, height, and whether it is the first page of several."""
    *_, size, pages, _ = name.decode("ascii").split(".")
    width, height = size.split("x")
    return int(width), int(height), pages == "page"
