"""What must be right before the service can work, one thing at a time, each with a hint that can be followed."""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from folder_sync.accounts import read_key_of
from folder_sync.closient.answers import WhoAmI
from folder_sync.closient.client import Client
from folder_sync.closient.headers import Heard
from folder_sync.closient.keys import ApiKey, KeyKind
from folder_sync.errors import (
    ApiError,
    ConfigInvalid,
    NotSent,
    OutcomeUnknown,
    RateLimited,
    StoreUnavailable,
    WatchUnavailable,
)
from folder_sync.files import disposal
from folder_sync.files.ignoring import IgnoreRules
from folder_sync.files.mounts import file_system, is_network
from folder_sync.files.scanning import closed_folders
from folder_sync.files.timeouts import ANSWER_SECONDS, call_with_timeout
from folder_sync.files.watching import WatchEvent, watch
from folder_sync.records import store_of
from folder_sync.report import check_conversion, check_exports, check_names
from folder_sync.report.finding import Finding
from folder_sync.report.serialize import watch_status as in_words
from folder_sync.service.folders import MARK, marks_above
from folder_sync.service.notify.monitor import LOW_BYTES
from folder_sync.service.watch.owner_mark import owner_besides
from folder_sync.settings import Account, After, Settings, Watch
from folder_sync.store.ports import Store
from folder_sync.store.provenance import Provenance
from folder_sync.store.service_state import ServiceState, WatchStatus
from folder_sync.text import path_text

CLOCK_SECONDS: Final = 60.0
MAY_UPLOAD: Final = frozenset({"owner", "manager", "editor"})
"""Roles with ``organization.contribute_organization`` (*Authentication*)."""


def check(
    settings: Settings,
    environ: Mapping[str, str],
    *,
    ask: bool = True,
    low_bytes: int = LOW_BYTES,
    answer_seconds: float = ANSWER_SECONDS,
) -> list[Finding]:
    """In the order in which they are best fixed.

    ``ask``: Closient, too, for what it says to the key; ``low_bytes``: what has to be free beside the database;
    ``answer_seconds``: how long a folder may take to say anything.
    """
    source = str(settings.source) if settings.source else "the environment"
    findings = [Finding("configuration", ok=True, detail=f"{source} is understood")]
    store = store_of(settings, environ)
    service = _service(store, settings.accounts)
    for watched in settings.watch:
        findings += _answering(watched, settings.after, service, answer_seconds)
    findings += check_names.check(settings)
    findings += check_conversion.check(settings)
    for name, account in settings.accounts.items():
        findings += _account(name, account, settings, environ, service.organizations.get(name), ask=ask)
    findings += _database(store) if store.is_file else _server(store)
    findings += check_exports.check(store)
    findings += _disk(store, low_bytes)
    return findings


@dataclass(frozen=True, slots=True)
class _Service:
    """Ours: its process and how it watches each folder, where it runs; and which records it keeps, and whose."""

    pid: int | None = None
    records: str | None = None
    watch_statuses: Mapping[bytes, WatchStatus] = field(default_factory=dict)
    organizations: Mapping[str, str] = field(default_factory=dict)


def _service(store: Store, accounts: Mapping[str, Account]) -> _Service:
    """What is wrong with the database is found later."""
    try:
        pid = store.holder()
        database = store.open(read_only=True)
    except StoreUnavailable:
        return _Service()
    try:
        state = ServiceState(database)
        statuses = state.watch_statuses() if pid is not None else []
        belongs = {name: state.organization(name, account.base_url) for name, account in accounts.items()}
        return _Service(
            pid,
            Provenance(database).records,
            {status.folder: status for status in statuses},
            {name: organization for name, organization in belongs.items() if organization is not None},
        )
    except StoreUnavailable:
        return _Service(pid)
    finally:
        database.close()


def _answering(watched: Watch, after: After, service: _Service, seconds: float) -> list[Finding]:
    """A share whose server is gone would let this wait for ever."""
    try:
        call_with_timeout(lambda: os.path.exists(watched.path), seconds)
    except TimeoutError:
        hint = "Look at the server, or at the network."
        return [Finding(f"folder {watched.path}", ok=False, detail="does not answer", hint=hint)]
    return list(_folder(watched, after, service))


