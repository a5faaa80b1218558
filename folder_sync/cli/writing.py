"""The files that `init` writes: completely or not at all, readable only by those who need them."""

from __future__ import annotations

import grp
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from folder_sync.errors import ConfigInvalid


@dataclass(frozen=True, slots=True)
class System:
    """What is written in ``folder`` is for the service under systemd, which runs as a user of its own, in ``group``."""

    folder: Path
    group: str

    def has(self, path: Path) -> bool:
        return path.parent == self.folder

    def group_for(self, path: Path) -> int | None:
        """The group that has to read a file besides its owner; None: nobody has to, or there is no such group yet."""
        if not self.has(path):
            return None
        try:
            return grp.getgrnam(self.group).gr_gid
        except KeyError:
            return None


SYSTEM: Final = System(Path("/etc/folder-sync"), "folder-sync")


def create(path: Path, text: str, system: System = SYSTEM) -> None:
    """A new file of mode 0600; in the system's folder 0640, for its group. Raises ConfigInvalid, leaving none."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        try:
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
                if (group := system.group_for(path)) is not None:
                    os.fchown(descriptor, -1, group)
                    os.fchmod(descriptor, 0o640)
        except OSError:
            path.unlink()
            raise
    except OSError as error:
        raise ConfigInvalid(f"{path} can't be written: {error.strerror}.", "Choose another place for it.") from error
