"""The setting ``ignore``: patterns as in .gitignore, for paths below the watched folder, letter case ignored."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from typing import Final

from pathspec import GitIgnoreSpec

_HOME: Final = "~/"


class BadPattern(ValueError):
    """``str()``: what is wrong, as the rest of a sentence without its full stop. ``hint``: what to do."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.hint = hint


def check(pattern: str, roots: Iterable[str] = ()) -> None:
    """Raises ``BadPattern`` for one that can't mean what was written. ``roots``: the watched folders, absolute."""
    text = _written(pattern)
    if not text.strip("/*. ") and "*" not in text:
        raise BadPattern("has a pattern without a name in it", "Take it out.")
    if any(ord(letter) < 32 for letter in text):
        raise BadPattern("has a pattern with a control character in it", "Write it anew.")
    if text.startswith("!"):
        raise BadPattern(
            f'has "{text}", which would bring files back', "Name only what is to be left out; a name's own ! is \\!."
        )
    first = text.split("/")[1] if text.startswith("/") and text.count("/") > 1 else ""
    if text.startswith(_HOME) or (first and any(root.split("/")[1:2] == [first] for root in roots)):
        raise BadPattern(
            f'has "{text}", an absolute path', "Write it as seen from the watched folder, such as drafts/."
        )
    if "{" in text and "," in text and "}" in text:
        raise BadPattern(f'has "{text}": braces mean nothing in a pattern', "Write a pattern for each.")
    try:
        GitIgnoreSpec.from_lines([_folded(pattern)])
    except ValueError:
        raise BadPattern(f'has "{text}", which is not a pattern', "Write it as in .gitignore.") from None


class Patterns:
    """All of them, compiled once."""

    def __init__(self, patterns: Sequence[str]) -> None:
        self._spec = GitIgnoreSpec.from_lines(map(_folded, patterns))

    def match(self, relative_path: str) -> bool:
        """``relative_path``: below the watched folder, ``/`` between parts, and at its end where it is a folder.

        What lies in a folder that matches, matches too.
        """
        return self._spec.match_file(_fold(relative_path))


def _written(pattern: str) -> str:
    """Blanks around, and ``./`` in front, mean nothing; .gitignore would take them for a part of the name."""
    return pattern.strip().removeprefix("./")


def _folded(pattern: str) -> str:
    text = _fold(_written(pattern))
    return f"\\{text}" if text.startswith("#") else text  # a comment in .gitignore; here, a name like #recycle


def _fold(text: str) -> str:
    """Composed and decomposed accents are the same, as macOS clients write the latter."""
    return unicodedata.normalize("NFC", text).casefold()
