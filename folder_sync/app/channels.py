"""Each account's way to the server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial

from folder_sync.accounts import configured_windows, read_key_of
from folder_sync.app.records import Records
from folder_sync.closient.client import Client
from folder_sync.closient.fetching import Fetcher
from folder_sync.closient.headers import Heard
from folder_sync.closient.keys import ApiKey
from folder_sync.errors import ConfigInvalid
from folder_sync.rules.outcome import Policy
from folder_sync.service.delivery.channel import Channel
from folder_sync.service.delivery.progress import Progress
from folder_sync.service.delivery.rate_limiter import RateLimiter
from folder_sync.service.intake.folder_intake import REWRITTEN_TIMES
from folder_sync.settings import Account, Settings


def policy_of(settings: Settings) -> Policy:
    return Policy(
        retry_base_seconds=settings.delivery.retry_base_seconds,
        retry_max_seconds=settings.delivery.retry_max_seconds,
        confirm_after_seconds=settings.delivery.confirm_after_seconds,
        recheck_seconds=settings.delivery.recheck_seconds,
        rewritten_seconds=REWRITTEN_TIMES * settings.intake.settle_seconds,
    )


def channels_of(
    settings: Settings,
    environ: Mapping[str, str],
    records: Records,
    progress: Progress,
    may_complete: Callable[[], bool],
    clock: Callable[[], float],
    open_file: Callable[[bytes], int],
) -> dict[str, Channel]:
    """By account. All keys are read first: that one is missing is found before anything is recorded.

    ``clock``: Unix time, as the records have it. ``open_file``: as ``files.sending.opener`` makes it.
    """
    keys = {name: read_key_of(name, account, environ) for name, account in settings.accounts.items()}
    return {
        name: _channel(name, account, keys[name], settings, records, progress, may_complete, clock, open_file)
        for name, account in settings.accounts.items()
    }


def _channel(
    name: str,
    account: Account,
    key: ApiKey,
    settings: Settings,
    records: Records,
    progress: Progress,
    may_complete: Callable[[], bool],
    clock: Callable[[], float],
    open_file: Callable[[bytes], int],
) -> Channel:
    on_ended = partial(records.request_tallies.add, name)

    def connect(on_heard: Callable[[Heard], None]) -> Client:
        return Client(
            account.base_url,
            key,
            connect_seconds=settings.delivery.connect_seconds,
            read_seconds=settings.delivery.read_seconds,
            on_heard=on_heard,
            open_file=open_file,
            on_progress=progress.note,
            on_ended=on_ended,
            may_complete=may_complete,
        )

    known = records.service_state.organization(name, account.base_url)
    if known and account.organization_id and known != account.organization_id:
        raise ConfigInvalid(
            f'The records of the account "{name}" belong to organization {known}, not to {account.organization_id}.',
            "Give the new organization an account of its own, under another name.",
        )
    channel = Channel(
        name,
        account.base_url,
        connect=connect,
        rate_limiter=RateLimiter(name, records.book, configured_windows(account), wall=clock),
        fetcher=Fetcher(
            account.base_url,
            connect_seconds=settings.delivery.connect_seconds,
            read_seconds=settings.delivery.read_seconds,
            on_progress=progress.note,
            on_ended=on_ended,
        ),
        service_state=records.service_state,
        seen_images=records.seen_images,
        progress=progress,
        policy=policy_of(settings),
        organization_id=account.organization_id or known,
        clock=clock,
    )
    if account.organization_id and known is None:
        records.service_state.set_organization(name, account.base_url, account.organization_id)
    return channel
