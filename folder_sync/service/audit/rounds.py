"""The audits that the service makes by itself, on their own thread, so that nothing waits for them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from typing import Final

import structlog

from folder_sync.errors import StoreUnavailable
from folder_sync.service import store_trouble
from folder_sync.service.audit.account import AccountAudit
from folder_sync.service.audit.summary import AuditSummary
from folder_sync.service.background import BackgroundWork
from folder_sync.store.audit import Audits
from folder_sync.store.service_state import ServiceState

log = structlog.get_logger()

LOOK_SECONDS: Final = 60.0
"""How often to check whether an audit is due, or may continue."""
LONGEST_REST_SECONDS: Final = 3600.0
"""Products that could not be asked are asked again, ever less often."""
STOP_SECONDS: Final = 5.0
"""Does not wait for a request under way: it changes nothing."""


class GivenUp(Exception):
    """The service ends, or another machine leads; the next run goes on."""


class AuditRounds(BackgroundWork):
    """``build``: makes the audits of accounts whose organization is known by now; ``wait`` of them is ours to give.

    ``leads``: whether it is this machine of several that audits.
    """

    def __init__(
        self,
        build: Callable[[Callable[[float], object]], Sequence[AccountAudit]],
        audits: Audits,
        service_state: ServiceState,
        *,
        every_seconds: float,
        leads: Callable[[], bool],
        clock: Callable[[], float] = time.time,
        look_seconds: float = LOOK_SECONDS,
    ) -> None:
        super().__init__("audits", STOP_SECONDS)
        self._build = build
        self._audits = audits
        self._service_state = service_state
        self._every_seconds = every_seconds
        self._leads = leads
        self._clock = clock
        self._look_seconds = min(look_seconds, every_seconds)
        self._rest = 0.0

    def _work(self) -> None:
        while not self._stopping.wait(max(self._look_seconds, self._rest)):
            try:
                if self._leads():
                    self._round()
            except GivenUp:
                continue  # the end is seen while it waits
            except StoreUnavailable as error:
                store_trouble.tell(error)
            except Exception:  # the top of a thread: a bug must not end the audits
                log.exception("audit_failed")

    def _round(self) -> None:
        failed = False
        for audit in self._build(self._wait):
            with closing(audit):
                if self._is_due(audit.account):
                    failed |= self._audit(audit)
        self._rest = min(max(2 * self._rest, self._look_seconds), LONGEST_REST_SECONDS) if failed else 0.0

    def _is_due(self, account: str) -> bool:
        paused = {f"{kind}:{account}" for kind in ("account", "host", "key")}
        if paused & {note.scope for note in self._service_state.pauses()}:
            return False
        return self._audits.is_due(account, self._clock(), self._every_seconds)

    def _audit(self, audit: AccountAudit) -> bool:
        """Whether something went wrong."""
        products, _ = audit.prepare(None)
        summary = AuditSummary(products)
        audit.run(summary, self._look_up)
        if not summary.unasked:
            differences = sum(count for (account, _), count in self._audits.found().items() if account == audit.account)
            log.info("catalogue_audited", account=audit.account, products=products, differences=differences)
        return summary.failed

    def _look_up(self) -> None:
        if self._stopping.is_set() or not self._leads():
            raise GivenUp

    def _wait(self, seconds: float) -> None:
        if self._stopping.wait(seconds):
            raise GivenUp
