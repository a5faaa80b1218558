"""What nobody may read in a log or a message: anything that looks like a Closient key."""

from __future__ import annotations

import re
from typing import Final

KEY_PATTERN: Final = r"(cs[bu]|cpk)_[A-Za-z0-9]{12,}(?:_[A-Za-z0-9]*)?"
"""``<prefix>_<body>_<checksum>`` (*Authentication*), and what is left of one that was cut or mistyped."""

_KEY: Final = re.compile(KEY_PATTERN)


def redact(text: str) -> str:
    """``text`` with every key in it reduced to its prefix, which tells the kind and gives nothing away."""
    return _KEY.sub(r"\1_***", text)
