"""Names of copies that a computer made: by Explorer, Finder, file managers of Linux, browsers and sync programs.

As they call them in the languages of those systems; seen in public bug reports and in the programs' translations.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from folder_sync.photo import EXTENSIONS

_COPY: Final = (
    "copy|kopie|copie|copia|cópia|kopia|kópia|kopi|kopio|kopija|koopia|kopya|kopyası|másolat|másolata|bản sao"
    "|копия|копія|копие|копија|αντίγραφο|עותק|نسخة|สำเนา"
)
_COPY_BEHIND: Final = "(?:の)?コピー|副本|拷[贝貝]|复件|複本|복사본"
"""Of languages that put no blank between."""

_CONFLICT: Final = r"\w*conflict\w*|\w*konfli[ck]t\w*|conflit|conflitto|conflito|конфликт\w*|競合|冲突|衝突"
_BETWEEN: Final = r"(?:[\s_]?[-–—][\s_]?|[\s_])"
"""Never two underscores: those are set by people, between parts."""
_NUMBER: Final = r"[\s_]?\(?\d{1,3}\)?"

_MARKS: Final = tuple(
    re.compile(rf"(?<=[^\s_.-]){mark}$", re.IGNORECASE)
    for mark in (
        r"[\s_]?\(\d{1,3}\)",
        rf"{_BETWEEN}(?:{_COPY})(?:{_NUMBER})?",
        rf"(?:{_BETWEEN})?(?:{_COPY_BEHIND})(?:{_NUMBER})?",
        rf"[\s_]?\((?:[^()]*[\s_])?(?:{_COPY}|{_COPY_BEHIND}|{_CONFLICT})(?:[\s_][^()]*)?\)",
        r"\.sync-conflict-\d{8}-\d{6}(?:-\w+)?",
        r"[\s_-]conflict-\d{8}-\d{4,6}",
        r"_[^_]+_[a-z]{3}-\d\d-\d{4,6}-\d{4}_(?:case)?conflict",
        r"-(?:DESKTOP|LAPTOP)-[A-Z0-9]{5,8}",
        rf"\.(?:{'|'.join(EXTENSIONS)})",
    )
)
_COPY_OF: Final = re.compile(
    rf"^(?:{_COPY})[\s_]*(?:\(\d{{1,3}}\)[\s_]*)?(?:(?:of|von|de|di|do|van|av|af|z|pliku|från|od)[\s_]+)?(?=\d)",
    re.IGNORECASE,
)
_MOST: Final = 5


def original(text: str) -> str | None:
    """What the copy's original is called, where ``text`` (a stem, or a part of one) is called like a copy."""
    stripped = _COPY_OF.sub("", unicodedata.normalize("NFC", text))
    for _ in range(_MOST):  # of copies copies are made
        shorter = next((cut for mark in _MARKS if (cut := mark.sub("", stripped)) != stripped), None)
        if shorter is None:
            break
        stripped = shorter
    return stripped if stripped and stripped != unicodedata.normalize("NFC", text) else None
