"""``folder-sync sync``: one pass over the watched folders."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

import click

from folder_sync.cli.common import print_json, roots_of, settings_of, working_database

if TYPE_CHECKING:
    from folder_sync.settings import Settings
    from folder_sync.store.ports import Database


@click.command(short_help="One pass: take in, upload, then end.")
@click.option("--dry-run", is_flag=True, help="Say what would become of each file; send, record and change nothing.")
@click.option("--adopt", is_flag=True, help="First check whether the catalogue already has a photo, and adopt it.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.option(
    "--report",
    metavar="FILE",
    type=click.File("w", encoding="utf-8", lazy=False),
    help="Write what became of each file to FILE, one JSON object per line.",
)
@click.pass_context
def sync(context: click.Context, *, dry_run: bool, adopt: bool, as_json: bool, report: IO[str] | None) -> None:
    """One pass over the watched folders: take in, upload, stop when nothing is left that can go now.

    Exits with 1 where something needs attention: a rejected photo, photos left over, a folder that is not there, or a
    pass that was interrupted.
    """
    from folder_sync import logs
    from folder_sync.cli.process import begin_work
    from folder_sync.text import display

    begin_work()
    settings = settings_of(context)
    logs.configure(settings.log.model_copy(update={"level": "error"}))
    if dry_run:
        context.exit(_foresee(settings, report, as_json=as_json))
    away, needs_attention = _pass(settings, report, adopt=adopt, as_json=as_json)
    for sentence in away:
        click.echo(display(sentence), err=True)
    context.exit(1 if needs_attention or away else 0)


def _foresee(settings: Settings, report: IO[str] | None, *, as_json: bool) -> int:
    """The exit code. Prints line by line, as files are inspected."""
    from folder_sync.app import preview_pass
    from folder_sync.cli import foreseen

    summary = foreseen.Summary()
    with _records_as_they_are(settings) as database:
        for file in preview_pass(settings, database):
            summary.add(file)
            if report is not None:
                report.write(foreseen.json_of(file))
            if not as_json:
                click.echo(foreseen.line(file, roots_of(settings)))
    if as_json:
        print_json(summary.as_json())
    else:
        click.echo(summary.in_words())
    return 1 if summary.rejected else 0


@contextmanager
def _records_as_they_are(settings: Settings) -> Iterator[Database]:
    """Where there is no database yet, none is made: an empty one in memory stands in."""
    import tempfile
    from pathlib import Path

    from folder_sync.cli.common import database_of, store_of
    from folder_sync.store.opening import store_at

    if not store_of(settings).is_missing():
        with database_of(settings) as database:
            yield database
        return
    with tempfile.TemporaryDirectory(prefix="folder-sync-") as folder:
        database = store_at(Path(folder) / "empty.db").open(create=True)
        try:
            yield database
        finally:
            database.close()


def _pass(settings: Settings, report: IO[str] | None, *, adopt: bool, as_json: bool) -> tuple[list[str], bool]:
    """What to say about folders that could not be scanned, and whether anything else needs attention."""
    from folder_sync.app import build_pass
    from folder_sync.cli.outcome import Outcome
    from folder_sync.cli.progress import Progress
    from folder_sync.service.signals import ProcessSignals
    from folder_sync.store.changes import StepsFromNow
    from folder_sync.store.photo_queries import PhotoQueries
    from folder_sync.store.service_state import ServiceState

    signals = ProcessSignals()
    with working_database(settings) as database:
        state = ServiceState(database)
        steps = StepsFromNow(database)
        service = build_pass(settings, database, os.environ)
        left_over = PhotoQueries(database).left_over
        with Progress(
            service.summary,
            left_over,
            lambda: service.held,
            pauses=lambda: [note.reason for note in state.pauses() if not note.scope.startswith("folder:")],
            incomplete_seconds=settings.intake.incomplete_seconds,
        ) as progress:
            finished = service.run_once(progress.update, signals, adopt=adopt)
        outcome = Outcome(database, service.summary, steps.photos(), held=service.held, interrupted=not finished)
        if report is not None:
            outcome.write_report(report)
        if as_json:
            print_json(outcome.as_json())
        else:
            for line in outcome.lines(roots_of(settings)):
                click.echo(line)
        away = [note.reason for note in state.pauses() if note.scope.startswith("folder:")]
        return away, outcome.needs_attention
