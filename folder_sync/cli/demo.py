"""``folder-sync demo``: all of it, on this machine, without an account."""

from __future__ import annotations

import os

import click


@click.command(short_help="All of it in a minute, without an account.")
def demo() -> None:
    """A sandbox, sample photos and the service: a minute that shows all of it. Needs no account, leaves nothing."""
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
    click.echo("\nThe service is stopped, and everything that was made for this is removed.")
