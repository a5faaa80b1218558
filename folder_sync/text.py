"""Text that is safe to show: nothing in it acts on a terminal or page, and no key is left in it."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from typing import Final

KEY_PATTERN: Final = r"(cs[bu]|cpk)_[A-Za-z0-9]{12,}(?:_[A-Za-z0-9]*)?"
"""``<prefix>_<body>_<checksum>`` (*Authentication*), and what is left of one that was cut or mistyped."""

_KEY: Final = re.compile(KEY_PATTERN)

_UNSHOWABLE: Final = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters, line and paragraph separators, bidirectional overrides, and surrogates.

Surrogates stand for bytes that are not UTF-8 (``os.fsdecode``); printing one raises. The overrides can make
``gpj.exe`` read ``exe.jpg``.
"""


def display(text: str, limit: int | None = None) -> str:
    """``text`` with what can't be shown as U+FFFD; beyond ``limit`` characters (8 or more) without its middle."""
    if limit is not None and len(text) > limit:
        tail = limit // 3
        text = f"{text[: limit - tail - 1]}…{text[-tail:]}"
    return text if text.isascii() and text.isprintable() else _UNSHOWABLE.sub("\ufffd", text)


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
    return _KEY.sub(r"\1_***", text)
