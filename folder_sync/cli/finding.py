"""A photo as a person names it: by its number, its path in any form, or its file name."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

import click

from folder_sync.photo import Record
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.text import display, path_text, quoted

_OFFERED: Final = 10


def find(photo_queries: PhotoQueries, photo: str, roots: Sequence[bytes]) -> Record:
    """``roots``: the watched folders. A path is one of this machine; where none such is known, one of another's.

    Raises a usage error that says what was searched for, and what may be meant.
    """
    record = photo_queries.by_id(int(photo)) if photo.isascii() and photo.isdigit() and len(photo) < 19 else None
    if record is not None:
        return record
    for path in _paths(photo, roots):
        if (record := photo_queries.by_path(path)) is not None:
            return record
    alike = [photo_queries.by_path(path, watcher) for watcher, path in _alike(photo_queries, photo, roots)]
    found = [one for one in alike if one is not None]
    if len(found) == 1:
        return found[0]
    if found:
        offered = ", ".join(f"{one.id} ({display(path_text(one.path))})" for one in found[:_OFFERED])
        more = f" and {len(found) - _OFFERED} more" if len(found) > _OFFERED else ""
        sentence = f"{len(found)} photos are called {quoted(photo)}: {offered}{more}. Name one by its number."
    else:
        sentence = f"No photo {quoted(photo)} is known; `folder-sync list` shows all."
    raise click.BadParameter(sentence, param_hint="PHOTO")


def _paths(photo: str, roots: Sequence[bytes]) -> Iterator[bytes]:
    """What a text can mean as a path: from here, below a watched folder as `list` prints it, through links, in the
    normal forms in which systems write names."""
    texts = dict.fromkeys([photo, *(unicodedata.normalize(form, photo) for form in ("NFC", "NFD"))])
    for text in texts:
        given = os.fsencode(text)
        here = os.path.abspath(given)
        yield here
        # The records spell a folder as the configuration does, and a person perhaps as the kernel.
        real = os.path.join(os.path.realpath(os.path.dirname(here)), os.path.basename(here))
        for root in roots:
            yield os.path.normpath(os.path.join(root, given))
            yield os.path.normpath(os.path.join(os.path.dirname(root), given))
            real_root = os.path.realpath(root)
            if real.startswith(real_root + b"/"):
                yield root + real[len(real_root) :]


def _alike(photo_queries: PhotoQueries, photo: str, roots: Sequence[bytes]) -> list[tuple[str, bytes]]:
    """The paths that look like it, and whose they are: to the letters that are shown, in any normal form; else those
    of that file name."""
    whole = {_looks(os.path.abspath(photo)), *(_looks(os.path.join(os.fsdecode(root), photo)) for root in roots)}
    name = _looks(photo)
    alike: set[tuple[str, bytes]] = set()
    named: set[tuple[str, bytes]] = set()
    for watcher, path in photo_queries.paths():
        looks = _looks(os.fsdecode(path))
        if looks in whole:
            alike.add((watcher, path))
        elif os.path.basename(looks) == name:
            named.add((watcher, path))
    return sorted(alike or named)


def _looks(text: str) -> str:
    """As it is printed: bytes that are not UTF-8 and letters that can't be shown all become one sign."""
    return unicodedata.normalize("NFC", display(os.fsencode(text).decode("utf-8", "replace")))
