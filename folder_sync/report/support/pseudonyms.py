"""Names that stand for a studio's own: the same one for the same thing throughout a bundle, and nothing to go back by.

They are counted as things come up, so the same records give the same pseudonyms. A digest in their place could be
tried against a list of GTINs.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Hashable, Iterable
from typing import Any, Final

from folder_sync.photo import EXTENSIONS
from folder_sync.rules.names import gtin
from folder_sync.text import display, path_text, redact

_OTHER_EXTENSIONS: Final = frozenset({"heic", "heif", "tif", "tiff", "avif", "psd", "pdf", "zip", "txt", "jfif", "jpe"})
_EXTENSIONS: Final = EXTENSIONS.keys() | _OTHER_EXTENSIONS


class Pseudonyms:
    """``roots``: the watched folders."""

    def __init__(self, roots: Iterable[bytes]) -> None:
        self._given: dict[str, dict[Hashable, str]] = defaultdict(dict)
        self._roots = [_shown(root) for root in roots]
        for root in self._roots:
            self.of("folder", root)

    def of(self, kind: str, value: str | None) -> str | None:
        """``account-1``. None for what is not there."""
        if not value:
            return None
        given = self._given[kind]
        return given.setdefault(value, f"{kind}-{len(given) + 1}")

    def folder(self, path: bytes | str) -> str | None:
        return self.of("folder", _shown(path))

    def photo(self, path: bytes, id_: int) -> str:
        """``folder-1/folder-3/photo-17.jpg``: 17 is the id of the photo that came up first with this path."""
        return self._path(_shown(path), f"photo-{id_}")

    def path(self, path: bytes | str) -> str:
        """The path of a photo that came up before, or of another file: ``folder-1/file-2.jpg``."""
        return self._path(_shown(path), f"file-{len(self._given['other']) + 1}")

    def scope(self, scope: str) -> str:
        """The scope of a pause: ``account:account-1``, ``folder:folder-2``."""
        kind, _, about = scope.partition(":")
        match kind:
            case "account" | "host" | "key":
                return f"{kind}:{self.of('account', about)}"
            case "folder":
                return f"folder:{self.folder(about)}"
        return "other"

    def _path(self, path: str, new: str) -> str:
        folder, name = os.path.split(path)
        root = next((root for root in self._roots if folder == root or folder.startswith(f"{root}/")), folder)
        parts, at = [str(self.of("folder", root))], root
        for part in folder[len(root) :].split("/"):
            if part:
                at = f"{at}/{part}"
                parts.append(str(self.of("folder", at)))
        files = self._given["file"]
        if path not in files:
            files[path] = f"{new}{_extension(name)}"
            if new.startswith("file-"):
                self._given["other"][path] = new
        return "/".join([*parts, files[path]])


def shape(path: bytes) -> dict[str, Any]:
    """What can be said of a file's name without saying it: its length, its parts, and what is wrong with its GTIN."""
    name = path_text(os.path.basename(path))
    stem = name.rpartition(".")[0]
    first, *others = stem.split("__")
    is_number = first.isascii() and first.isdigit()
    return {
        "characters": len(name),
        "ascii": name.isascii(),
        "parts": 1 + len(others),
        "gtin_digits": len(first) if is_number else None,
        "gtin": _verdict(first) if is_number else None,
    }


def _verdict(digits: str) -> str:
    try:
        gtin.parse(digits)
    except gtin.NotAGtin as error:
        return error.fault.name.lower()
    return "right"


def _extension(name: str) -> str:
    extension = name.rpartition(".")[2].lower() if "." in name else ""
    return f".{extension}" if extension in _EXTENSIONS else ".other"


def _shown(path: bytes | str) -> str:
    """As the log has it."""
    return redact(display(path_text(path) if isinstance(path, bytes) else path))
