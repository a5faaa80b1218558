"""Whether what is to be converted can be read here: not everything is installed everywhere."""

from __future__ import annotations

import importlib.util
from typing import Final

from PIL import features

from folder_sync.rules.conversion import Source

_OF_PILLOW: Final = {Source.TIFF: "libtiff", Source.PSD: "libtiff", Source.AVIF: "avif", Source.JPEG_2000: "jpg_2000"}


def lacking(source: Source) -> tuple[str, str] | None:
    """What is missing, and what to do about it."""
    if source is Source.HEIC:
        if importlib.util.find_spec("pi_heif") is not None:
            return None
        return (
            "convert.formats has heic, which needs the extra `heic`, which is not installed.",
            "Install folder-sync[heic], or take heic out.",
        )
    if _OF_PILLOW[source] in features.get_supported():
        return None
    return (
        f"convert.formats has {source}, which the Pillow that is installed can't read.",
        f"Install one that can, such as pip's newest, or take {source} out.",
    )
