"""How the service stands, read from outside: what `status`, the page and the metrics show."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from folder_sync.photo import State
from folder_sync.rules.quota import Meters, Window, WindowUsage
from folder_sync.service.delivery.rate_limiter import load_meters
from folder_sync.service.notify.monitor import LOW_BYTES
from folder_sync.store.audit import Audits
from folder_sync.store.held_files import HeldFile, HeldFiles
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.ports import Database, Machine
from folder_sync.store.quota import QuotaBook
from folder_sync.store.service_state import PauseNote, ServiceState, WatchStatus
from folder_sync.text import display, iso, path_text


@dataclass(frozen=True, slots=True)
class Status:
    """Times are Unix seconds. ``pid`` is None where no service runs.

    Of several machines that of this one is meant; of another where this one never had any.
    """

    pid: int | None
    since: float | None
    at: float
    """When it was so."""
    machines: Sequence[Machine]
    version: str | None
    """The version of the program that runs, or ran last; None where none ever did."""
    pauses: Sequence[PauseNote]
    elsewhere: Sequence[tuple[str, PauseNote]]
    """What is paused on other machines, by their names; but for a key or host that is paused here as well."""
    counts: Mapping[State, int]
    quota: Sequence[tuple[str, WindowUsage]]
    oldest_queued_at: float | None
    last_uploaded_at: float | None
    backlogs_clear_at: Mapping[str, float | None]
    """By account, for those that have one; None: nobody knows."""
    folders: Sequence[WatchStatus]
    held: int
    """Files that are not taken in yet: still written, incomplete, or not judged."""
    held_files: Sequence[HeldFile]
    """Some of them."""
    to_look_up: int
    """Products that the catalogue is still to be asked for, since their photos may be there already."""
    looked_up: int
    """Those that it was asked for; 0 where none is left."""
    remarks: int
    """Uploaded photos with notes."""
    differences: Mapping[tuple[str, ...], int]
    """(account, kind) → how many audits have found."""
    audited_at: Mapping[str, float]
    """By account, when the last audit of all its products was through."""
    low_disk: int | None
    """Bytes that are left beside the records, where that is little."""

    @property
    def backlog_clears_at(self) -> float | None:
        """The last of them; None also where one is not known."""
        known = [moment for moment in self.backlogs_clear_at.values() if moment is not None]
        return max(known, default=None) if len(known) == len(self.backlogs_clear_at) else None


def status(database: Database, configured: Mapping[str, tuple[Window, ...]], now: float) -> Status:
    """``configured``: each account's windows, until the server told others."""
    photo_queries, service_state, book = PhotoQueries(database), ServiceState(database), QuotaBook(database)
    held_files, audits = HeldFiles(database), Audits(database)
    machines = database.machines()
    pid, since = at_work(database)
    meters = {
        account: load_meters(book, account, windows, wall=now, now=now) for account, windows in configured.items()
    }
    is_at_work = pid is not None or any(machine.pid is not None for machine in machines)
    to_look_up = photo_queries.to_look_up()
    pauses = [note for note in service_state.pauses() if _holds(note, now)] if pid is not None else []
    own = {note.scope for note in pauses}
    return Status(
        pid=pid,
        since=since,
        at=now,
        machines=machines,
        version=service_state.version(),
        pauses=pauses,
        elsewhere=[
            (machine.name, note)
            for machine in service_state.others()
            if machine.pid is not None
            for note in service_state.pauses(machine.name)
            if _holds(note, now) and (note.scope.startswith("folder:") or note.scope not in own)
        ],
        counts=photo_queries.counts(),
        quota=[(account, standing) for account, meter in meters.items() for standing in meter.standings(now)],
        oldest_queued_at=photo_queries.oldest_queued_at(),
        last_uploaded_at=photo_queries.last_uploaded_at(),
        backlogs_clear_at=_backlogs_clear_at(
            meters, _requests(photo_queries.backlog(), to_look_up), pauses, now, is_at_work=is_at_work
        ),
        folders=service_state.watch_statuses() if pid is not None else [],
        held=held_files.count() if pid is not None else 0,
        held_files=held_files.named() if pid is not None else [],
        to_look_up=sum(to_look_up.values()),
        looked_up=photo_queries.looked_up() if to_look_up else 0,
        remarks=photo_queries.remarks(),
        differences=audits.found(),
        audited_at=audits.finished(),
        low_disk=_low_disk(database),
    )


