"""Text that is safe to show: nothing in it acts on a terminal or page, and no key is left in it."""

from __future__ import annotations

import json
import re
import unicodedata
from datetime import UTC, datetime
from typing import Final

KEY_PATTERN: Final = r"(cs[bu]|cpk)_[A-Za-z0-9]{12,}(?:_[A-Za-z0-9]*)?"
"""``<prefix>_<body>_<checksum>`` (*Authentication*), and what is left of one that was cut or mistyped."""

_KEY: Final = re.compile(KEY_PATTERN)

_INKLESS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
"""Letters, marks and a symbol by their category, and yet nothing is drawn for them."""

_NEEDED: Final = re.compile(
    "(?<=[^\x00-\x7f])[\u180e\u200c\u200d](?=[^\x00-\x7f])"
    "|[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd]"
)
"""Format characters that belong to the spelling (Persian, Mongolian, emoji made of several), or are drawn (Arabic)."""

_NOT_SEEN: Final = frozenset({"Cf", "Co", "Cn"})
_REPLACED: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Controls, line ends and surrogates. The last stand for bytes that are not UTF-8 (``os.fsdecode``), and printing one
raises."""


def unseen(text: str) -> str:
    """The letters of ``text`` that nobody sees: zero width, bidirectional marks, private use, unassigned ones.

    One like U+202E makes ``gpj.exe`` read ``exe.jpg``.
    """
    if _is_plain(text):
        return ""
    return "".join(filter(_is_unseen, _NEEDED.sub("", text)))


def _is_plain(text: str) -> bool:
    """Whether all of it is seen; nothing of ASCII that can be printed is without ink."""
    return text.isprintable() and (text.isascii() or _INKLESS.isdisjoint(text))


def code_point(character: str) -> str:
    return f"U+{ord(character):04X}"


def _is_unseen(character: str) -> bool:
    if character.isprintable():
        return character in _INKLESS
    return unicodedata.category(character) in _NOT_SEEN


def display(text: str, limit: int | None = None) -> str:
    """``text`` with controls and surrogates as U+FFFD, and letters that nobody sees as ``<U+200B>``.

    Beyond ``limit`` characters (8 or more) without its middle.
    """
    if limit is not None and len(text) > 2 * limit:
        text = text[:limit] + text[-limit:]
    if not _is_plain(text):
        kept = {match.start() for match in _NEEDED.finditer(text)}
        text = "".join(letter if at in kept else _shown(letter) for at, letter in enumerate(text))
    if limit is not None and len(text) > limit:
        tail = limit // 3
        text = f"{text[: limit - tail - 1]}…{text[-tail:]}"
    return text


def _shown(character: str) -> str:
    if _is_unseen(character):
        return f"<{code_point(character)}>"
    return "\ufffd" if unicodedata.category(character) in _REPLACED else character


def quoted(text: str, limit: int = 120) -> str:
    """``display`` in double quotes, so that blanks at its ends are seen."""
    return f'"{display(text, limit)}"'


def json_text(value: object) -> str:
    """``value`` as JSON in ASCII without control characters: terminals and pipes have no encoding to agree about."""
    return json.dumps(value, indent=2).replace("\x7f", "\\u007f")


def path_text(path: bytes) -> str:
    """A path for people and JSON: undecodable bytes as U+FFFD."""
    return path.decode("utf-8", "replace")


def iso(moment: float | None) -> str | None:
    """Unix time as ISO-8601 UTC, to the millisecond."""
    if moment is None:
        return None
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def redact(text: str) -> str:
    """``text`` with every key in it reduced to its prefix, which tells the kind and gives nothing away."""
    return _KEY.sub(r"\1_***", text) if _KEY.search(text) else text  # of most of what is logged a tenth of the time
