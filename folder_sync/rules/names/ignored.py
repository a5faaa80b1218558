"""Which files and folders are none of our business: they leave no record and no message."""

from __future__ import annotations

from typing import Final

_SYSTEM_FILES: Final = frozenset({"thumbs.db", "desktop.ini", "icon\r"})
_UNFINISHED: Final = (
    "~", ".tmp", ".part", ".partial", ".filepart", ".crdownload", ".download", ".opdownload", ".!sync", ".!ut", ".!qb",
    ".rsync-partial", ".ffs_tmp", "_exiftool_tmp", "_original", ".bak", ".swp", ".icloud", ".nextcloud",
)  # fmt: skip
_RAW: Final = (
    ".cr2", ".cr3", ".nef", ".arw", ".raf", ".dng", ".orf", ".rw2", ".rwl", ".pef", ".srw", ".3fr", ".fff", ".iiq",
)  # fmt: skip
_BESIDE_PHOTOS: Final = (
    ".xmp", ".aae", ".dop", ".pp3", ".cos", ".cop", ".psd", ".psb", ".txt", ".pdf", ".db", ".zip", ".lnk", ".url",
    ":zone.identifier",
)  # fmt: skip
BESIDE_PHOTOS: Final = "Files of this kind lie beside photos and are not uploaded."
_CATALOGUES: Final = (".lrcat", ".cosessiondb")
"""Extensions of programs that keep more files beside them, such as ``.lrcat-wal``."""

_FOLDERS: Final = frozenset({"CaptureOne", "@eaDir", "lost+found"})
_BINS: Final = frozenset(
    {
        "#recycle", "@recycle", "$recycle.bin", "recycler", "#snapshot", "~snapshot", "@recently-snapshot", "@tmp",
        "@synoresource", "system volume information", "network trash folder", "temporary items",
    }
)  # fmt: skip
"""Bins, snapshots and indexes of servers, into which a move is a deletion. Systems differ in their letter case."""


def ignored_file(name: str) -> str | None:
    """Why a file of this name (no folders) is ignored, as a sentence; None where it is a photo to deliver.

    Letter case does not matter: cameras write ``.CR3``, and Windows shares ``THUMBS.DB``.
    """
    lower = name.lower()
    if name.startswith("."):
        return "Files whose name starts with a dot are hidden files, not photos."
    if lower in _SYSTEM_FILES or name.startswith("~$"):
        return "The computer keeps this file for itself."
    if lower.endswith(_UNFINISHED):
        return "The name is that of a backup copy or of a file still being written."
    if lower.endswith(_RAW):
        return "Raw files are not uploaded, only the photos exported from them."
    if lower.endswith(_BESIDE_PHOTOS) or lower[lower.rfind(".") :].startswith(_CATALOGUES):
        return BESIDE_PHOTOS
    return None


def is_ignored_folder(name: str) -> bool:
    """Whether nothing below a folder of this name is ever looked at.

    Every folder starting with a dot is one (``.Trash-1000`` too): sync tools and netatalk keep copies there.
    """
    return name.startswith(".") or name in _FOLDERS or name.lower() in _BINS
