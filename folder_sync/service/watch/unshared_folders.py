"""Folders that several machines shared, and that are this one's own by now: its configuration says so."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

import structlog

from folder_sync.files.timeouts import ANSWER_SECONDS, call_with_timeout
from folder_sync.service.folders import Folder
from folder_sync.store.ports import Lease
from folder_sync.store.unshared import Unshared

log = structlog.get_logger()

SAMPLE: Final = 20
"""More than half of this many photos that should be there have to be, else it is another folder at the same path."""


def take_back(folders: Sequence[Folder], lease: Lease, unshared: Unshared) -> None:
    """Their records become this machine's, where no other takes the folder in. Raises StoreUnavailable."""
    for folder in folders:
        if folder.is_shared or lease.is_taken_in(folder.root) is not None:
            continue
        paths = unshared.some_standing(folder.root, SAMPLE)
        if paths and 2 * _standing(paths) > len(paths):
            photos = sum(unshared.take_back(folder.root))
            log.info("shared_folder_taken_back", folder=folder.root, photos=photos)


def _standing(paths: Sequence[bytes]) -> int:
    try:
        return call_with_timeout(lambda: sum(map(os.path.lexists, paths)), ANSWER_SECONDS)
    except TimeoutError:
        return 0
