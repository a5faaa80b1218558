"""What must be right before the service can work, one thing at a time, each with a hint that can be followed."""

from __future__ import annotations

from collections.abc import Mapping

from folder_sync.errors import ConfigInvalid, StoreUnavailable
from folder_sync.files.timeouts import ANSWER_SECONDS
from folder_sync.records import store_of
from folder_sync.report.checks import accounts, barcodes, conversion, database, exports, folders, names, overlaps
from folder_sync.report.checks.finding import Finding
from folder_sync.report.checks.known import Known, known
from folder_sync.service.notify.monitor import LOW_BYTES
from folder_sync.settings import Settings


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
    store, service, of_store = None, Known(), []
    try:
        store = store_of(settings, environ)
    except (ConfigInvalid, StoreUnavailable) as error:
        of_store = [Finding("database", ok=False, detail=error.title, hint=error.hint)]
    else:
        service = known(store, settings.accounts)
    for watched in settings.watch:
        findings += folders.check(watched, settings, service, answer_seconds)
    findings += overlaps.check(settings, answer_seconds)
    findings += folders.strays(settings)
    findings += names.check(settings)
    findings += conversion.check(settings)
    findings += barcodes.check(settings)
    for name, account in settings.accounts.items():
        findings += accounts.check(name, account, settings, environ, service.organizations.get(name), ask=ask)
    findings += accounts.check_together(settings.accounts, service.organizations)
    if store is not None:
        of_store = [*database.check(store), *exports.check(store), *database.check_disk(store, low_bytes)]
    return findings + of_store
