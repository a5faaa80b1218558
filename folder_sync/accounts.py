"""An account of the configuration: its key, and its windows before the server has said anything."""

from __future__ import annotations

from collections.abc import Mapping

from folder_sync.closient.keys import ApiKey, MalformedKey, parse_key
from folder_sync.errors import ConfigInvalid
from folder_sync.rules.quota import Window
from folder_sync.settings import Account, read_key


def read_key_of(name: str, account: Account, environ: Mapping[str, str]) -> ApiKey:
    """An account's key. Raises ConfigInvalid, before any request, where it is missing or mistyped."""
    try:
        return parse_key(read_key(name, account, environ).get_secret_value())
    except MalformedKey as error:
        raise ConfigInvalid(f'The key of the account "{name}" is wrong: {error.title}', error.hint) from error


def configured_windows(account: Account) -> tuple[Window, ...]:
    """Requests a minute and a day, as configured (*Rate limits*)."""
    return Window(account.requests_per_minute, 60), Window(account.requests_per_day, 86_400)
