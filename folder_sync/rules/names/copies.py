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
_COPY_BEHIND: Final = "コピー|副本|拷贝|拷貝|复件|複本|복사본"
"""The words of languages that put no blank between."""

_CONFLICT: Final = r"\w*conflict\w*|\w*konfli[ck]t\w*|conflit|conflitto|conflito|конфликт\w*|競合|冲突|衝突"
_BETWEEN: Final = r"(?:[\s_]?[-–—][\s_]?|[\s_])"
"""Never two underscores: those are set by people, between parts."""
_NUMBER: Final = r"[\s_]?\(?\d{1,3}\)?"


def _mark(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<=[^\s_.-]){pattern}$", re.IGNORECASE)


# Each behind what a name must have for it to be worth a search: nearly all names are of photos.
_IN_BRACKETS: Final = _mark(
    rf"[\s_]?\((?:\d{{1,3}}|(?:[^()]*[\s_])?(?:{_COPY}|{_COPY_BEHIND}|{_CONFLICT})(?:[\s_][^()]*)?)\)"
)
_CALLED_COPY: Final = _mark(rf"(?:{_BETWEEN}(?:{_COPY})|{_BETWEEN}?の?(?:{_COPY_BEHIND}))(?:{_NUMBER})?")
_CALLED_COPY_ENDS: Final = tuple(f"{_COPY}|{_COPY_BEHIND}".split("|"))
_BEHIND_A_DOT: Final = _mark(rf"\.(?:{'|'.join(EXTENSIONS)}|sync-conflict-\d{{8}}-\d{{6}}(?:-\w+)?)")
_CONFLICTS: Final = _mark(r"(?:[\s_-]conflict-\d{8}-\d{4,6}|_[^_]+_[a-z]{3}-\d\d-\d{4,6}-\d{4}_(?:case)?conflict)")
_COMPUTER: Final = _mark(r"-(?:DESKTOP|LAPTOP)-[A-Z0-9]{5,8}")
_COPY_OF: Final = re.compile(
    rf"^(?:{_COPY})[\s_]*(?:\(\d{{1,3}}\)[\s_]*)?(?:(?:of|von|de|di|do|van|av|af|z|pliku|från|od)[\s_]+)?(?=\d)",
    re.IGNORECASE,
)
_MOST: Final = 5


def is_suspect(text: str) -> bool:
    """Quickly, for nearly all names are of photos: whether ``original`` of this, or of a part of it, may find one."""
    lower = text.lower()
    return (
        ")" in lower
        or "." in lower
        or "cop" in lower
        or "kop" in lower
        or "koop" in lower
        or "conflict" in lower
        or "-desktop-" in lower
        or "-laptop-" in lower
        or not lower.isascii()
    )


def original(text: str) -> str | None:
    """What the copy's original is called, where ``text`` (a stem, or a part of one) is called like a copy."""
    if not is_suspect(text):
        return None
    stripped = text if text.isascii() else unicodedata.normalize("NFC", text)
    before = stripped
    if stripped.lower().startswith(_CALLED_COPY_ENDS):
        stripped = _COPY_OF.sub("", stripped)
    for _ in range(_MOST):  # of copies copies are made
        shorter = _without_mark(stripped)
        if shorter == stripped:
            break
        stripped = shorter
    return stripped if stripped and stripped != before else None


def _without_mark(text: str) -> str:
    lower = text.lower()
    if lower.endswith(")") and (shorter := _IN_BRACKETS.sub("", text)) != text:
        return shorter
    if lower.rstrip("0123456789() _").endswith(_CALLED_COPY_ENDS) and (shorter := _CALLED_COPY.sub("", text)) != text:
        return shorter
    if "." in text and (shorter := _BEHIND_A_DOT.sub("", text)) != text:
        return shorter
    if "conflict" in lower:
        return _CONFLICTS.sub("", text)
    return _COMPUTER.sub("", text) if "-desktop-" in lower or "-laptop-" in lower else text
