"""``folder-sync sandbox``: a stand-in Closient API on this machine."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from folder_sync.sandbox.state import Sandbox

_TEXT = """\
A stand-in Closient API answers at {url}. Nothing leaves this machine. Ctrl-C ends it.

To try it, in another terminal and an empty folder:

mkdir export
echo {key} > main.key && chmod 600 main.key
cat > config.toml <<END
[accounts.main]
base_url = "{url}"
key_file = "main.key"

[[watch]]
path = "$PWD/export"

[store]
url = "sqlite:///$PWD/folder-sync.db"
END
folder-sync --config config.toml run
"""


@click.command(short_help="A stand-in Closient API for trying things.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8766,
    show_default=True,
    metavar="N",
    help="The port it answers on; 0 takes any free one.",
)
@click.option("--key", metavar="KEY", help="The API key to accept. Without it, a new one is made.")
def sandbox(port: int, key: str | None) -> None:
    """A stand-in Closient API on this machine, for trying things without an account."""
    try:
        from folder_sync.sandbox.codes import is_key
        from folder_sync.sandbox.serving import serve
    except ModuleNotFoundError as exc:
        raise click.ClickException("The sandbox needs the web extra: pip install 'folder-sync[web]'") from exc
    if key is not None and not is_key(key):
        raise click.BadParameter("not a well-formed API key. Leave it out, and one is made.", param_hint="--key")
    try:
        serve(_announce, key=key, port=port)
    except OSError as exc:
        raise click.ClickException(
            f"Can't use port {port}: {os.strerror(exc.errno or 0)}. Choose another with --port."
        ) from exc


def _announce(running: Sandbox) -> None:
    click.echo(_TEXT.format(url=running.url, key=running.key), nl=False)
