"""A photo as a person names it: by its number or by its path."""

from __future__ import annotations

import os

import click

from folder_sync.photo import Record
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.text import quoted


def find(photo_queries: PhotoQueries, photo: str) -> Record:
    """Raises a usage error that says what was looked for."""
    record = photo_queries.by_id(int(photo)) if photo.isascii() and photo.isdigit() and len(photo) < 19 else None
    if record is None:
        record = photo_queries.by_path(os.path.abspath(os.fsencode(photo)))
    if record is None:
        raise click.BadParameter(
            f"No photo {quoted(photo)} is known; `folder-sync list` shows all.", param_hint="PHOTO"
        )
    return record
