"""An account's key: from the environment, its file, or systemd."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from folder_sync.errors import ConfigInvalid
from folder_sync.settings.keys import variable
from folder_sync.settings.model import Account

_MOST: Final = 4096
"""Bytes. A key has 45; whatever is larger is another file, named by mistake."""


def read_key(name: str, account: Account, environ: Mapping[str, str]) -> SecretStr:
    """The key of the account called ``name``, without white space around it; its form is not looked at.

    The first of these that is there: the account's environment variable, ``key_file``, the systemd credential
    ``<name>.key`` (a file in ``$CREDENTIALS_DIRECTORY``, systemd.exec(5)).
    Raises ConfigInvalid: there is none, or its file is missing, unreadable, empty or too large.
    """
    if account.key is not None and (key := account.key.get_secret_value().strip()):
        return SecretStr(key)
    if account.key_file is not None:
        return _from_file(name, account.key_file)
    if directory := environ.get("CREDENTIALS_DIRECTORY"):
        credential = Path(directory) / f"{name}.key"
        if os.path.exists(credential):
            return _from_file(name, credential)
    raise ConfigInvalid(
        f'The account "{name}" has no key.',
        f"Set key_file in [accounts.{name}], or {variable(('accounts', name, 'key'))}, "
        f"or give a systemd credential named {name}.key.",
    )


def _from_file(name: str, path: Path) -> SecretStr:
    subject = f'The key file {path} of the account "{name}"'
    try:
        with open(path, "rb") as file:
            content = file.read(_MOST + 1)
    except FileNotFoundError as exc:
        raise ConfigInvalid(f"{subject} does not exist.", "Put the key from Closient in it.") from exc
    except IsADirectoryError as exc:
        raise ConfigInvalid(f"{subject} is a folder.", "Name the file in it that holds the key.") from exc
    except OSError as exc:
        raise ConfigInvalid(f"{subject} can't be read: {exc.strerror}.", "Let the service's user read it.") from exc
    try:
        key = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:  # not chained: the exception carries the content
        raise ConfigInvalid(f"{subject} does not hold a key.", "Put the key from Closient in it.") from None
    if len(content) > _MOST:
        raise ConfigInvalid(f"{subject} is too large to be one.", "Name the file that holds nothing but the key.")
    if not key:
        raise ConfigInvalid(f"{subject} is empty.", "Put the key from Closient in it.")
    return SecretStr(key)
