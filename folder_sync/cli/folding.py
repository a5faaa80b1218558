"""Text in columns of a terminal: how wide it is, and how it is broken into lines."""

from __future__ import annotations

from dataclasses import dataclass

from rich.cells import cell_len, chop_cells
from rich.console import Console, ConsoleOptions, RenderResult

_FURTHER = " " * 4


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
            lines[-1:] = chop_cells(lines[-1], width)
    return lines


@dataclass(frozen=True, slots=True)
class Sentence:
    """A line for a console, of which what does not fit stands further in, below its beginning."""

    text: str

    def __rich_console__(self, _console: Console, options: ConsoleOptions) -> RenderResult:
        said = self.text.lstrip(" ")
        start = self.text[: -len(said)] if said else ""
        first, *rest = fold(said, options.max_width - len(start) - len(_FURTHER))
        yield "\n".join([start + first, *(f"{start}{_FURTHER}{line}" for line in rest)])
