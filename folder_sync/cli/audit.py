"""``folder-sync audit``: holds the catalogue against the records."""

from __future__ import annotations

import os
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import click

from folder_sync.cli.common import console, database_of, print_json, settings_of

if TYPE_CHECKING:
    from folder_sync.service.audit.audit import Audit


@click.command(short_help="Hold the catalogue against the records.")
@click.option(
    "--gtin",
    "gtins",
    metavar="G",
    multiple=True,
    help="Only this product, with 8, 12, 13 or 14 digits; may be given several times.",
)
@click.option("--mend", is_flag=True, help="Have the service, or the next sync, fix what can be fixed.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON object.")
@click.pass_context
def audit(context: click.Context, gtins: tuple[str, ...], *, mend: bool, as_json: bool) -> None:
    """Ask for the images of each product with an uploaded photo, and say where the catalogue differs from the records.

    Takes one request for each product and each further 100 images, out of what the uploads leave of the key's quota: at
    most audit.quota_share of it, and nothing while it is short. Products that were checked longest ago come first; an
    interrupted audit is continued by the next one. Works beside the service. Exits with 1 where something differs, or
    could not be asked.

    With --mend a photo whose image is gone is looked for in the catalogue, and otherwise sent again; a hero that is not
    shown is sent again, and its old image deleted; the second image of a photo is deleted, and so is one that was
    replaced and should be gone. Images that no photo stands for are only ever reported.
    """
    from folder_sync import logs
    from folder_sync.app.auditing import build_audit
    from folder_sync.cli import gtin_files
    from folder_sync.cli.folding import Sentence
    from folder_sync.cli.process import close_memory
    from folder_sync.report import audit as report

    close_memory()
    wanted = {gtin_files.parse(text, "--gtin") for text in gtins} if gtins else None
    settings = settings_of(context)
    logs.configure(settings.log.model_copy(update={"level": "error"}))
    with (
        database_of(settings, read_only=False) as database,
        closing(build_audit(settings, database, os.environ, wanted)) as found,
    ):
        _run(found)
        if mend:
            found.mend(database.clock())
        if as_json:
            print_json(report.as_json(found.summary, found.differences()))
        else:
            for line in report.lines(found.summary, found.differences()):
                console().print(Sentence(line))
        needs_attention = bool(found.differences()) or found.summary.unasked > 0 or found.summary.mended > 0
    context.exit(1 if needs_attention else 0)


def _run(audit: Audit) -> None:
    """What is known is kept product by product: Ctrl-C loses nothing."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    from folder_sync.report.moments import local

    seconds, summary = audit.prepare(), audit.summary
    bar = Bar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )
    task = bar.add_task("Asking", total=summary.products)
    if seconds > 0:
        until = local(time.time() + seconds)
        click.echo(
            f"{_products(summary.products)} to ask for; at the audits' share of the quota, until {until}.", err=True
        )
    with bar:
        try:
            audit.run(lambda: bar.advance(task))
        except KeyboardInterrupt:
            summary.stopped.append("Interrupted; the next audit goes on from here.")
    for why in summary.stopped:
        click.echo(why, err=True)


def _products(count: int) -> str:
    return "1 product" if count == 1 else f"{count:,} products"
