"""Secrets: an account's key, the page's passwords and the database's, from the environment, a file, or systemd."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from folder_sync.errors import ConfigInvalid
from folder_sync.settings.keys import variable
from folder_sync.settings.tables import Account, Store, Web

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
    kind = _Kind(f'The key file {{}} of the account "{name}"', "key", "Put the key from Closient in it.")
    if (found := _found(kind, account.key_file, f"{name}.key", environ)) is not None:
        return found
    raise ConfigInvalid(
        f'The account "{name}" has no key.',
        f"Set key_file in [accounts.{name}], or {variable(('accounts', name, 'key'))}, "
        f"or give a systemd credential named {name}.key.",
    )


@dataclass(frozen=True, slots=True)
class Passwords:
    """The page's. ``act`` opens everything; ``look`` opens all that changes nothing. None: there is none."""

    act: SecretStr | None = None
    look: SecretStr | None = None


def read_passwords(web: Web, environ: Mapping[str, str]) -> Passwords:
    """From the files of the configuration, or the credentials ``web.password`` and ``web.viewer_password``.

    Raises ConfigInvalid: a file is unfit, the page is open to a network without a password, or both are the same.
    """
    kind = _Kind("The password file {} of the page", "password", "Put a password in it.")
    act = _found(kind, web.password_file, "web.password", environ)
    look = _found(kind, web.viewer_password_file, "web.viewer_password", environ)
    if act is None and not web.is_private:
        raise ConfigInvalid(
            f"The page would be open to everybody who reaches {web.host}: [web] has no password_file.",
            "Name a file that holds one, give a systemd credential named web.password, or set host to 127.0.0.1.",
        )
    if act is None and look is not None:
        raise ConfigInvalid(
            "[web] has a password for those who look, and none for those who act.",
            "Set password_file as well, or remove viewer_password_file.",
        )
    if act is not None and look is not None and act.get_secret_value() == look.get_secret_value():
        raise ConfigInvalid("The two passwords of [web] are the same.", "Choose two different ones.")
    return Passwords(act, look)


def read_store_password(store: Store, environ: Mapping[str, str]) -> SecretStr | None:
    """The password of the role that the database's address names; None: libpq finds one, or the server asks for none.

    From ``password_file`` or the credential ``store.password``. Raises ConfigInvalid where that is unfit.
    """
    kind = _Kind("The password file {} of the database", "password", "Put the role's password in it.")
    return _found(kind, store.password_file, "store.password", environ)


@dataclass(frozen=True, slots=True)
class _Kind:
    """How people are told of a secret's file. ``subject`` takes its path."""

    subject: str
    name: str
    hint: str


def _found(kind: _Kind, path: Path | None, credential: str, environ: Mapping[str, str]) -> SecretStr | None:
    if path is None and (directory := environ.get("CREDENTIALS_DIRECTORY")):
        place = Path(directory) / credential
        path = place if os.path.exists(place) else None
    return None if path is None else _read(kind, path)


def _read(kind: _Kind, path: Path) -> SecretStr:
    subject = kind.subject.format(path)
    try:
        with open(path, "rb") as file:
            content = file.read(_MOST + 1)
    except FileNotFoundError as exc:
        raise ConfigInvalid(f"{subject} does not exist.", kind.hint) from exc
    except IsADirectoryError as exc:
        raise ConfigInvalid(f"{subject} is a folder.", f"Name the file in it that holds the {kind.name}.") from exc
    except OSError as exc:
        raise ConfigInvalid(f"{subject} can't be read: {exc.strerror}.", "Let the service's user read it.") from exc
    try:
        secret = content.decode("utf-8-sig").strip()
    except UnicodeDecodeError:  # not chained: the exception carries the content
        raise ConfigInvalid(f"{subject} does not hold a {kind.name}.", kind.hint) from None
    if len(content) > _MOST:
        raise ConfigInvalid(
            f"{subject} is too large to be one.", f"Name the file that holds nothing but the {kind.name}."
        )
    if not secret:
        raise ConfigInvalid(f"{subject} is empty.", kind.hint)
    return SecretStr(secret)
