"""The house's names alone: ``<gtin>[__<title>][__<flag>…].<ext>``, read and written."""

from __future__ import annotations

from typing import Final

from folder_sync.photo import Format, Label
from folder_sync.rules.names.ignored import is_ignored_folder
from folder_sync.rules.names.meaning import Ignored, Named, Rejected, Understanding
from folder_sync.rules.names.naming import Naming
from folder_sync.rules.names.parts import LONGEST, PRIMARY

__all__ = [
    "Ignored",
    "Named",
    "Rejected",
    "Understanding",
    "format",
    "ignored_file",
    "is_ignored_folder",
    "parse",
    "parse_by_bytes",
]

HOUSE: Final = Naming()


def parse(name: str) -> Understanding:
    """What a file's name, without folders, says."""
    return HOUSE.understand(name)


def parse_by_bytes(name: str, found: Format) -> Understanding:
    return HOUSE.by_bytes(name, found)


def ignored_file(name: str) -> str | None:
    return HOUSE.ignored_file(name)


def format(label: Label, image_format: Format) -> str:  # noqa: A001 - read as naming.format, beside naming.parse
    """The canonical name of a photo, such that ``parse`` gives the label back.

    Raises ``ValueError`` for a label that no file's name can say: its title reads as a flag, has ``_``, ``/`` or
    two spaces in it, is not NFC, or is too long for a file system.
    """
    parts = (
        label.gtin,
        label.title.replace(" ", "_"),
        PRIMARY if label.is_primary else "",
        "" if label.number is None else str(label.number),
    )
    name = f"{'__'.join(filter(None, parts))}.{image_format}"
    understood = parse(name)
    is_right = isinstance(understood, Named) and (understood.label, understood.format) == (label, image_format)
    if not is_right or "/" in name or len(name.encode()) > LONGEST:
        raise ValueError(f"No file name says {label!r}.")
    return name
