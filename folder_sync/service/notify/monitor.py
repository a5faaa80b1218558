"""What is wrong right now, as far as somebody should know: read from the database and from the disks."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from folder_sync.rules.noticing import Kind, Trouble, Weight
from folder_sync.store.audit import Audits
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.ports import Machine
from folder_sync.store.quota import QuotaBook
from folder_sync.store.service_state import PauseNote, ServiceState, WatchRemark, WatchStatus
from folder_sync.text import path_text

BACKLOG_SECONDS: Final = 3600.0
"""A photo that is on its way for longer than this should have gone, unless the key's quota is used up."""

WARM_UP_SECONDS: Final = 300.0
"""After a start, photos that waited while the service was off have this long before they count as late."""

TRIED_SECONDS: Final = 10.0
"""A request that was sent this long ago has its answer, and if the key was refused, the account is paused by now."""

LOW_BYTES: Final = 100_000_000
"""Two photos of the largest size that is allowed by default; `check` asks for as much."""


@dataclass(frozen=True, slots=True)
class Observation:
    """``unsure``: subjects about which nothing is known at the moment, so that trouble with them can't be declared
    over.
    """

    troubles: Sequence[Trouble]
    unsure: frozenset[str]


class Monitor:
    """``is_short`` tells for each account whether its quota runs short; ``places``: folders whose disks need room;
    ``shared``: those that several machines have, whoever takes them in.
    """

    def __init__(
        self,
        service_state: ServiceState,
        photo_queries: PhotoQueries,
        book: QuotaBook,
        *,
        audits: Audits,
        is_short: Mapping[str, Callable[[], bool]],
        places: Sequence[bytes],
        shared: Collection[bytes] = (),
        tried_seconds: float = TRIED_SECONDS,
        free_bytes: Callable[[bytes], int] = lambda place: shutil.disk_usage(place).free,
    ) -> None:
        self._service_state = service_state
        self._photo_queries = photo_queries
        self._book = book
        self._audits = audits
        self._is_short = is_short
        self._places = places
        self._shared = shared
        self._tried_seconds = tried_seconds
        self._free_bytes = free_bytes
        self._tried: set[str] = set()

    def look(self, now: float) -> Observation:
        """Raises StoreUnavailable."""
        since = self._service_state.since() or now
        troubles, unsure = self._pauses(since, now)
        for heard in (
            self._watch_statuses(),
            self._backlogs(since, now),
            self._disks(),
            self._differences(),
            self._elsewhere(),
        ):
            troubles += heard.troubles
            unsure |= heard.unsure
        return Observation(troubles, frozenset(unsure))

    def concerns(self, subject: str) -> bool:
        """Whether a trouble of an earlier run is about anything that is still configured."""
        scope, _, name = subject.partition(":")
        if scope in ("account", "backlog", "catalogue"):
            return name in self._is_short
        if scope == "machine":
            return name in {self._service_state.machine, *(machine.name for machine in self._service_state.others())}
        if any(name.endswith(_on(machine.name)) for machine in self._service_state.others()):
            return scope != "disk"  # that can't be seen from here
        name = name.removesuffix(_on(self._service_state.machine))
        return any(
            f"{name}/".startswith(f"{path_text(place).rstrip('/')}/") for place in (*self._places, *self._shared)
        )

    def _pauses(self, since: float, now: float) -> tuple[list[Trouble], set[str]]:
        """Pauses of a host or a key are not reported: they end by themselves, and if not, there is a backlog."""
        pauses = self._service_state.pauses()
        # A new run begins without pauses: that an account is not paused means nothing until it has been tried.
        unsure = {f"account:{account}" for account in self._is_short if not self._was_tried(account, since, now)}
        machine = self._service_state.machine
        return [trouble for pause in pauses if (trouble := _of_pause(pause, machine)) is not None], unsure

    def _was_tried(self, account: str, since: float, now: float) -> bool:
        if account not in self._tried and any(
            second < now - self._tried_seconds for second, _ in self._book.used(account, since)
        ):
            self._tried.add(account)
        return account in self._tried

    def _watch_statuses(self) -> Observation:
        watch_statuses = self._service_state.watch_statuses()
        return _hearing(watch_statuses, self._service_state.machine)

    def _elsewhere(self) -> Observation:
        """That a machine is silent, and its folders, as far as it says; of one that does not run nothing is known."""
        troubles: list[Trouble] = []
        unsure: set[str] = set()
        for machine in self._service_state.others():
            if machine.is_silent:
                troubles.append(_of_silence(machine))
            pauses = self._service_state.pauses(machine.name)
            found = [
                trouble
                for pause in pauses
                if pause.scope.startswith("folder:") and (trouble := _of_pause(pause, machine.name)) is not None
            ]
            heard = _hearing(self._service_state.watch_statuses(machine.name), machine.name)
            if machine.pid is None:
                unsure |= {trouble.subject for trouble in (*found, *heard.troubles)}
            else:
                troubles += (*found, *heard.troubles)
            unsure |= heard.unsure
        return Observation(troubles, frozenset(unsure))

    def _backlogs(self, since: float, now: float) -> Observation:
        if now - since < WARM_UP_SECONDS:
            return Observation([], frozenset(f"backlog:{account}" for account in self._is_short))
        late = []
        for account, is_short in self._is_short.items():
            line = self._photo_queries.in_line(account)
            if line is not None and now - line[1] > BACKLOG_SECONDS and not is_short():
                late.append(_of_backlog(account, *line))
        return Observation(late, frozenset())

    def _differences(self) -> Observation:
        """What audits found. While one goes on it is not known yet whether what it finds is all."""
        found: dict[str, int] = {}
        for (account, _), count in self._audits.found().items():
            found[account] = found.get(account, 0) + count
        return Observation([_of_differences(account, count) for account, count in found.items() if count], frozenset())

    def _disks(self) -> Observation:
        troubles, unsure, seen = [], set(), set()
        for place in self._places:
            subject = f"disk:{path_text(place)}{_on(self._service_state.machine)}"
            try:
                disk = os.stat(place).st_dev
                free = self._free_bytes(place)
            except OSError:
                unsure.add(subject)  # a folder that is away is reported as such
                continue
            if disk not in seen and free < LOW_BYTES:
                troubles.append(_of_disk(subject, path_text(place), free))
            seen.add(disk)
        return Observation(troubles, frozenset(unsure))


