"""The configuration: ``load`` finds, reads and checks it; what comes out is a frozen ``Settings``."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from pydantic import ValidationError

from folder_sync.errors import ConfigInvalid
from folder_sync.settings import checks, problems, sources
from folder_sync.settings.credentials import read_key, read_store_password
from folder_sync.settings.model import Settings
from folder_sync.settings.tables import (
    Account,
    After,
    Audit,
    Delivery,
    Intake,
    Log,
    Notify,
    Store,
    Watch,
    Web,
)

__all__ = [
    "Account",
    "After",
    "Audit",
    "Delivery",
    "Intake",
    "Log",
    "Notify",
    "Settings",
    "Store",
    "Watch",
    "Web",
    "database_path",
    "load",
    "read_key",
    "read_store_password",
    "server_of",
]


def load(config: Path | None, environ: Mapping[str, str]) -> Settings:
    """The settings from the file ``config``, or else the usual places, with the environment's over them.

    Raises ConfigInvalid for whatever is wrong: it says the first thing, and how many more there are.
    """
    path = sources.find(config, environ)
    file = sources.read(path) if path else {}
    variables = sources.variables(environ)
    found = problems.in_file(file, path) + problems.in_variables(variables)
    if found:
        raise problems.as_error(found)
    values = sources.over(file, variables)
    if path is None and not {"accounts", "watch"} <= values.keys():
        raise ConfigInvalid(
            "There is no configuration.",
            "Write one with folder-sync init, or see folder-sync demo, which needs none.",
        )
    try:
        return Settings(**values).anchored(path)
    except ValidationError as exc:
        raise problems.as_error(problems.in_values(exc, path, variables)) from exc


def server_of(settings: Settings) -> str | None:
    """The address of the database where that is a server's; None: it is a file."""
    return settings.store.url if checks.is_server(settings.store.url) else None


def database_path(settings: Settings, environ: Mapping[str, str]) -> Path:
    """Where the database is, or will be, past all links. ``$STATE_DIRECTORY`` may name several (systemd.exec(5)).

    Where a server keeps the records, it stands for them on this machine, and nothing is there.

    SQLite puts its log beside the file that a link leads to: so the lock and the copies stand there too, and one
    database has one lock, whatever path it is reached by.
    """
    if settings.store.url and not checks.is_server(settings.store.url):
        return Path(os.path.realpath(checks.store_path(settings.store.url)))
    state = environ.get("STATE_DIRECTORY", "").split(":")[0]
    folder = Path(state) if state else sources.home(environ) / ".local/state/folder-sync"
    return Path(os.path.realpath(folder / "folder-sync.db"))
