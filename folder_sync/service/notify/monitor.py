"""What is wrong right now, as far as somebody should know: read from the database and from the disks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from folder_sync.rules.noticing import Trouble
from folder_sync.service.notify.troubles import (
    of_backlog,
    of_differences,
    of_disk,
    of_pause,
    of_silence,
    of_watching,
    on_machine,
)
from folder_sync.store.audit import Audits
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.quota import QuotaBook
from folder_sync.store.service_state import ServiceState, WatchRemark, WatchStatus
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
        if any(name.endswith(on_machine(machine.name)) for machine in self._service_state.others()):
            return scope != "disk"  # that can't be seen from here
        name = name.removesuffix(on_machine(self._service_state.machine))
        return any(
            f"{name}/".startswith(f"{path_text(place).rstrip('/')}/") for place in (*self._places, *self._shared)
        )

    def _pauses(self, since: float, now: float) -> tuple[list[Trouble], set[str]]:
        """Pauses of a host or a key are not reported: they end by themselves, and if not, there is a backlog."""
        pauses = self._service_state.pauses()
        # A new run begins without pauses: that an account is not paused means nothing until it has been tried.
        unsure = {f"account:{account}" for account in self._is_short if not self._was_tried(account, since, now)}
        machine = self._service_state.machine
        return [trouble for pause in pauses if (trouble := of_pause(pause, machine)) is not None], unsure

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
                troubles.append(of_silence(machine))
            pauses = self._service_state.pauses(machine.name)
            found = [
                trouble
                for pause in pauses
                if pause.scope.startswith("folder:") and (trouble := of_pause(pause, machine.name)) is not None
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
                late.append(of_backlog(account, *line))
        return Observation(late, frozenset())

    def _differences(self) -> Observation:
        """What audits found. While one goes on it is not known yet whether what it finds is all."""
        found: dict[str, int] = {}
        for (account, _), count in self._audits.found().items():
            found[account] = found.get(account, 0) + count
        return Observation([of_differences(account, count) for account, count in found.items() if count], frozenset())

    def _disks(self) -> Observation:
        troubles, unsure, seen = [], set(), set()
        for place in self._places:
            subject = f"disk:{path_text(place)}{on_machine(self._service_state.machine)}"
            try:
                disk = os.stat(place).st_dev
                free = self._free_bytes(place)
            except OSError:
                unsure.add(subject)  # a folder that is away is reported as such
                continue
            if disk not in seen and free < LOW_BYTES:
                troubles.append(of_disk(subject, path_text(place), free))
            seen.add(disk)
        return Observation(troubles, frozenset(unsure))


def _hearing(watch_statuses: Sequence[WatchStatus], machine: str) -> Observation:
    unproven = (one for one in watch_statuses if one.poll_seconds is None and one.heard_at is None)
    return Observation(
        [of_watching(one, machine) for one in watch_statuses if one.about in (WatchRemark.DEAF, WatchRemark.LIMITED)],
        frozenset(f"hearing:{path_text(one.folder)}{on_machine(machine)}" for one in unproven),
    )
