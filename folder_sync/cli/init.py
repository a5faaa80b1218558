"""``folder-sync init``: a configuration, asking only for what can't be found out."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from folder_sync.cli.common import A_PATH
from folder_sync.errors import ApiError, ConfigInvalid
from folder_sync.text import display

if TYPE_CHECKING:
    from folder_sync.closient.answers import Organization
    from folder_sync.closient.keys import ApiKey

_KEY_VARIABLE = "FOLDER_SYNC_ACCOUNTS__MAIN__KEY"
_URL_VARIABLE = "FOLDER_SYNC_ACCOUNTS__MAIN__BASE_URL"


@click.command(short_help="Write a configuration, asking for what can't be found out.")
@click.option(
    "--path",
    metavar="FOLDER",
    type=click.Path(file_okay=False, readable=False),
    help="The folder in which finished photos land.",
)
@click.option(
    "--key-file", metavar="FILE", type=A_PATH, help="The file that holds the API key; made where it is not there."
)
@click.option(
    "--output", metavar="FILE", type=A_PATH, help="Where to write it; else ~/.config/folder-sync/config.toml."
)
@click.option("--yes", is_flag=True, help="Ask nothing: an error where something can't be found out.")
def init(path: str | None, key_file: str | None, output: str | None, *, yes: bool) -> None:
    """Write a commented configuration, asking only for what can't be found out.

    The organization comes from the key. An existing file is never overwritten.
    """
    from folder_sync.settings import Account
    from folder_sync.settings.initial import configuration

    target = Path(output or "~/.config/folder-sync/config.toml").expanduser().absolute()
    if target.exists():
        raise ConfigInvalid(f"{target} is there already.", "Change it, or name another file with --output.")
    folder = _folder(path, yes=yes)
    kept_in, key = _key(key_file, target, yes=yes)
    base_url = os.environ.get(_URL_VARIABLE) or Account().base_url
    organization = _organization(base_url, key, yes=yes)
    text = configuration(
        base_url=base_url,
        organization_id=organization.id if organization else "",
        organization=organization.name if organization else "",
        key_file=kept_in,
        folder=folder,
    )
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise ConfigInvalid(
            f"{target} can't be written: {error.strerror}.", "Choose another place with --output."
        ) from error
    click.echo(f"Written: {target}")
    option = f" --config {target}" if output else ""
    click.echo(f"Next: folder-sync{option} check")


def _folder(path: str | None, *, yes: bool) -> Path:
    if path is None:
        if yes:
            raise click.UsageError("Name the folder in which finished photos land: --path FOLDER.")
        path = click.prompt("The folder in which finished photos land")
    folder = Path(path).expanduser().absolute()
    if not folder.is_dir():
        if not (yes or click.confirm(f"{folder} is not there. Write the configuration all the same?", default=True)):
            raise click.Abort
        click.echo(f"{folder} is not there yet; the service waits for it.")
    return folder


def _key(key_file: str | None, target: Path, *, yes: bool) -> tuple[Path | None, ApiKey]:
    """Where the key is kept (None: in the environment), and the key. Raises MalformedKey and ConfigInvalid."""
    from folder_sync.closient.keys import parse_key
    from folder_sync.settings import Account, read_key

    if key_file is None and os.environ.get(_KEY_VARIABLE):
        return None, parse_key(os.environ[_KEY_VARIABLE].strip())
    kept_in = Path(key_file or target.with_name("main.key")).expanduser().absolute()
    if kept_in.exists():
        return kept_in, parse_key(read_key("main", Account(key_file=kept_in), {}).get_secret_value())
    if yes:
        raise ConfigInvalid(f"There is no key at {kept_in}.", f"Put it there, or into ${_KEY_VARIABLE}.")
    key = parse_key(click.prompt("The API key of the studio (it is not shown)", hide_input=True).strip())
    kept_in.parent.mkdir(parents=True, exist_ok=True)
    with open(
        os.open(kept_in, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600), "w", encoding="ascii"
    ) as file:
        file.write(key.value + "\n")
    click.echo(f"The key is kept in {kept_in}, readable by you alone.")
    return kept_in, key


def _organization(base_url: str, key: ApiKey, *, yes: bool) -> Organization | None:
    """The key's own, or the one that is chosen; None where the server can't be asked now."""
    from folder_sync.closient.client import Client

    with Client(base_url, key, connect_seconds=10.0, read_seconds=30.0, on_heard=lambda _heard: None) as client:
        try:
            found = client.whoami().organizations
        except ApiError as error:
            click.echo(f"The organization could not be found out: {error.title}", err=True)
            return None
    if len(found) == 1:
        click.echo(f"The key belongs to {display(found[0].name)}.")
        return found[0]
    if not found or yes:
        names = ", ".join(f"{organization.id} ({display(organization.name)})" for organization in found)
        click.echo(f"The key belongs to {len(found)} organizations: set organization_id. {names}".rstrip(), err=True)
        return None
    for number, organization in enumerate(found, 1):
        click.echo(f"  {number}  {display(organization.name)}")
    chosen = click.prompt("The number of the organization", type=click.IntRange(1, len(found)))
    return found[chosen - 1]
