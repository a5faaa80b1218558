"""The folders that this machine shares with others, and those that it takes in."""

from __future__ import annotations

import os
from collections.abc import Collection

from folder_sync.errors import ConfigInvalid
from folder_sync.service.folders import folders
from folder_sync.service.watch.shared_folders import SharedFolders
from folder_sync.service.watch.unshared_folders import take_back
from folder_sync.settings import Settings
from folder_sync.store.expected_files import ExpectedFiles
from folder_sync.store.ports import Database
from folder_sync.store.service_state import ServiceState
from folder_sync.store.unshared import Unshared


def shared_folders_of(settings: Settings, database: Database) -> SharedFolders:
    """Raises StoreUnavailable, and ConfigInvalid where they are not those with which the database was opened."""
    watched = folders(settings)
    shared = [folder for folder in watched if folder.is_shared]
    if {folder.root for folder in shared} != database.shared:
        raise ConfigInvalid("Which folders are shared has changed since the service was started.", "Restart it.")
    take_back(watched, database.lease, Unshared(database))
    return SharedFolders(shared, database.lease, ExpectedFiles(database), ServiceState(database))


def taking_in(settings: Settings, roots: Collection[bytes]) -> Settings:
    """With its own folders, and of the shared ones these."""
    watch = (one for one in settings.watch if not one.shared or os.path.abspath(os.fsencode(one.path)) in roots)
    return settings.model_copy(update={"watch": tuple(watch)})
