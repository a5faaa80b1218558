"""A watched folder as the service sees it: its account, what is ignored in it, and how it is watched."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Final, Literal

from folder_sync.files.ignoring import IgnoreRules
from folder_sync.files.mounts import file_system, is_below, is_network
from folder_sync.rules.conversion import Source
from folder_sync.rules.names.naming import Naming
from folder_sync.rules.names.shots import Shot, Shots
from folder_sync.service.names import Names
from folder_sync.settings import Settings, Watch, checks

MARK: Final = b".folder-sync-mark"

Backend = Literal["native", "polling"]


@dataclass(frozen=True, slots=True)
class Folder:
    """One ``[[watch]]`` of the configuration."""

    root: bytes
    account: str
    recursive: bool
    backend: Literal["auto", "native", "polling"]
    poll_seconds: float
    ignore: IgnoreRules
    names: Names = field(default_factory=Names, compare=False)
    is_shared: bool = False
    """Other machines have it at the same path."""

    def chosen_backend(self) -> tuple[Backend, str]:
        """The backend, and the reason where people should know it. `auto` polls where the kernel does not hear what
        other machines write. Raises OSError if the folder is not there.
        """
        if self.backend != "auto":
            return self.backend, ""
        kind = file_system(self.root)
        return ("polling", f"{kind} sends no events of what other machines write.") if is_network(kind) else (
            "native", ""
        )  # fmt: skip

    def holds(self, path: bytes) -> bool:
        """Whether a path lies in this folder or below it."""
        return is_below(path, self.root)

    def looks_at(self, path: bytes) -> bool:
        """Whether a file at this path is taken in: neither it nor a folder on the way to it is passed over."""
        return self.looks_into(os.path.dirname(path)) and not self.ignore.file(path)

    def looks_into(self, path: bytes) -> bool:
        """Whether photos are taken in from this folder, which is the watched one or lies below it."""
        at = self.root
        for name in filter(None, path[len(self.root.rstrip(b"/")) + 1 :].split(b"/")):
            at = os.path.join(at, name)
            if not self.recursive or os.path.islink(at) or self.ignore.folder(at):
                return False
        return True

    @property
    def name(self) -> str:
        """For people."""
        return self.root.decode("utf-8", "replace")

    @property
    def canary(self) -> bytes:
        """The service's own file, created from time to time to prove that its event arrives."""
        return os.path.join(self.root, b".folder-sync-hearing")

    @property
    def mark(self) -> bytes:
        """The service's own file that stays in the folder and says which service works on it."""
        return os.path.join(self.root, MARK)


def marks_above(root: bytes) -> list[bytes]:
    """Where a service that works on a parent folder of this one leaves its mark."""
    above, folder = [], os.path.abspath(root)
    while folder != (folder := os.path.dirname(folder)):
        above.append(os.path.join(folder, MARK))
    return above


def folders(settings: Settings) -> list[Folder]:
    return [folder_of(watch, settings) for watch in settings.watch]


def folder_of(watch: Watch, settings: Settings) -> Folder:
    root = os.path.abspath(os.fsencode(watch.path))
    shots = Shots(Shot(**shot.model_dump()) for shot in settings.shots)
    names = Naming(watch.names, shots, converts=list(map(Source, settings.convert.formats)))
    own = (os.fsencode(settings.after.uploaded_folder), os.fsencode(settings.after.rejected_folder))
    return Folder(
        root=root,
        account=watch.account,
        recursive=watch.recursive,
        backend=watch.backend,
        poll_seconds=watch.poll_seconds,
        ignore=IgnoreRules(
            root,
            own,
            tuple(settings.intake.ignore),
            is_ignored=names.ignored_file,
            files=own_files(settings),
            database=own_database(settings),
        ),
        names=Names(root, names),
        is_shared=watch.shared,
    )


def own_files(settings: Settings) -> frozenset[bytes]:
    """What the configuration names, and itself: in a watched folder, which is no place for it, it is no photo yet."""
    web = settings.web
    named = (
        settings.source,
        settings.store.password_file,
        settings.catalogue.products_file,
        *(account.key_file for account in settings.accounts.values()),
        *(web.password_file, web.viewer_password_file, web.certificate_file, web.certificate_key_file),
    )
    return frozenset(os.path.abspath(os.fsencode(file)) for file in named if file is not None)


def own_database(settings: Settings) -> bytes:
    """Where the configuration puts it; empty where it does not."""
    url = settings.store.url
    return os.path.abspath(os.fsencode(checks.store_path(url))) if url and not checks.is_server(url) else b""
