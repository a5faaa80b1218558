"""``folder-sync retry``: another chance for photos that stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from folder_sync.cli.common import A_PATH, database_of, roots_of, settings_of
from folder_sync.text import display, path_text

if TYPE_CHECKING:
    from folder_sync.store.ports import Database


@click.command(short_help="Another chance for photos that stopped.")
@click.argument("photos", metavar="[PHOTO]...", nargs=-1, type=A_PATH)
@click.option("--all", "every", is_flag=True, help="Every photo that can be retried.")
@click.pass_context
def retry(context: click.Context, photos: tuple[str, ...], *, every: bool) -> None:
    """Put rejected, waiting, missing or undecidable photos back in the queue, by id, path or file name."""
    from folder_sync.cli.finding import find
    from folder_sync.store.photo_queries import PhotoQueries
    from folder_sync.store.retrying import Retrying

    if bool(photos) == every:
        raise click.UsageError("Name the photos to retry, or use --all.")
    settings = settings_of(context)
    with database_of(settings, read_only=False) as database:
        photo_queries, retrying, roots = PhotoQueries(database), Retrying(database), roots_of(settings)
        records = list(retrying.candidates()) if every else [find(photo_queries, photo, roots) for photo in photos]
        refused = 0
        _compare_versions(database)
        for record in records:
            answer = retrying.retry(record, database.clock(), vouches=not every)
            refused += not answer.accepted
            click.echo(f"{display(path_text(record.path))}: {answer.sentence}")
    if not records:
        click.echo("Nothing to retry.")
    context.exit(1 if refused else 0)


def _compare_versions(database: Database) -> None:
    """The running service decides what becomes of a photo, and another version may decide differently."""
    from folder_sync.store.service_state import ServiceState
    from folder_sync.version import program_version

    ours, theirs = program_version(), ServiceState(database).version()
    if theirs not in (ours, None) and database.holder() is not None:
        click.echo(
            f"The running service is folder-sync {display(str(theirs))}, and this is {ours}: restart it soon.",
            err=True,
        )