def _low_disk(database: Database) -> int | None:
    """A full disk takes no note of itself, nor of the photos that it holds up."""
    try:
        free = shutil.disk_usage(database.store.path.parent).free
    except OSError:
        return None
    return free if free < LOW_BYTES else None


def at_work(database: Database) -> tuple[int | None, float | None]:
    """The service that ``Status`` means: its process, and when it started."""
    pid, machines = database.holder(), database.machines()
    if pid is not None:
        return pid, ServiceState(database).since()
    if database.watcher not in {machine.name for machine in machines}:
        others = [(machine.since, machine.pid) for machine in machines if machine.since is not None]
        since, pid = min(others, default=(None, None))
        return pid, since
    return None, None


def _requests(backlog: Mapping[str, int], to_look_up: Mapping[str, int]) -> dict[str, int]:
    """By account: a photo takes one, and so does each product that has to be looked up before."""
    return {
        account: backlog.get(account, 0) + to_look_up.get(account, 0) for account in backlog.keys() | to_look_up.keys()
    }


def _holds(note: PauseNote, now: float) -> bool:
    """A key waits for a time, and when that has come it waits no more; the others wait for a try to succeed."""
    return not note.scope.startswith("key:") or note.until is None or note.until > now


def _backlogs_clear_at(
    meters: Mapping[str, Meters],
    backlog: Mapping[str, int],
    pauses: Sequence[PauseNote],
    now: float,
    *,
    is_at_work: bool,
) -> dict[str, float | None]:
    """Nobody knows, while no service runs, or an account with a backlog stands still until it is fixed."""
    held = {note.scope: note.until for note in pauses}
    ends: dict[str, float | None] = {}
    for account in backlog.keys() & meters.keys():
        if not is_at_work or held.keys() & {f"account:{account}", f"host:{account}"}:
            ends[account] = None
            continue
        parked_until = held.get(f"key:{account}") or now
        ends[account] = max(now, parked_until) + meters[account].clears_in(now, backlog[account])
    return ends


def as_json(found: Status) -> dict[str, Any]:
    """``status --json``."""
    return {
        "service": {
            "running": found.pid is not None,
            "pid": found.pid,
            "since": iso(found.since),
            "pauses": [{"scope": note.scope, "reason": note.reason, "until": iso(note.until)} for note in found.pauses],
        },
        "machines": _machines(found),
        "counts": {state.value: count for state, count in found.counts.items()},
        "quota": [
            {
                "account": account,
                "window_seconds": standing.window.seconds,
                "limit": standing.window.limit,
                "remaining": standing.remaining,
                "resets_at": iso(standing.resets_at),
            }
            for account, standing in found.quota
        ],
        "oldest_queued_at": iso(found.oldest_queued_at),
        "last_uploaded_at": iso(found.last_uploaded_at),
        "backlog_clears_at": iso(found.backlog_clears_at),
        "remarks": found.remarks,
        "audit": {
            "differences": sum(found.differences.values()),
            "through_at": iso(min(found.audited_at.values(), default=None)),
        },
        "products_to_look_up": found.to_look_up,
        "products_looked_up": found.looked_up,
        "held": {
            "count": found.held,
            "files": [
                {"path": path_text(file.path), "since": iso(file.since), "why": file.why.value}
                for file in found.held_files
            ],
        },
        "folders": [
            {
                "path": path_text(folder.folder),
                "backend": folder.backend,
                "heard_at": iso(folder.heard_at),
                "poll_seconds": folder.poll_seconds,
                "remark": folder.remark or None,
            }
            for folder in found.folders
        ],
    }


def _machines(found: Status) -> list[dict[str, Any]]:
    """Those whose services work on these records: of a database that is a file, this one, once it did."""
    return [
        {
            "name": display(machine.name),
            "running": machine.pid is not None,
            "pid": machine.pid,
            "since": iso(machine.since),
            "seen_at": iso(machine.seen_at or (found.at if machine.pid is not None else None)),
            "version": machine.version,
            "silent": machine.is_silent,
        }
        for machine in found.machines
    ]
