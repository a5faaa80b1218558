"""``folder-sync demo``: all of it, on this machine, without an account."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from folder_sync.sandbox.demo import Demo


@click.command(short_help="All of it in a few seconds, without an account.")
def demo() -> None:
    """A sandbox, sample photos, the service and its page: all of it in a few seconds.

    Needs no account and leaves nothing behind. On a terminal it stays open until Enter, so that you can look at the
    page.
    """
    try:
        from folder_sync.sandbox.demo import Demo
    except ModuleNotFoundError as error:
        raise click.ClickException("The demo needs the web extra: pip install 'folder-sync[web]'") from error
    from folder_sync.cli.printing import put_lines
    from folder_sync.cli.tables import table_for

    with Demo(say=click.echo) as running:
        photos = running.play()
        click.echo()
        put_lines(table_for([os.fsencode(running.folder)], len(photos)).lines(photos))
        if sys.stdin.isatty() and sys.stdout.isatty():
            _wait(running)
    click.echo("\nThe service has stopped, and everything that was made for the demo is removed.")


def _wait(running: Demo) -> None:
    click.echo(f"\nLook at the page: {running.page}")
    click.echo(f"You can add photos of your own in {running.folder}. Enter ends the demo.")
    with suppress(EOFError, KeyboardInterrupt):
        input()
