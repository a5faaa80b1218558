"""Text in columns of a terminal: how wide it is, and how it is broken into lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from rich.cells import cell_len, chop_cells
from rich.console import Console, ConsoleOptions, RenderResult

_FURTHER = " " * 4
_JOINING = re.compile(r"[/_-]+(?![/_-])")


def width_of(text: str) -> int:
    """In columns: letters of East Asian scripts take two, accents that stand by themselves none."""
    return len(text) if text.isascii() else cell_len(text)


def padded(text: str, width: int) -> str:
    """Padded with blanks to ``width`` columns."""
    return text + " " * (width - width_of(text))


def fold(text: str, width: int) -> list[str]:
    """Lines of at most ``width`` columns, broken between words where that does; nothing is left out. Never empty."""
    width = max(width, 2)  # the widest letter
    lines = [""]
    for word in text.split(" "):
        if not lines[-1]:
            lines[-1] = word
        elif width_of(lines[-1]) + 1 + width_of(word) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
        if width_of(lines[-1]) > width:
            lines[-1:] = _pieces(lines[-1], width)
    return lines


def first_lines(text: str, width: int, most: int) -> list[str]:
    """As ``fold``, but at most so many lines; what is left out is marked by an ellipsis."""
    lines = fold(text, width)
    if len(lines) > most:
        lines[most - 1 :] = [f"{chop_cells(lines[most - 1], width - 1)[0].rstrip()}…"]
    return lines


def _pieces(word: str, width: int) -> Iterator[str]:
    """Broken behind the signs that join words in names of files, where that fills half of the line."""
    while width_of(word) > width:
        most = len(chop_cells(word, width)[0])
        ends = [match.end() for match in _JOINING.finditer(word[: most + 1]) if match.end() <= most]
        end = ends[-1] if ends and 2 * width_of(word[: ends[-1]]) >= width else most
        yield word[:end]
        word = word[end:]
    yield word


@dataclass(frozen=True, slots=True)
class Sentence:
    """A line for a console, of which what does not fit stands further in, below its beginning."""

    text: str

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        said = self.text.lstrip(" ")
        start = self.text[: -len(said)] if said else ""
        first, *rest = fold(said, options.max_width - len(start) - len(_FURTHER))
        yield "\n".join([start + first, *(f"{start}{_FURTHER}{line}" for line in rest)])
