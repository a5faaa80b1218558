"""The files that `init` makes: whole or not at all, and for nobody's eyes but those that need them."""

from __future__ import annotations

import grp
import os
from pathlib import Path
from typing import Final

from folder_sync.errors import ConfigInvalid

SYSTEM_FOLDER: Final = Path("/etc/folder-sync")
"""What is written here is for the service under systemd, which runs as a user of its own."""
SERVICE_GROUP: Final = "folder-sync"


def create(path: Path, text: str) -> None:
    """A new file of mode 0600; in SYSTEM_FOLDER 0640, for the service's group. Raises ConfigInvalid, leaving none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                if (group := service_group(path)) is not None:
                    os.fchown(descriptor, -1, group)
                    os.fchmod(descriptor, 0o640)
        except OSError:
            path.unlink()
            raise
    except OSError as error:
        raise ConfigInvalid(f"{path} can't be written: {error.strerror}.", "Choose another place for it.") from error


def is_for_the_system(path: Path) -> bool:
    return path.parent == SYSTEM_FOLDER


def service_group(path: Path) -> int | None:
    """The group that has to read a file besides its owner; None: nobody has to, or there is no such group yet."""
    if not is_for_the_system(path):
        return None
    try:
        return grp.getgrnam(SERVICE_GROUP).gr_gid
    except KeyError:
        return None
