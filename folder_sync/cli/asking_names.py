"""`init` finds out how photos are named from those in the folder, and shows how it reads them."""

from __future__ import annotations

import os
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Final

import click

from folder_sync.cli.meaning import meaning_in_words
from folder_sync.photo import EXTENSIONS
from folder_sync.rules.conversion import SOURCE_EXTENSIONS, Source
from folder_sync.rules.names import naming
from folder_sync.rules.names.convention import is_ignored_folder
from folder_sync.rules.names.meaning import Named
from folder_sync.rules.names.naming import Naming
from folder_sync.rules.names.template import BadTemplate
from folder_sync.text import display

Entries = tuple[str, ...]

HOUSE: Final[Entries] = ("house",)
_WAYS: Final[Sequence[tuple[Entries, str]]] = (
    (HOUSE, "012345678905__Front_of_package__primary.jpg"),
    (("house", "gs1"), "GS1 names as well: 00012345678905_C1N1.jpg"),
    (("house", "folder"), "one folder per product as well: 012345678905/Front__primary.jpg"),
    (("house", "gs1", "folder"), "all three"),
)
_LOOKED_AT: Final = 1000
_SHOWN: Final = 3


def names_of(folder: Path, converts: Collection[Source] = (), *, yes: bool) -> Entries:
    """How to read the names in a folder: by the house convention where it understands them, or where there are none."""
    endings = {*EXTENSIONS, *(ending for ending, source in SOURCE_EXTENSIONS.items() if source in converts)}
    photos = pictures(folder, endings)
    if not photos:
        return HOUSE
    found = [(entries, words, _understood(Naming(entries, converts=converts), photos)) for entries, words in _WAYS]
    best, _, most = max(found, key=lambda way: way[2])  # of several the first
    if yes or most == len(photos):
        click.echo(f"Photos are named as {' and '.join(best)}, going by those in {display(str(folder))}:")
        _show(Naming(best, converts=converts), photos)
        return best
    try:
        return _asked(folder, photos, found, best, converts)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        click.echo(f"\nNo answer: assuming that photos are named as {' and '.join(best)}.", err=True)
        return best


def _asked(
    folder: Path,
    photos: Sequence[str],
    found: Sequence[tuple[Entries, str, int]],
    best: Entries,
    converts: Collection[Source],
) -> Entries:
    click.echo(f"There are {len(photos)} photos in {display(str(folder))}. How are they named?")
    for number, (_, words, count) in enumerate(found, 1):
        click.echo(f"  {number}  {words} ({count} of {len(photos)} understood)")
    default = str([entries for entries, _, _ in found].index(best) + 1)
    while True:
        answer: str = click.prompt("The number, or a template such as {gtin}_{title}", default=default)
        try:
            entries = _chosen(answer)
        except BadTemplate as error:
            click.echo(f"It {error}. {error.hint}", err=True)
            continue
        _show(Naming(entries, converts=converts), photos)
        if click.confirm("Is that right?", default=True):
            return entries


def _chosen(answer: str) -> Entries:
    if answer.isdecimal() and 1 <= int(answer) <= len(_WAYS):
        return _WAYS[int(answer) - 1][0]
    naming.check([answer], has_products=False, has_codes=False, recursive=True)
    return (answer,)


def _show(names: Naming, photos: Sequence[str]) -> None:
    """A few of them, those that are understood first."""
    meant = [(photo, names.understand(photo)) for photo in photos]
    for photo, meaning in sorted(meant, key=lambda one: not isinstance(one[1], Named))[:_SHOWN]:
        click.echo(f"  {display(photo)}\n    {meaning_in_words(meaning)}")


def _understood(names: Naming, photos: Sequence[str]) -> int:
    return sum(isinstance(names.understand(photo), Named) for photo in photos)


def pictures(folder: Path, endings: Collection[str]) -> list[str]:
    """Paths below the folder whose names end so, in order; only the first where there are many."""
    found: list[str] = []
    for above, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_ignored_folder(name))
        below = os.path.relpath(above, folder)
        found += [os.path.normpath(os.path.join(below, name)) for name in sorted(files) if _ending(name) in endings]
        if len(found) >= _LOOKED_AT:
            break
    return found[:_LOOKED_AT]


def _ending(name: str) -> str:
    return "" if name.startswith(".") else name.rpartition(".")[2].lower()
