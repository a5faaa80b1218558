"""``folder-sync init``: a configuration, asking only for what can't be found out."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from folder_sync.cli.common import A_PATH
from folder_sync.errors import ApiError, ConfigInvalid, KeyRefused
from folder_sync.text import display

if TYPE_CHECKING:
    from folder_sync.cli.writing import System
    from folder_sync.closient.answers import Organization
    from folder_sync.closient.keys import ApiKey

T = TypeVar("T")

_KEY_VARIABLE = "FOLDER_SYNC_ACCOUNTS__MAIN__KEY"
_URL_VARIABLE = "FOLDER_SYNC_ACCOUNTS__MAIN__BASE_URL"
_SYSTEM_STORE = "sqlite:////var/lib/folder-sync/folder-sync.db"
"""Where the unit keeps its state; written into the file so that `status` and `list` look there, too."""


@click.command(short_help="Write a configuration, asking for what can't be found out.")
@click.option(
    "--path",
    metavar="FOLDER",
    type=click.Path(file_okay=False, readable=False),
    help="The folder in which finished photos land.",
)
@click.option(
    "--key-file", metavar="FILE", type=A_PATH, help="The file that holds the API key; created if it is not there."
)
@click.option(
    "--output", metavar="FILE", type=A_PATH, help="Where to write it; else ~/.config/folder-sync/config.toml."
)
@click.option("--yes", is_flag=True, help="Ask nothing: an error where something can't be found out.")
def init(
    path: str | None, key_file: str | None, output: str | None, *, yes: bool, system: System | None = None
) -> None:
    """Write a commented configuration, asking only for what can't be found out.

    The organization comes from the key. An existing file is never overwritten.
    """
    from folder_sync.cli.asking_formats import formats_of
    from folder_sync.cli.asking_names import names_of
    from folder_sync.cli.process import close_memory
    from folder_sync.cli.writing import SYSTEM, create
    from folder_sync.settings.initial import configuration

    close_memory()
    system = system or SYSTEM
    target = Path(output or "~/.config/folder-sync/config.toml").expanduser().absolute()
    if target.exists():
        raise ConfigInvalid(f"{target} is there already.", "Change it, or name another file with --output.")
    folder = _folder(path, yes=yes)
    formats = formats_of(folder, yes=yes)
    names = names_of(folder, formats, yes=yes)
    base_url = _base_url()
    kept_in, found = _kept_key(key_file, target, yes=yes)
    if found is None:
        key, organization = _until_it_fits(lambda: _typed_key_and_organization(base_url))
    else:
        key, organization = found, _organization(base_url, found, yes=yes)
    text = configuration(
        base_url=base_url,
        organization_id=organization.id if organization else "",
        organization=organization.name if organization else "",
        key_file=kept_in,
        folder=folder,
        names=names,
        formats=formats,
        store_url=_SYSTEM_STORE if system.has(target) else "",
    )
    create(target, text, system)
    if found is None and kept_in is not None:
        try:
            create(kept_in, key.value + "\n", system)
        except ConfigInvalid:
            target.unlink()
            raise
        click.echo(f"The key is kept in {kept_in}.")
    click.echo(f"Written: {target}")
    if system.has(target) and system.group_for(target) is None:
        click.echo(f"The service runs as its own user: let it read the files in {target.parent}.")
    option = f" --config {target}" if output else ""
    click.echo(f"Next: folder-sync{option} check")


def _folder(path: str | None, *, yes: bool) -> Path:
    missing = "Name the folder in which finished photos land: --path FOLDER."
    if path is not None:
        return _usable_folder(path, yes=yes)
    if yes:
        raise click.UsageError(missing)
    return _until_it_fits(lambda: _usable_folder(_typed_folder(missing), yes=False))


def _typed_folder(missing: str) -> str:
    folder: str = _ask("The folder in which finished photos land", missing, default="", show_default=False)
    if not folder:
        raise click.UsageError(missing)
    return folder


def _usable_folder(path: str, *, yes: bool) -> Path:
    """Raises ClickException if it is not a folder, or if somebody says no to a missing one."""
    folder = Path(path).expanduser().absolute()
    if folder.exists() and not folder.is_dir():
        raise click.UsageError(f"{folder} is not a folder.")
    if not folder.exists():
        if not (yes or click.confirm(f"{folder} does not exist. Write the configuration anyway?", default=False)):
            raise click.ClickException(f"Nothing was written for {folder}.")
        click.echo(f"{folder} does not exist yet; the service will wait for it.")
    return folder


def _base_url() -> str:
    """Raises ConfigInvalid before the key goes anywhere."""
    from folder_sync.settings import Account, checks

    try:
        return checks.base_url(os.environ.get(_URL_VARIABLE) or Account().base_url)
    except checks.Wrong as error:
        raise ConfigInvalid(f"{_URL_VARIABLE} {error}.", error.hint) from error


def _kept_key(key_file: str | None, target: Path, *, yes: bool) -> tuple[Path | None, ApiKey | None]:
    """Where the key is kept, and the key; None where somebody still has to type it. No file: the key is in the
    environment or a systemd credential, so the configuration need not name one.
    """
    from folder_sync.accounts import read_key_of
    from folder_sync.settings import Account

    if key_file is None:
        if os.environ.get(_KEY_VARIABLE):
            return None, _usable_key(os.environ[_KEY_VARIABLE])
        credentials = os.environ.get("CREDENTIALS_DIRECTORY")
        if credentials and os.path.exists(os.path.join(credentials, "main.key")):
            return None, _usable_key(read_key_of("main", Account(), os.environ).value)
    kept_in = Path(key_file or target.with_name("main.key")).expanduser().absolute()
    if kept_in.exists():
        return kept_in, _usable_key(read_key_of("main", Account(key_file=kept_in), {}).value)
    if yes:
        raise ConfigInvalid(f"There is no key at {kept_in}.", f"Put it there, or into ${_KEY_VARIABLE}.")
    return kept_in, None


def _usable_key(text: str) -> ApiKey:
    """Raises MalformedKey, also for a key that is not meant for a service."""
    from folder_sync.closient.keys import KeyKind, MalformedKey, parse_key

    key = parse_key(text)
    if key.kind is KeyKind.PUBLISHABLE:
        raise MalformedKey(
            "This is a publishable key, which is meant for browsers.", "Make a business key (csb_…) in Closient."
        )
    return key


def _typed_key_and_organization(base_url: str) -> tuple[ApiKey, Organization | None]:
    key = _usable_key(_typed_key())
    return key, _organization(base_url, key, yes=False)


def _typed_key() -> str:
    if sys.stdin.isatty():
        return str(click.prompt("The API key from Closient (it is not shown)", hide_input=True))
    line = sys.stdin.readline()  # `init < key`: nobody is looking, and there is nothing to hide
    if not line:
        raise click.UsageError("Name the file that holds the API key: --key-file FILE.")
    return line


def _until_it_fits(ask: Callable[[], T]) -> T:
    """Asks again after a slip: a key that was pasted once more after the program ended would land in the shell's
    history.
    """
    from folder_sync.closient.keys import MalformedKey

    while True:
        try:
            return ask()
        except (click.ClickException, MalformedKey, KeyRefused) as error:
            if not sys.stdin.isatty():
                raise
            click.echo(display(str(error)), err=True)


def _ask(what: str, missing: str, **how: Any) -> Any:
    """An answer; ``missing`` says what to do where nobody can give one."""
    try:
        return click.prompt(what, **how)
    except click.Abort:
        if sys.stdin.isatty():
            raise
        click.echo(err=True)  # the question's line is still open
        raise click.UsageError(missing) from None


def _organization(base_url: str, key: ApiKey, *, yes: bool) -> Organization | None:
    """The key's own organization, or the chosen one; None where the server can't be reached now. Raises KeyRefused."""
    from folder_sync.closient.client import Client

    with Client(base_url, key, connect_seconds=10.0, read_seconds=30.0, on_heard=lambda _heard: None) as client:
        try:
            found = client.whoami().organizations
        except KeyRefused:
            raise
        except ApiError as error:
            click.echo(f"The organization could not be found out: {error.title}", err=True)
            click.echo("It was left empty: the service will take it from the key.", err=True)
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
    chosen: int = _ask(
        "The number of the organization",
        "Use --yes, and set organization_id in the file afterwards.",
        type=click.IntRange(1, len(found)),
    )
    return found[chosen - 1]
