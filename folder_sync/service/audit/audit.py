"""One audit, of all accounts that it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from folder_sync.photo import Gtin14
from folder_sync.service.audit.account import AccountAudit
from folder_sync.service.audit.summary import AuditSummary
from folder_sync.store.audit import Audits, Differing
from folder_sync.store.mending import Mending


class Audit:
    """Of all accounts."""

    def __init__(
        self, accounts: Sequence[AccountAudit], audits: Audits, mending: Mending, wanted: Collection[Gtin14] | None
    ) -> None:
        self._accounts = accounts
        self._audits = audits
        self._mending = mending
        self._wanted = wanted
        self.summary = AuditSummary()

    def prepare(self) -> float:
        """In about how many seconds it can be done."""
        prepared = [account.prepare(self._wanted) for account in self._accounts]
        self.summary.products = sum(count for count, _ in prepared)
        return max((seconds for _, seconds in prepared), default=0.0)

    def run(self, step: Callable[[], None]) -> None:
        for account in self._accounts:
            account.run(self.summary, step)

    def mend(self, now: float) -> None:
        """Hand over all known differences that can be fixed; the service, or the next `sync`, fixes them."""
        self.summary.mended = sum(self._mending.take_on(one, now) for one in self.differences())

    def close(self) -> None:
        for account in self._accounts:
            account.close()

    def differences(self) -> list[Differing]:
        """All known differences, those of earlier audits included."""
        return self._audits.differences(self._wanted)
