"""``folder-sync sync``: one pass over the watched folders."""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from folder_sync.cli.common import print_json, settings_of, working_database

if TYPE_CHECKING:
    from folder_sync.service.summary import RunSummary
    from folder_sync.settings import Settings


@click.command(short_help="One pass: take in, upload, then end.")
@click.option("--dry-run", is_flag=True, help="Say what would happen; send and record nothing.")
@click.option("--adopt", is_flag=True, help="First look whether the catalogue has a photo already, and adopt it.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.pass_context
def sync(context: click.Context, *, dry_run: bool, adopt: bool, as_json: bool) -> None:
    """One pass over the watched folders: take in, upload, stop when nothing is left that can go now.

    Exits with 1 where something needs attention: a rejected photo, photos left over, or a folder that is not there.
    """
    from folder_sync import logs
    from folder_sync.cli.process import close_memory, keep_to_one_processor
    from folder_sync.text import display

    close_memory()
    keep_to_one_processor()
    settings = settings_of(context)
    logs.configure(settings.log.model_copy(update={"level": "error"}))
    summary, left_over, away = (_preview(settings), 0, []) if dry_run else _pass(settings, adopt=adopt)
    result = asdict(summary) | {"left_over": left_over}
    if as_json:
        print_json(result)
    else:
        click.echo(_in_words(summary, left_over, dry_run=dry_run))
    for sentence in away:
        click.echo(display(sentence), err=True)
    context.exit(1 if summary.rejected or left_over or away else 0)


def _preview(settings: Settings) -> RunSummary:
    import tempfile
    from pathlib import Path

    from folder_sync.app import preview_pass
    from folder_sync.settings import database_path
    from folder_sync.store.sqlite.database import Database
    from folder_sync.store.sqlite.words import is_missing

    with tempfile.TemporaryDirectory(prefix="folder-sync-") as folder:
        existing = database_path(settings, os.environ)
        # Where nothing is known yet, nothing is made either: an empty stand-in is asked.
        known = not is_missing(existing)
        database = Database(existing if known else Path(folder) / "empty.db", create=not known)
        try:
            return preview_pass(settings, database)
        finally:
            database.close()


def _pass(settings: Settings, *, adopt: bool) -> tuple[RunSummary, int, list[str]]:
    """What was done, how much could not go, and what to say of folders that could not be looked through."""
    from folder_sync.app import build_pass
    from folder_sync.cli.progress import Progress
    from folder_sync.service.supervisor import ProcessSignals
    from folder_sync.store.photo_queries import PhotoQueries
    from folder_sync.store.service_state import ServiceState

    signals = ProcessSignals()
    with working_database(settings) as database:
        service = build_pass(settings, database, os.environ)
        left_over = PhotoQueries(database).left_over
        with Progress(service.summary, left_over, lambda: service.held) as progress:
            service.run_once(progress.update, signals, adopt=adopt)
        away = [note.reason for note in ServiceState(database).pauses() if note.scope.startswith("folder:")]
        return service.summary, left_over(), away


def _in_words(summary: RunSummary, left_over: int, *, dry_run: bool) -> str:
    would = "would be " if dry_run else ""
    parts = [f"{summary.taken_in} {would}taken in"]
    if not dry_run:
        parts.append(f"{summary.uploaded} uploaded")
        if summary.adopted:
            parts.append(f"{summary.adopted} found in the catalogue already")
    parts += [
        f"{count} {would}{what}"
        for count, what in (
            (summary.duplicates, "duplicates"),
            (summary.rejected, "rejected"),
            (summary.waiting, "waiting"),
        )
        if count
    ]
    if left_over:
        parts.append(f"{left_over} left over (folder-sync status says why)")
    return ", ".join(parts) + "."
