"""The records that the configuration names, in a file or on a server."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping

from folder_sync.settings import Settings, checks, database_path, read_store_password, server_of
from folder_sync.store.opening import store_at, store_on_server
from folder_sync.store.ports import Store
from folder_sync.store.whose import Whose


def store_of(settings: Settings, environ: Mapping[str, str]) -> Store:
    """Where they are, or will be: nothing is opened yet.

    Raises ConfigInvalid where the password's file is unfit, or what PostgreSQL takes is not installed.
    """
    return _store_of(settings, environ)


def store_at_url(url: str, settings: Settings, environ: Mapping[str, str]) -> Store:
    """Another one, whose password comes from where the configured one's does. Raises ValueError for a bad address."""
    if not url:
        raise ValueError("is empty")
    store = settings.store.model_copy(update={"url": checks.store_url(url)})
    return _store_of(settings.model_copy(update={"store": store}), environ)


def _store_of(settings: Settings, environ: Mapping[str, str]) -> Store:
    path, server = database_path(settings, environ), server_of(settings)
    if server is None:
        return store_at(path)
    password = read_store_password(settings.store, environ)
    shared = frozenset(os.path.abspath(os.fsencode(watch.path)) for watch in settings.watch if watch.shared)
    whose = Whose(machine_of(settings), shared)
    return store_on_server(server, path, None if password is None else password.get_secret_value(), whose)


def machine_of(settings: Settings) -> str:
    """What this machine is called in the records."""
    return settings.store.machine or socket.gethostname()
