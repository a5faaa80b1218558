"""Which files and folders are none of our business: they leave no record and no message."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from fnmatch import fnmatchcase
from typing import Final

_SYSTEM_FILES: Final = frozenset({"thumbs.db", "desktop.ini"})
_UNFINISHED: Final = ("~", ".tmp", ".part", ".partial", ".filepart", ".crdownload", ".!sync")
_RAW: Final = (".cr2", ".cr3", ".nef", ".arw", ".raf", ".dng", ".orf", ".rw2", ".iiq")
_BESIDE_PHOTOS: Final = (".xmp", ".cos", ".cop", ".psd", ".psb", ".txt", ".pdf", ".db", ".zip")
_FOLDERS: Final = frozenset({"CaptureOne", "@eaDir", "lost+found"})


def ignored_file(name: str) -> str | None:
    """Why a file of this name (no folders) is ignored, as a sentence; None where it is a photo to deliver.

    Letter case does not matter: cameras write ``.CR3``, and Windows shares ``THUMBS.DB``.
    """
    lower = name.lower()
    if name.startswith("."):
        return "Files whose name starts with a dot are hidden files, not photos."
    if lower in _SYSTEM_FILES:
        return "The computer keeps this file for itself."
    if lower.endswith(_UNFINISHED):
        return "The name is that of a backup copy or of a file still being written."
    if lower.endswith(_RAW):
        return "Raw files are not uploaded, only the photos exported from them."
    if lower.endswith(_BESIDE_PHOTOS):
        return "Files of this kind lie beside photos and are not uploaded."
    return None


def is_ignored_folder(name: str) -> bool:
    """Whether nothing below a folder of this name is ever looked at.

    Every folder starting with a dot is one (``.Trash-1000`` too): sync tools and netatalk keep copies there.
    """
    return name.startswith(".") or name in _FOLDERS


def matches_globs(relative_path: str, globs: Sequence[str]) -> bool:
    """Whether a path below the watched folder (``/`` between parts) is one that the setting ``ignore`` names.

    Each glob is tried on the last part and on the whole path, with the meaning of ``fnmatch``: letter case
    counts, and ``*`` matches ``/`` too, so ``drafts/*`` is everything below ``drafts``. Composed and decomposed
    accents are the same, as macOS clients write the latter.
    """
    path = unicodedata.normalize("NFC", relative_path)
    name = path.rpartition("/")[2]
    patterns = [unicodedata.normalize("NFC", glob) for glob in globs]
    return any(fnmatchcase(name, pattern) or fnmatchcase(path, pattern) for pattern in patterns)
