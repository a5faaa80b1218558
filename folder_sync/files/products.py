"""Reading the products file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from folder_sync.errors import ProductsUnreadable

BYTES_MAX: Final = 100_000_000
"""A million products, or two."""

Version = tuple[int, int, int, int]
"""What tells a changed file from an unchanged one: inode, length, times of the last change of its bytes and of the
rest: one that nobody may read is another once somebody may."""


def version(path: Path) -> Version | None:
    """None where it can't be looked at."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def read(path: Path, bytes_max: int = BYTES_MAX) -> str:
    """Its text. Raises ProductsUnreadable."""
    try:
        with path.open("rb") as file:
            data = file.read(bytes_max + 1)
    except OSError as exc:
        what = {FileNotFoundError: "is not there", IsADirectoryError: "is a folder"}.get(type(exc), "can't be read")
        raise ProductsUnreadable(
            f"The products file {path} {what}.", "Correct products_file, or let the service's user read it."
        ) from exc
    if len(data) > bytes_max:
        raise ProductsUnreadable(
            f"The products file {path} has more than {bytes_max // 1_000_000} MB.", "Leave out what is not needed."
        )
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        line = data[: exc.start].count(b"\n") + 1
        what = f"The products file {path} is not UTF-8, at line {line}."
        raise ProductsUnreadable(what, "Save it as UTF-8.") from exc
