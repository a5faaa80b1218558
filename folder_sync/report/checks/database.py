"""What `check` says of the place where records are kept, and of the room beside it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from folder_sync.errors import StoreUnavailable, StoreUnreachable
from folder_sync.files.mounts import file_system, is_network
from folder_sync.report.checks.finding import Finding
from folder_sync.store.opening import expect_engine
from folder_sync.store.ports import Store


def check(store: Store) -> Iterator[Finding]:
    return _database(store) if store.is_file else _server(store)


def _server(store: Store) -> Iterator[Finding]:
    try:
        with closing(store.open()) as database:  # not for reading alone: a standby would do for that
            machines = database.machines()
        found = list(store.shortcomings())
    except StoreUnavailable as error:
        if not isinstance(error, StoreUnreachable) and store.is_missing():
            yield Finding("database", ok=True, detail=f"{store.name} answers; its tables will be made by the first run")
            return
        yield Finding("database", ok=False, detail=error.title, hint=error.hint)
        return
    yield Finding("database", ok=True, detail=f"{store.name} works; this machine is {store.watcher}")
    if machines:
        names = (f"{one.name} ({'not running' if one.pid is None else 'running'})" for one in machines)
        yield Finding("machines", ok=True, detail=", ".join(names))
    yield from (Finding("database", ok=True, detail=f"{detail}. {hint}") for detail, hint in found)


def _nearest(path: Path) -> Path:
    return next(parent for parent in path.parents if os.path.exists(parent))


def _database(store: Store) -> Iterator[Finding]:
    path, folder = store.path, _nearest(store.path)
    try:
        expect_engine()
    except StoreUnavailable as error:
        yield Finding("database", ok=False, detail=error.title, hint=error.hint)
        return
    if not store.is_missing():
        try:
            store.open(read_only=True).close()
        except StoreUnavailable as error:
            yield Finding("database", ok=False, detail=error.title, hint=error.hint)
        else:
            if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK):  # its log stands beside it
                yield Finding("database", ok=True, detail=f"{path} works")
            else:
                hint = "Check who owns it, and whether its disk is read-only."
                yield Finding("database", ok=False, detail=f"{path} can't be written", hint=hint)
    elif os.access(folder, os.W_OK | os.X_OK):
        yield Finding("database", ok=True, detail=f"{path} will be made by the first run")
    else:
        hint = f"Give this user the right to write to {folder}, or set store.url."
        yield Finding("database", ok=False, detail=f"{path} can't be made", hint=hint)
    kind = file_system(os.fsencode(folder))
    if is_network(kind):
        hint = "Set store.url to a place on a local disk."
        yield Finding("database", ok=False, detail=f"{folder} is on {kind}, where SQLite's locks don't hold", hint=hint)


def check_disk(store: Store, low_bytes: int) -> Iterator[Finding]:
    free = shutil.disk_usage(_nearest(store.path)).free
    ok = free >= low_bytes
    whom = "the database" if store.is_file else "the service"
    hint = "" if ok else f"Make room: {whom} needs some to record what it did."
    yield Finding("disk space", ok=ok, detail=f"{free // 1_000_000} MB free for {whom}", hint=hint)
