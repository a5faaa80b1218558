"""Long outputs: written a piece at a time, the first one at once."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from itertools import islice
from typing import Final

_AT_ONCE: Final = 500


def put(texts: Iterable[str]) -> None:
    """Raises BrokenPipeError once nobody reads on."""
    rest = iter(texts)
    while text := "".join(islice(rest, _AT_ONCE)):
        sys.stdout.write(text)
        sys.stdout.flush()


def put_lines(lines: Iterable[str]) -> None:
    put(f"{line}\n" for line in lines)
