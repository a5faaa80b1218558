"""``folder-sync support``: a bundle for whoever helps, without the studio's names and secrets."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import click

from folder_sync.cli.common import A_PATH, settings_of

DEFAULT: Final = "folder-sync-support.tar.gz"


@click.command(short_help="A bundle for support, without names and secrets.")
@click.option("--output", metavar="FILE", type=A_PATH, default=DEFAULT, help=f"The file to write; {DEFAULT} here.")
@click.option("--yes", is_flag=True, help="Write it without asking.")
@click.option(
    "--log",
    metavar="FILE",
    type=click.Path(readable=False, allow_dash=True),
    help="The service's log, where it is not in the journal of systemd. - reads standard input; give --yes with it.",
)
@click.pass_context
def support(context: click.Context, output: str, log: str | None, *, yes: bool) -> None:
    """Write what helps to find a fault to one file: versions, settings, photos and their steps, the log.

    Names, titles, paths, GTINs, hosts and ids are replaced by pseudonyms; keys, passwords and free text are left out.
    What is in it is shown before it is written. Nothing is sent.
    """
    from folder_sync.cli import journal
    from folder_sync.cli.process import close_memory
    from folder_sync.report.support.bundle import collect

    close_memory()
    settings = settings_of(context)
    path = Path(output)
    if os.path.lexists(path):
        raise _refused(f"{path} is there already.")
    bundle = collect(settings, os.environ, journal.found(log))
    click.echo(bundle.manifest)
    if not yes and not click.confirm(f"Write this to {path}?"):
        click.echo("Nothing was written.")
        context.exit(1)
    _write(path, bundle.packed())
    click.echo(f"Written to {path}. Look at it before you pass it on: tar -xzf {path}")


def _write(path: Path, content: bytes) -> None:
    """A new file that only its owner can read; none if it can't be written completely."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
    except FileExistsError as error:
        raise _refused(f"{path} is there already.") from error
    except OSError as error:
        raise _refused(f"{path} can't be written: {error.strerror}.") from error
    try:
        with open(descriptor, "wb") as file:
            file.write(content)
    except OSError as error:
        path.unlink()
        raise _refused(f"{path} can't be written: {error.strerror}.") from error


def _refused(why: str) -> click.ClickException:
    return click.ClickException(f"{why} Name another file with --output.")