def _folder(watched: Watch, after: After, service: _Service) -> Iterator[Finding]:
    name, root = f"folder {watched.path}", os.fsencode(watched.path)
    problem = _closed(root)
    if problem is not None:
        yield Finding(name, ok=False, detail=problem[0], hint=problem[1])
        return
    kind = file_system(root)
    yield Finding(name, ok=True, detail=f"readable, on {kind}")
    if watched.backend == "native" and is_network(kind):
        yield Finding(
            name, ok=False, detail=f"is watched natively, but {kind} sends no events", hint='Set backend = "auto".'
        )
    elif watched.backend == "polling" or is_network(kind):
        yield Finding(name, ok=True, detail=f"scanned every {watched.poll_seconds:g} seconds")
    else:
        yield _watching(name, root, watched)
    if (after.uploaded, after.rejected) != ("keep", "keep") and not os.access(root, os.W_OK):
        hint = "Give this user the right to write to it; under systemd ReadWritePaths= has to name it, too."
        yield Finding(name, ok=False, detail="photos can't be moved or deleted in it, as [after] asks", hint=hint)
    if watched.recursive:
        closed = sorted(closed_folders(root, IgnoreRules(root, _own_folders(after))))
        if closed:
            count = "1 folder" if len(closed) == 1 else f"{len(closed)} folders"
            detail = f"photos in {count} of it can't be seen: {', '.join(map(path_text, closed[:3]))}"
            yield Finding(name, ok=False, detail=detail, hint="Let this user read and enter them, or ignore them.")
    for wish, own in ((after.uploaded, after.uploaded_folder), (after.rejected, after.rejected_folder)):
        if wish == "move" and (trouble := disposal.trouble_with(os.path.join(root, os.fsencode(own)))) is not None:
            hint = "Give this user the right to write to it, or move it out of the way."
            yield Finding(name, ok=False, detail=f"nothing can be moved to {own} in it: {trouble}", hint=hint)
    yield from _another(name, root, service)
    watch_status = service.watch_statuses.get(os.path.abspath(root))
    if watch_status is not None:
        yield Finding(name, ok=True, detail=f"the service says: {in_words(watch_status)}")


def _own_folders(after: After) -> tuple[bytes, bytes]:
    return os.fsencode(after.uploaded_folder), os.fsencode(after.rejected_folder)


def _another(name: str, root: bytes, service: _Service) -> Iterator[Finding]:
    other = owner_besides(os.path.join(root, MARK), marks_above(root), service.records, service.pid)
    if other is not None:
        detail = f"is watched by another folder-sync, {other.owner}, which keeps records of its own"
        yield Finding(name, ok=False, detail=detail, hint="Stop one of the two, or let them watch different folders.")


def _closed(root: bytes) -> tuple[str, str] | None:
    """What is wrong with a folder that can't be looked into, and what to do; None where it can."""
    try:
        os.scandir(root).close()
        os.stat(os.path.join(root, b"."))  # a folder may be listed and yet keep its files to itself
    except FileNotFoundError:
        return "is not there", "Create it, or mount it."
    except NotADirectoryError:
        return "is not a folder", "Correct its path in the configuration."
    except PermissionError:
        return "may not be read", "Give this user the right to read it, and to enter the folders above it."
    except OSError as error:
        return f"can't be read: {error.strerror}", "Check the disk, or the network if it is on a server."
    return None


def _watching(name: str, root: bytes, watched: Watch) -> Finding:
    try:
        watch(
            root,
            recursive=watched.recursive,
            backend="native",
            poll_seconds=lambda: watched.poll_seconds,
            ignore=IgnoreRules(root),
            on=_ignore,
        ).stop()
    except WatchUnavailable as error:
        return Finding(name, ok=False, detail=error.title, hint=error.hint)
    return Finding(name, ok=True, detail="watched natively, within the inotify limits")


def _ignore(_kind: WatchEvent, _path: bytes) -> None:
    """Only whether it can be watched is of interest."""


def _account(
    name: str, account: Account, settings: Settings, environ: Mapping[str, str], remembered: str | None, *, ask: bool
) -> Iterator[Finding]:
    """``remembered``: the organization that the records of this account belong to, where that is known."""
    key_check = f"key of {name}"
    try:
        key = read_key_of(name, account, environ)
    except ConfigInvalid as error:
        yield Finding(key_check, ok=False, detail=error.title, hint=error.hint)
        return
    yield Finding(key_check, ok=True, detail=f"well formed, a {key.kind.name.lower()} key")
    yield from _key_kept_safe(key_check, account, key)
    if not ask:
        return
    heard: list[Heard] = []
    try:
        client = Client(
            account.base_url,
            key,
            connect_seconds=settings.delivery.connect_seconds,
            read_seconds=settings.delivery.read_seconds,
            on_heard=heard.append,
        )
    except ConfigInvalid as error:
        yield Finding(f"connection of {name}", ok=False, detail=error.title, hint=error.hint)
        return
    with client:
        try:
            who = client.whoami()
        except ApiError as error:
            yield Finding(f"{key_check}, accepted", ok=False, detail=error.title, hint=_advice(error, account))
        else:
            yield Finding(f"{key_check}, accepted", ok=True, detail=f"by {account.base_url}")
            yield from _role(key_check, who)
            yield _organization(name, account, who, remembered)
    if heard and heard[-1].server_time is not None:
        yield _clock(heard[-1].server_time)


def _key_kept_safe(name: str, account: Account, key: ApiKey) -> Iterator[Finding]:
    if key.kind is KeyKind.PUBLISHABLE:
        hint = "Make a business key (csb_…) for the service."
        yield Finding(name, ok=False, detail="is a publishable key, which is meant for browsers", hint=hint)
    if account.key_file is not None and _is_open_to_all(account.key_file):
        hint = f"chmod 600 {account.key_file}, and let it belong to the user that runs folder-sync."
        yield Finding(name, ok=False, detail=f"{account.key_file} can be read by everybody here", hint=hint)


