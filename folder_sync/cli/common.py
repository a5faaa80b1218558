"""What several commands need: the configuration, the database, and output."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from folder_sync.text import json_text

A_PATH: Final = click.Path(readable=False)
"""Nothing is looked up, for a photo may be gone; shells complete it with the names of files."""

_WIDEST: Final = 4096

if TYPE_CHECKING:
    from rich.console import Console

    from folder_sync.settings import Settings
    from folder_sync.store.ports import Database, Store


def settings_of(context: click.Context) -> Settings:
    """The configuration that ``--config`` or the usual places give. Raises ConfigInvalid."""
    from folder_sync.settings import load

    config: str | None = context.find_root().obj
    return load(Path(config) if config else None, os.environ)


def store_of(settings: Settings) -> Store:
    """Where the records are, or will be."""
    from folder_sync import records

    return records.store_of(settings, os.environ)


@contextmanager
def database_of(settings: Settings, *, create: bool = False, read_only: bool = True) -> Iterator[Database]:
    """The open database. Raises StoreUnavailable; without ``create`` also where there is none yet."""
    database = store_of(settings).open(create=create, read_only=read_only)
    try:
        yield database
    finally:
        database.close()


@contextmanager
def working_database(settings: Settings) -> Iterator[Database]:
    """The database for the one process that works on it: locked, sound or set aside, made where there is none.

    Raises AlreadyRunning and StoreUnavailable.
    """
    store = store_of(settings)
    lock = store.lock()
    try:
        aside = store.care.set_aside_if_damaged()
        if aside is not None:
            click.echo(f"The database {store.path} was damaged. It is kept as {aside}.", err=True)
            click.echo(
                "A new one has been started; photos that the catalogue already has will be recognised.", err=True
            )
        with database_of(settings, create=True, read_only=False) as database:
            yield database
    finally:
        lock.release()


def roots_of(settings: Settings) -> list[bytes]:
    """The watched folders, as the records spell them."""
    return [os.path.abspath(os.fsencode(watched.path)) for watched in settings.watch]


def print_json(value: object) -> None:
    click.echo(json_text(value))


def wants_no_colour() -> bool:
    """no-color.org, and terminals that have none."""
    return bool(os.environ.get("NO_COLOR")) or os.environ.get("TERM") in {"dumb", "unknown"}


def console() -> Console:
    """For tables. In a pipe they are as wide as necessary, so that each photo is one whole line."""
    from rich.console import Console

    return Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else _WIDEST)
