"""What `check` says of photos that are seen at two paths: by a link, or because a folder is mounted twice.

The service would take in each of them twice, and of two accounts send it to both. Within one watched folder the second
is a duplicate, and nothing goes twice; unless it is another product's by its path (``names = ["folder"]``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import partial
from itertools import combinations, product

from folder_sync.files.mounts import Tree, trees
from folder_sync.files.timeouts import call_with_timeout
from folder_sync.report.checks.finding import Finding
from folder_sync.service.folders import Folder, folders
from folder_sync.settings import Settings
from folder_sync.text import path_text


def check(settings: Settings, seconds: float) -> Iterator[Finding]:
    """``seconds``: how long a folder may take to answer; what else is wrong with it is said elsewhere."""
    known: list[tuple[Folder, list[Tree]]] = []
    for folder in folders(settings):
        with suppress(OSError, TimeoutError):
            known.append((folder, call_with_timeout(partial(trees, folder.root), seconds)))
    for folder, found in known:
        for here, there in _common(folder, folder, combinations(found, 2)):
            detail = f"the same files are seen at {path_text(here)} and at {path_text(there)}"
            hint = "Leave one of the two out with intake.ignore: each photo there is listed twice."
            yield Finding(f"folder {folder.name}", ok=False, detail=detail, hint=hint)
    for (folder, found), (other, others) in combinations(known, 2):
        for here, there in _common(folder, other, product(found, others)):
            hint = "Take one of the two out of the configuration: a photo may lie in one watched folder only."
            yield Finding(f"folder {other.name}", ok=False, detail=_overlap(folder, here, other, there), hint=hint)


def _common(folder: Folder, other: Folder, pairs: Iterable[tuple[Tree, Tree]]) -> Iterator[tuple[bytes, bytes]]:
    """The first two places at which the same files are seen, and photos taken in from both."""
    for one, another in pairs:
        here = one.place_of(another)
        there = another.place if here is not None else another.place_of(one)
        if there is not None:
            here = here or one.place
            if folder.looks_into(here) and other.looks_into(there):
                yield here, there
                return


def _overlap(folder: Folder, here: bytes, other: Folder, there: bytes) -> str:
    if (here, there) == (folder.root, other.root):
        return f"is {folder.name} by another name"
    if here == folder.root:
        return f"overlaps with another: {folder.name} lies in {other.name}"
    if there == other.root:
        return f"overlaps with another: {other.name} lies in {folder.name}"
    return f"overlaps with another: the same files are seen at {path_text(here)} and at {path_text(there)}"
