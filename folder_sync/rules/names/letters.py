"""Letters of a name that nobody sees: taken out or translated where it is certain what was meant."""

from __future__ import annotations

import re
from typing import Final

from folder_sync.text import unseen

_FROM_MACOS: Final = {0xF020 + at: letter for at, letter in enumerate('"*:<>?\\|')} | {0xF028: " ", 0xF029: "."}
"""How macOS writes over SMB what Windows would not take, blanks and dots at the end included (Services for Macintosh:
``SFM_*`` in Linux' ``fs/smb/client/cifs_unicode.h``)."""

_TAKEN_OUT: Final = re.compile(
    "[\u00ad\u061c\u200b\u200e\u200f\u202a-\u202c\u2060-\u2064\u2066-\u2069\ufeff]"
    # Joiners beside plain letters join nothing; a variation selector varies nothing.
    "|(?<![^\x00-\x7f])[\u200c\u200d]|[\u200c\u200d](?![^\x00-\x7f])"
    "|(?<![^\x00-\x22\x24-\x29\x2b-\x2f\x3a-\x7f])[\ufe00-\ufe0f]"
)
"""Zero width, soft hyphens, and marks that change no order of letters by themselves. The overrides (U+202D, U+202E) are
not among them: without them a name reads otherwise than it was seen."""


_VARIATIONS: Final = re.compile("[\ufe00-\ufe0f]")


def cleaned(name: str) -> str:
    """The name as it was seen by whoever gave it."""
    if name.isascii() or (name.isprintable() and not _VARIATIONS.search(name)):
        return name
    return _TAKEN_OUT.sub("", name.translate(_FROM_MACOS))


def without_unseen(text: str) -> str:
    """``text`` without the letters that nobody sees."""
    hidden = set(unseen(text))
    return "".join(letter for letter in text if letter not in hidden)
