"""``folder-sync web``: the page."""

from __future__ import annotations

import os

import click

from folder_sync.cli.common import settings_of, store_of


@click.command(short_help="The page: what photographers and the catalogue manager look at.")
@click.pass_context
def web(context: click.Context) -> None:
    """Serves the page until Ctrl-C. It reads the records beside the service, and works while that is stopped."""
    from folder_sync.cli.process import close_memory, let_others_go_first
    from folder_sync.settings.credentials import read_passwords

    close_memory()
    let_others_go_first()
    settings = settings_of(context)
    passwords = read_passwords(settings.web, os.environ)
    try:
        from folder_sync.web.server import serve
    except ModuleNotFoundError as exc:
        raise click.ClickException("The page needs the web extra: pip install 'folder-sync[web]'") from exc
    serve(settings, store_of(settings), passwords, _announce)


def _announce(address: str) -> None:
    click.echo(f"The page is at {address} (Ctrl-C ends it).")