def _is_open_to_all(file: Path) -> bool:
    try:
        return bool(file.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH))
    except OSError:
        return False  # it is not needed: the key is in the environment, or it could not have been read


def _advice(error: ApiError, account: Account) -> str:
    """What to do about it now: the errors' own hints speak to whoever can wait."""
    match error:
        case NotSent() | OutcomeUnknown():
            return f"Check the network, and base_url in the configuration ({account.base_url}); then check again."
        case RateLimited():
            return "Something else uses this key, too: check again in a minute, or give the service a key of its own."
    return error.hint


def _role(name: str, who: WhoAmI) -> Iterator[Finding]:
    if who.role is not None:
        may = who.role.lower() in MAY_UPLOAD
        hint = "" if may else "Ask an owner of the organization for the role Editor."
        detail = who.role if may else f"{who.role}, which may not upload"
        yield Finding(f"{name}, role", ok=may, detail=detail, hint=hint)


def _organization(name: str, account: Account, who: WhoAmI, remembered: str | None) -> Finding:
    title = f"organization of {name}"
    named = {organization.id: organization.name for organization in who.organizations}
    if remembered is not None and remembered not in named and named:
        return Finding(
            title,
            ok=False,
            detail=f"the records belong to {remembered}, the key to {', '.join(named)}",
            hint=f"Use a key of {remembered}, or give the other organization an account under another name.",
        )
    if account.organization_id:
        if account.organization_id in named:
            return Finding(title, ok=True, detail=f"{named[account.organization_id]} ({account.organization_id})")
        belongs = ", ".join(f"{id_} ({title})" for id_, title in named.items()) or "none"
        hint = f"Use a key of that organization, or correct organization_id; this key's organizations: {belongs}."
        return Finding(title, ok=False, detail=f"the key does not belong to {account.organization_id}", hint=hint)
    if len(named) == 1:
        return Finding(title, ok=True, detail="{1} ({0})".format(*next(iter(named.items()))))
    if not named:
        hint = "Have an owner of the organization add whom the key belongs to, or make a new key there."
        return Finding(title, ok=False, detail="the key belongs to no organization", hint=hint)
    hint = f"Set organization_id to one of: {', '.join(f'{id_} ({title})' for id_, title in named.items())}."
    return Finding(title, ok=False, detail=f"the key belongs to {len(named)} organizations", hint=hint)


def _clock(server_time: float) -> Finding:
    off = time.time() - server_time
    ok = abs(off) <= CLOCK_SECONDS
    detail = (
        "agrees with the server"
        if ok
        else f"is {abs(off):.0f} seconds {'ahead of' if off > 0 else 'behind'} the server"
    )
    return Finding(
        "clock", ok=ok, detail=detail, hint="" if ok else "Turn on time synchronisation (timedatectl set-ntp true)."
    )


def _server(store: Store) -> Iterator[Finding]:
    if store.is_missing():
        yield Finding("database", ok=True, detail=f"{store.name} answers; its tables will be made by the first run")
        return
    try:
        store.open(read_only=True).close()
        found = list(store.shortcomings())
    except StoreUnavailable as error:
        yield Finding("database", ok=False, detail=error.title, hint=error.hint)
        return
    yield Finding("database", ok=True, detail=f"{store.name} works")
    yield from (Finding("database", ok=True, detail=f"{detail}. {hint}") for detail, hint in found)


def _nearest(path: Path) -> Path:
    return next(parent for parent in path.parents if os.path.exists(parent))


def _database(store: Store) -> Iterator[Finding]:
    path, folder = store.path, _nearest(store.path)
    if not store.is_missing():
        try:
            store.open(read_only=True).close()
        except StoreUnavailable as error:
            yield Finding("database", ok=False, detail=error.title, hint=error.hint)
        else:
            yield Finding("database", ok=True, detail=f"{path} works")
    elif os.access(folder, os.W_OK | os.X_OK):
        yield Finding("database", ok=True, detail=f"{path} will be made by the first run")
    else:
        hint = f"Give this user the right to write to {folder}, or set store.url."
        yield Finding("database", ok=False, detail=f"{path} can't be made", hint=hint)
    kind = file_system(os.fsencode(folder))
    if is_network(kind):
        hint = "Set store.url to a place on a local disk."
        yield Finding("database", ok=False, detail=f"{folder} is on {kind}, where SQLite's locks don't hold", hint=hint)


def _disk(store: Store, low_bytes: int) -> Iterator[Finding]:
    free = shutil.disk_usage(_nearest(store.path)).free
    ok = free >= low_bytes
    whom = "the database" if store.is_file else "the service"
    hint = "" if ok else f"Make room: {whom} needs some to record what it did."
    yield Finding("disk space", ok=ok, detail=f"{free // 1_000_000} MB free for {whom}", hint=hint)
