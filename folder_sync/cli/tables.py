"""Photos for people, line by line: nothing waits for the last photo. Nothing from outside reaches the terminal
unneutralised."""

from __future__ import annotations

import shutil
import sys
import time
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice, zip_longest
from typing import Final

import click

from folder_sync.cli.common import wants_no_colour
from folder_sync.cli.folding import first_lines, fold, padded, width_of
from folder_sync.cli.wording import outcome, shown_path
from folder_sync.photo import State
from folder_sync.store.photo_list import Listed
from folder_sync.text import display

_COLOURS: Final = {
    State.UPLOADED: "green",
    State.REJECTED: "red",
    State.UNCONFIRMED: "yellow",
    State.WAITING: "yellow",
    State.MISSING: "yellow",
}

_WIDE: Final = 120
"""Columns. On fewer the table would cut names and image ids to pieces that nobody can read or copy."""
_MEASURED: Final = 200
"""How many photos decide the width of the columns."""
_WIDEST: Final = (60, 40)
"""The width of a name and of a title in a pipe, where a longer one widens its line."""

_TITLE_LINES: Final = 2
"""On a terminal: a title of 255 letters took twenty lines, and says what the name says already."""

_HEADINGS: Final = ("id", "photo", "GTIN", "title", "hero", "state", "image id, or why not")
_TITLE: Final = _HEADINGS.index("title")
_GAP: Final = "  "

Row = tuple[str, str, str, str, str, str, str]


class PhotoTable:
    """Id, file, GTIN, title, hero, state, and the image id or what is in its way; where it is narrow, less of that.

    ``width``: columns of the terminal; None in a pipe, where each photo is one whole line. ``roots``: the watched
    folders; ``last_id``: the largest that will come.
    """

    def __init__(
        self,
        roots: Sequence[bytes],
        now: float,
        *,
        width: int | None,
        coloured: bool = False,
        last_id: int = 0,
        notes_in_full: bool = False,
    ) -> None:
        self._roots = roots
        self._now = now
        self._width = width
        self._coloured = coloured
        self._notes_in_full = notes_in_full
        self._id_width = max(len(str(last_id)), len(_HEADINGS[0]))

    def lines(self, photos: Iterable[Listed]) -> Iterator[str]:
        if self._width is not None and self._width < _WIDE:
            yield from self._narrow(photos, self._width)
            return
        rest = iter(photos)
        first = list(islice(rest, _MEASURED))
        widths = self._widths([self._row(photo) for photo in first])
        heading = _GAP.join(map(padded, _HEADINGS, widths)).rstrip()
        yield click.style(heading, bold=True) if self._coloured else heading
        for photo in chain(first, rest):
            for line in self._wide(self._row(photo), widths):
                yield self._in_colour(line, photo)

    def _in_colour(self, line: str, photo: Listed) -> str:
        colour = _COLOURS.get(photo.record.state)
        return click.style(line, fg=colour) if colour and self._coloured else line

    def _widths(self, rows: Sequence[Row]) -> list[int]:
        _, names, gtins, titles, heroes, states, _ = [
            max(map(width_of, column), default=0) for column in zip(_HEADINGS, *rows, strict=True)
        ]
        if self._width is None:
            return [self._id_width, min(names, _WIDEST[0]), gtins, min(titles, _WIDEST[1]), heroes, states, 0]
        left = self._width - sum((self._id_width, gtins, heroes, states)) - len(_GAP) * (len(_HEADINGS) - 1)
        names, titles = min(names, left * 2 // 5), min(titles, left // 5)
        return [self._id_width, names, gtins, titles, heroes, states, left - names - titles]

    def _wide(self, row: Row, widths: Sequence[int]) -> Iterator[str]:
        number, *cells = row
        number = number.rjust(widths[0])
        if self._width is None:
            yield _GAP.join(map(padded, [number, *cells], widths)).rstrip()
            return
        folded = [[number], *(fold(cell, width) for cell, width in zip(cells, widths[1:], strict=True))]
        folded[_TITLE] = first_lines(row[_TITLE], widths[_TITLE], _TITLE_LINES)
        for parts in zip_longest(*folded, fillvalue=""):
            yield _GAP.join(map(padded, parts, widths)).rstrip()

    def _narrow(self, photos: Iterable[Listed], width: int) -> Iterator[str]:
        """The name, and below it what the name does not say."""
        indent = self._id_width + len(_GAP)
        for photo in photos:
            id_, name, *_, hero, state, outcome = self._row(photo)
            role = {"": "", "yes": ", hero"}.get(hero, f", hero {hero}")
            said = ": ".join(filter(None, (f"{state}{role}", outcome)))
            for number, line in enumerate([*fold(name, width - indent), *fold(said, width - indent)]):
                start = id_.rjust(self._id_width) if number == 0 else ""
                yield self._in_colour(f"{start.ljust(indent)}{line}", photo)

    def _row(self, photo: Listed) -> Row:
        record = photo.record
        return (
            str(record.id),
            shown_path(record.path, self._roots),
            record.gtin or "",
            display(record.title),
            _hero(photo),
            record.state.value,
            display(outcome(photo, self._roots, self._now, notes_in_full=self._notes_in_full)),
        )


def _hero(photo: Listed) -> str:
    """Where several heroes are uploaded, the catalogue shows one."""
    if not photo.record.is_primary:
        return ""
    if photo.is_hero_now:
        return "now"
    return "before" if photo.record.state in (State.UPLOADED, State.SUPERSEDED) else "yes"


def table_for(roots: Sequence[bytes], last_id: int, *, notes_in_full: bool = False) -> PhotoTable:
    """For the kind of standard output there is."""
    is_terminal = sys.stdout.isatty()
    width = shutil.get_terminal_size().columns if is_terminal else None
    coloured = is_terminal and not wants_no_colour()
    return PhotoTable(roots, time.time(), width=width, coloured=coloured, last_id=last_id, notes_in_full=notes_in_full)