def _on(machine: str) -> str:
    """Behind the name of what belongs to one machine of several."""
    return f" on {machine}" if machine else ""


def _said(machine: str, text: str) -> str:
    return f"On {machine}: {text}" if machine else text


def _hearing(watch_statuses: Sequence[WatchStatus], machine: str) -> Observation:
    unproven = (one for one in watch_statuses if one.poll_seconds is None and one.heard_at is None)
    return Observation(
        [_of_hearing(one, machine) for one in watch_statuses if one.about in (WatchRemark.DEAF, WatchRemark.LIMITED)],
        frozenset(f"hearing:{path_text(one.folder)}{_on(machine)}" for one in unproven),
    )


def _of_pause(pause: PauseNote, machine: str) -> Trouble | None:
    kind, _, name = pause.scope.partition(":")
    if kind == "account":
        text = (
            f'Nothing is uploaded for the account "{name}". {pause.reason}'
            " Put a valid key in place and reload the service; `folder-sync check` says whether it works."
        )
        return Trouble(Kind.PAUSED, pause.scope, text, f'Photos of the account "{name}" are uploaded again.')
    if kind == "folder":
        again = f"The folder {name}{_on(machine)} can be used again."
        return Trouble(Kind.FOLDER, f"{pause.scope}{_on(machine)}", _said(machine, pause.reason), again)
    return None


def _of_silence(machine: Machine) -> Trouble:
    return Trouble(
        Kind.MACHINE,
        f"machine:{machine.name}",
        f"Nothing is heard of {machine.name}, and photos in its own folders wait."
        " See whether it is on, reaches the database, and folder-sync runs there.",
        f"{machine.name} is heard of again.",
    )


def _of_hearing(watch_status: WatchStatus, machine: str) -> Trouble:
    name = path_text(watch_status.folder)
    return Trouble(
        Kind.FOLDER,
        f"hearing:{name}{_on(machine)}",
        _said(machine, f"New photos in {name} are noticed a little later. {watch_status.remark}"),
        f"The folder {name}{_on(machine)} is watched again.",
        Weight.WARNING if watch_status.about is WatchRemark.DEAF else Weight.NOTICE,
    )


def _of_backlog(account: str, count: int, since: float) -> Trouble:
    moment = time.strftime("%Y-%m-%d %H:%M", time.localtime(since))
    photos = "1 photo waits" if count == 1 else f"{count} photos wait"
    return Trouble(
        Kind.BACKLOG,
        f"backlog:{account}",
        f'{photos} to be uploaded for the account "{account}", since {moment}.',
        f'No photo of the account "{account}" waits for long any more.',
        Weight.WARNING,
    )


def _of_differences(account: str, count: int) -> Trouble:
    places = "in 1 place" if count == 1 else f"in {count} places"
    return Trouble(
        Kind.CATALOGUE,
        f"catalogue:{account}",
        f'The catalogue differs from the records of the account "{account}" {places}: `folder-sync audit` says where.',
        f'The catalogue agrees with the records of the account "{account}" again.',
        Weight.WARNING,
    )


def _of_disk(subject: str, name: str, free: int) -> Trouble:
    return Trouble(
        Kind.DISK,
        subject,
        f"Only {free // 1_000_000} MB are free on the disk of {name}. Make room: records and photos need it.",
        f"There is room again on the disk of {name}.",
    )
