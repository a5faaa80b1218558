"""``folder-sync store move``: the records go to another database."""

from __future__ import annotations

import os
from contextlib import ExitStack

import click

from folder_sync.cli.choices import OneOf
from folder_sync.cli.common import settings_of, store_of
from folder_sync.text import display


@click.command(short_help="Copy the records into another database.")
@click.argument("action", metavar="ACTION", type=OneOf("action", ["move"]), expose_value=False)
@click.argument("url", metavar="URL")
@click.pass_context
def store(context: click.Context, url: str) -> None:
    """With the ACTION `move`: copy all records into another, empty store, and see that they arrived as they were.

    URL is sqlite:////absolute/path.db or postgresql://user@host/name, whose password comes from store.password_file or
    the credential. Stop the service first. The old records stay; set store.url to URL, and start the service.
    """
    from folder_sync import records
    from folder_sync.errors import AlreadyRunning, StoreUnavailable
    from folder_sync.photo import State
    from folder_sync.store import moving
    from folder_sync.store.photo_queries import PhotoQueries

    settings = settings_of(context)
    source = store_of(settings)
    try:
        target = records.store_at_url(url, settings, os.environ)
    except ValueError as error:
        raise click.UsageError(f"URL {error}.") from error
    if source.is_file and target.is_file and source.path == target.path:
        raise click.UsageError("URL is where the records are already.")
    with ExitStack() as kept:
        database = source.open(read_only=True)
        kept.callback(database.close)
        try:
            for one in (source, target):
                kept.callback(one.lock(alone=True).release)
        except AlreadyRunning as error:
            raise StoreUnavailable(error.title, "Stop it first; nothing was copied.") from error
        if not source.is_file and (sending := PhotoQueries(database).counts()[State.UPLOADING]):
            raise StoreUnavailable(
                f"What became of {sending} photos that were being sent is not known yet.",
                "Start the service once, and stop it again.",
            )
        rows = moving.copy(database, target)
    click.echo(f"{rows['photo']} photos with {rows['history']} steps were copied to {display(target.name)}.")
    click.echo("Set store.url in the configuration, then start the service. The old records are still where they were.")
