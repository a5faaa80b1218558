"""API keys: their form and checksum, so that a mistyped key is told from a revoked one before it is sent.

``<prefix>_<body>_<checksum>``: 32 random alphanumeric characters and the CRC-32 of them as 8 lower-case
hexadecimal digits (*Authentication*). No message in here repeats a part of a key.
"""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, NoReturn

from folder_sync.errors import FolderSyncError


class KeyKind(StrEnum):
    """What a key stands for; the value is its prefix."""

    BUSINESS = "csb"
    """One organization, with full rights."""
    USER = "csu"
    """A person, with the rights of all their memberships."""
    PUBLISHABLE = "cpk"
    """Browser widgets: not meant for uploads."""


class MalformedKey(FolderSyncError):
    """The text can't be an API key, whatever the server would say."""

    exit_code = 78


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key of the right form. ``value`` is the secret: it shows in no repr, and pickling is refused."""

    value: str = field(repr=False)
    kind: KeyKind

    def __reduce__(self) -> NoReturn:
        raise TypeError("an API key is not pickled")


_FORM: Final = re.compile(r"(csb|csu|cpk)_([A-Za-z0-9]{32})_([0-9a-f]{8})")
_PREFIXES: Final = tuple(f"{kind}_" for kind in KeyKind)
_IN_MORE_TEXT: Final = re.compile(rf"(?<![A-Za-z0-9_]){_FORM.pattern}(?![A-Za-z0-9_])")
_LENGTH: Final = 3 + 1 + 32 + 1 + 8
_COPY_AGAIN: Final = "Copy the whole key from Closient again."


def parse_key(text: str) -> ApiKey:
    """Read a key, with or without white space around it (a key file ends with a line feed).

    Raises MalformedKey: more than the key is there, the prefix is unknown, the length is wrong, or the checksum does
    not fit.
    """
    text = text.strip()
    if _IN_MORE_TEXT.search(text) and not _FORM.fullmatch(text):
        raise MalformedKey(
            "There is more than the API key.",
            "Leave out quotation marks and anything before or after the key, such as export NAME=.",
        )
    if not text.startswith(_PREFIXES):
        *others, last = _PREFIXES
        raise MalformedKey(f"The API key does not begin with {', '.join(others)} or {last}.", _COPY_AGAIN)
    if len(text) != _LENGTH:
        raise MalformedKey(
            f"The API key has {len(text)} characters where {_LENGTH} are needed: it is mistyped or cut off.",
            _COPY_AGAIN,
        )
    form = _FORM.fullmatch(text)
    if form is None or int(form[3], 16) != zlib.crc32(form[2].encode("ascii")):
        raise MalformedKey("The API key's checksum does not fit: it is mistyped or cut off.", _COPY_AGAIN)
    return ApiKey(text, KeyKind(form[1]))
