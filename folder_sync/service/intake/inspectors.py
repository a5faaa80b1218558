"""Inspects settled files and records what each means: the slow part of intake, on a small pool of threads."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from typing import Final, Protocol

import structlog

from folder_sync.errors import StoreUnavailable
from folder_sync.files.opening import look
from folder_sync.photo import Fingerprint, State
from folder_sync.rules.arrivals import Later, Seen, Wait
from folder_sync.service import store_trouble
from folder_sync.service.folders import Folder
from folder_sync.service.intake.inbox import Inbox, Judged
from folder_sync.service.intake.judging import Judgement, judge, unreadable
from folder_sync.service.intake.other_paths import OtherPaths
from folder_sync.service.intake.per_product import Turn
from folder_sync.service.intake.quality_check import QualityCheck
from folder_sync.service.intake.worker_pool import DaemonPool
from folder_sync.service.summary import RunLog
from folder_sync.service.tidying import Tidier
from folder_sync.service.wakeup import Wakeup
from folder_sync.store.incoming import Incoming
from folder_sync.store.recording import Place

log = structlog.get_logger()

INSPECTORS: Final = 2
"""While one waits for a disk or a share, the other looks at the next photo."""

DECISIONS: Final = 4
"""How many times in a row to decide on a file: nearly all need one, for no other path matters to a new photo; where one
does, the disks are asked and it is decided again, each time that another path has come to matter meanwhile.
"""


class Account(Protocol):
    @property
    def organization_id(self) -> str | None:
        """None as long as it is unknown."""


class Inspector:
    """One watched folder's, with its ``account``."""

    def __init__(
        self,
        folder: Folder,
        inbox: Inbox,
        incoming: Incoming,
        other_paths: OtherPaths,
        *,
        max_bytes: int,
        quality: QualityCheck,
        account: Account,
        run_log: RunLog,
        tidier: Tidier,
        wakeup: Wakeup,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder = folder
        self._inbox = inbox
        self._incoming = incoming
        self._other_paths = other_paths
        self._max_bytes = max_bytes
        self._quality = quality
        self._account = account
        self._run_log = run_log
        self._tidier = tidier
        self._wakeup = wakeup
        self._clock = clock
        self._pool = DaemonPool(INSPECTORS, "inspector")

    def begin(
        self, path: bytes, fingerprint: Fingerprint, turn: Turn | None, *, hasty: bool, restless: bool = False
    ) -> None:
        """The result is posted to the inbox as ``Judged``. ``hasty`` is as in ``arrivals.decide``; ``restless``:
        changes of the file's attributes meanwhile mean nothing.
        """
        self._inbox.expect()
        self._pool.submit(partial(self._inspect, path, fingerprint, turn, hasty=hasty, restless=restless))

    def stop(self, seconds: float) -> None:
        self._pool.stop(seconds)

    def _inspect(
        self, path: bytes, fingerprint: Fingerprint, turn: Turn | None, *, hasty: bool, restless: bool
    ) -> None:
        end: Judgement | Later = Later()
        opened = fingerprint
        try:
            judgement, opened = judge(
                path,
                self._folder.root,
                fingerprint,
                self._max_bytes,
                self._folder.names,
                self._quality,
                self._incoming.is_vouched,
            )
            if isinstance(judgement, Seen):
                if _is_same(look(path), opened, fingerprint, restless=restless):
                    end = self.record(path, opened, judgement, hasty=hasty)
            else:
                end = judgement
        except TimeoutError as error:  # of another folder, whose photo may be the same
            log.warning("photo_out_of_reach", path=path, reason=str(error))
        except OSError as error:
            end = unreadable(path, error.strerror or str(error))
        except StoreUnavailable as error:
            store_trouble.tell(error)
        except Exception as error:  # the top of a thread: one photo's bug must not stop the others
            log.exception("inspection_failed", path=path)
            end = unreadable(path, f"an error of this program ({type(error).__name__})")
        finally:
            self._inbox.answer(Judged(path, turn, opened, end))

    def record(self, path: bytes, fingerprint: Fingerprint, seen: Seen, *, hasty: bool) -> Seen | Later:
        """Raises StoreUnavailable, and TimeoutError where another folder does not answer."""
        place = Place(path, self._folder.account, self._account.organization_id, fingerprint)
        occupied: Mapping[bytes, bool] = {}
        for _ in range(DECISIONS):
            now = self._clock()
            arrival, record = self._incoming.arrive(place, seen, now, occupied, hasty=hasty)
            if record is not None:
                self._tidier.tidy(record)
                self._run_log.recorded(arrival, record)
                if record.state is State.QUEUED:  # also where it is known: it may have waited for just this
                    self._wakeup.ring()
                return seen
            if arrival != Later(Wait.DISKS):
                break
            occupied = self._other_paths.occupied(self._incoming.candidates(place, seen, now), beside=path)
        return arrival if isinstance(arrival, Later) else Later()


def _is_same(now: Fingerprint | None, opened: Fingerprint, settled: Fingerprint, *, restless: bool) -> bool:
    """Whether the file has not changed from settling, through reading, until now."""
    if now is None:
        return False
    if restless:
        now, opened = replace(now, ctime_ns=settled.ctime_ns), replace(opened, ctime_ns=settled.ctime_ns)
    return now == opened == settled
