"""The audit, which works beside a service that may be running."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress

from folder_sync.accounts import configured_windows, read_key_of
from folder_sync.closient.client import Client
from folder_sync.closient.fetching import Fetcher
from folder_sync.closient.keys import ApiKey
from folder_sync.errors import StoreUnavailable
from folder_sync.photo import Gtin14
from folder_sync.rules.requests import Call, Ending
from folder_sync.service.audit.account import AccountAudit
from folder_sync.service.audit.audit import Audit
from folder_sync.service.audit.rounds import AuditRounds
from folder_sync.service.audit.spare import Spare
from folder_sync.service.delivery.channel import Channel
from folder_sync.service.delivery.rate_limiter import RateLimiter
from folder_sync.settings import Settings
from folder_sync.store.audit import Audits
from folder_sync.store.mending import Mending
from folder_sync.store.ports import Database
from folder_sync.store.quota import QuotaBook
from folder_sync.store.request_tallies import RequestTallies
from folder_sync.store.service_state import ServiceState


def build_audit(
    settings: Settings, database: Database, environ: Mapping[str, str], wanted: Collection[Gtin14] | None
) -> Audit:
    """Holds the catalogue against the records, of these products or of all; beside a service that may be running.

    Raises ConfigInvalid for keys, and StoreUnavailable.
    """
    keys = {name: read_key_of(name, account, environ) for name, account in settings.accounts.items()}
    state = ServiceState(database)
    organizations = {
        name: account.organization_id or state.organization(name, account.base_url)
        for name, account in settings.accounts.items()
    }
    audits = [
        _audit_of(
            name,
            organization_id,
            keys[name],
            settings,
            database,
            RateLimiter(name, QuotaBook(database), configured_windows(settings.accounts[name]), wall=database.clock),
            asks_whose_key=True,
        )
        for name, organization_id in organizations.items()
        if organization_id is not None  # else nothing was ever uploaded
    ]
    return Audit(audits, Audits(database), Mending(database), wanted)


def _counted_for(account: str, tallies: RequestTallies) -> Callable[[Call, Ending, float], None]:
    """For ``on_ended`` of what sends requests: recorded at once, for an audit makes few, and may end after each."""

    def ended(call: Call, ending: Ending, seconds: float) -> None:
        tallies.add(account, call, ending, seconds)
        with suppress(StoreUnavailable):  # whatever else is to be recorded will say so
            tallies.save()

    return ended


def _audit_of(
    name: str,
    organization_id: str,
    key: ApiKey,
    settings: Settings,
    database: Database,
    rate_limiter: RateLimiter,
    wait: Callable[[float], object] = time.sleep,
    *,
    asks_whose_key: bool = False,
) -> AccountAudit:
    account, delivery = settings.accounts[name], settings.delivery
    audits, on_ended = Audits(database), _counted_for(name, RequestTallies(database))
    seen = ServiceState(database).serves_unchanged(name, account.base_url)
    return AccountAudit(
        name,
        organization_id,
        Client(
            account.base_url,
            key,
            connect_seconds=delivery.connect_seconds,
            read_seconds=delivery.read_seconds,
            on_heard=rate_limiter.heard,
            on_ended=on_ended,
        ),
        Fetcher(
            account.base_url,
            connect_seconds=delivery.connect_seconds,
            read_seconds=delivery.read_seconds,
            on_ended=on_ended,
        ),
        Spare(
            name,
            rate_limiter,
            QuotaBook(database),
            audits,
            configured_windows(account),
            settings.audit.quota_share,
            wall=database.clock,
        ),
        audits,
        unchanged={format_ for format_, same, _ in seen if same},
        deletes_superseded=settings.after.superseded == "delete",
        asks_whose_key=asks_whose_key,
        wait=wait,
        clock=database.clock,
    )


def audit_rounds_of(
    settings: Settings, environ: Mapping[str, str], database: Database, channels: Mapping[str, Channel]
) -> AuditRounds | None:
    if settings.audit.every_days == 0:
        return None
    keys = {name: read_key_of(name, account, environ) for name, account in settings.accounts.items()}

    def build(wait: Callable[[float], object]) -> list[AccountAudit]:
        return [
            _audit_of(name, channel.organization_id, keys[name], settings, database, channel.rate_limiter, wait)
            for name, channel in channels.items()
            if channel.organization_id is not None
        ]

    every_seconds = settings.audit.every_days * 86_400
    return AuditRounds(
        build,
        Audits(database),
        ServiceState(database),
        every_seconds=every_seconds,
        leads=database.lease.leads,
        clock=database.clock,
    )
