"""``folder-sync demo``: all of it, on this machine, without an account."""

from __future__ import annotations

import click


@click.command(short_help="All of it in a minute, without an account.")
def demo() -> None:
    """A sandbox, sample photos and the service: a minute that shows all of it. Needs no account, leaves nothing."""
    try:
        from folder_sync.sandbox.demo import Demo
    except ModuleNotFoundError as error:
        raise click.ClickException("The demo needs the web extra: pip install 'folder-sync[web]'") from error
    from folder_sync.cli.common import console
    from folder_sync.cli.tables import photo_table

    with Demo(say=click.echo) as running:
        records = running.play()
        click.echo()
        screen = console()
        screen.print(photo_table(records, screen.width))
    click.echo("\nThe service is stopped, and everything that was made for this is removed.")
