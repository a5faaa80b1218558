"""Whether somebody would be told of trouble: `check`, and with a test message `check --notify`."""

from __future__ import annotations

from folder_sync.messages.process import MISSING_EXTRA, SenderProcess, is_installed, targets
from folder_sync.report.checks.finding import Finding
from folder_sync.service.notify.wording import trial
from folder_sync.settings import Notify


def check(notify: Notify, *, send: bool) -> list[Finding]:
    """A finding for each address. ``send``: also send it a test message."""
    if not notify.urls:
        if not send:
            return []
        hint = 'Add a table [notify] with urls = ["mailto://user:password@example.com"].'
        return [Finding("messages", ok=False, detail="nobody is told: there is no address", hint=hint)]
    if not is_installed():
        return [Finding("messages", ok=False, detail="can't be sent", hint=MISSING_EXTRA)]
    sender = SenderProcess()
    findings = []
    for target in targets(notify.urls):
        result = sender.send(target.url, trial() if send else None)
        number, _, _ = target.name.partition(" ")
        well = "took the test message" if send else "is understood; --notify sends a test message"
        detail = f"{result.address} {well}" if result.ok else f"{result.address} {result.problem}"
        hint = (
            ""
            if result.ok
            else f"Correct address number {number} of notify.urls; `folder-sync check --notify` tries it."
        )
        findings.append(
            Finding(f"message address {number}", ok=result.ok, detail=detail, hint="" if result.ok else hint)
        )
    return findings
