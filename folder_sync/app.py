"""The composition root: the one place that builds things and hands them to each other."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence

import structlog

from folder_sync.accounts import configured_windows, read_key_of
from folder_sync.closient.client import Client
from folder_sync.closient.connecting import ADDRESSES_TRIED
from folder_sync.closient.fetching import Fetcher
from folder_sync.closient.headers import Heard
from folder_sync.closient.keys import ApiKey
from folder_sync.errors import ConfigInvalid
from folder_sync.files.sending import opener
from folder_sync.messages.process import MISSING_EXTRA, SenderProcess, is_installed, targets
from folder_sync.rules.outcome import Policy
from folder_sync.service.delivery.channel import Channel
from folder_sync.service.delivery.jobs import JobRunner
from folder_sync.service.delivery.progress import Progress
from folder_sync.service.delivery.rate_limiter import RateLimiter
from folder_sync.service.delivery.workers import STUCK_SECONDS, Delivery
from folder_sync.service.folders import folders
from folder_sync.service.housekeeping import Housekeeping
from folder_sync.service.intake.dry_run import preview
from folder_sync.service.intake.folder_intake import REWRITTEN_TIMES, FolderIntake
from folder_sync.service.intake.inbox import Inboxes
from folder_sync.service.intake.inspectors import Inspector
from folder_sync.service.intake.intakes import Intakes
from folder_sync.service.intake.other_paths import OtherPaths
from folder_sync.service.intake.per_product import PerProductQueue
from folder_sync.service.intake.scanner import Scanner
from folder_sync.service.notify.monitor import Monitor
from folder_sync.service.notify.notifier import Notifier
from folder_sync.service.summary import RunLog, RunSummary
from folder_sync.service.supervisor import Service
from folder_sync.service.systemd import SystemdNotifier
from folder_sync.service.tidying import AfterPolicy, Tidier
from folder_sync.service.wakeup import Wakeup
from folder_sync.service.watch.availability import FolderAvailability
from folder_sync.service.watch.folder_monitor import FolderMonitor
from folder_sync.service.watch.folder_watch import FolderWatch
from folder_sync.settings import Account, After, Settings
from folder_sync.store.incoming import Incoming
from folder_sync.store.notification_log import NotificationLog
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.places import Places
from folder_sync.store.queue import Queue
from folder_sync.store.quota import QuotaBook
from folder_sync.store.service_state import ServiceState
from folder_sync.store.sqlite.database import Database

log = structlog.get_logger()


def build_service(settings: Settings, database: Database, environ: Mapping[str, str]) -> Service:
    """The whole service on an open database, not yet started. Raises ConfigInvalid for keys."""
    return _build(settings, database, environ, notifies=True)


def build_pass(settings: Settings, database: Database, environ: Mapping[str, str]) -> Service:
    """The same for one pass with somebody looking on, who needs no message. Raises ConfigInvalid for keys."""
    return _build(settings, database, environ, notifies=False)


def _build(settings: Settings, database: Database, environ: Mapping[str, str], *, notifies: bool) -> Service:
    keys = {name: read_key_of(name, account, environ) for name, account in settings.accounts.items()}
    wakeup, progress = Wakeup(), Progress()
    deletes_superseded = settings.after.superseded == "delete"
    service_state, incoming = ServiceState(database), Incoming(database)
    queue = Queue(database, owner=secrets.token_hex(8), deletes_superseded=deletes_superseded)
    incoming.deletes_superseded = deletes_superseded
    policy = Policy(
        retry_base_seconds=settings.delivery.retry_base_seconds,
        retry_max_seconds=settings.delivery.retry_max_seconds,
        confirm_after_seconds=settings.delivery.confirm_after_seconds,
        recheck_seconds=settings.delivery.recheck_seconds,
        rewritten_seconds=REWRITTEN_TIMES * settings.intake.settle_seconds,
    )
    channels = {
        name: _channel(name, account, keys[name], settings, policy, QuotaBook(database), service_state, progress)
        for name, account in settings.accounts.items()
    }
    watched = folders(settings)
    tidier = Tidier(_after(settings.after), watched, Places(database), time.time)
    run_log = RunLog(finished=tidier.tidy, wakeup=wakeup)
    availability = FolderAvailability(incoming, service_state, wakeup)

    inboxes, per_product, other_paths = Inboxes(watched), PerProductQueue(), OtherPaths(watched, availability)
    scanners = {folder.root: Scanner(folder, inboxes.of(folder), incoming, availability) for folder in watched}
    intake = Intakes(
        [
            FolderIntake(
                folder,
                inboxes,
                incoming,
                scanners[folder.root],
                Inspector(
                    folder,
                    inboxes.of(folder),
                    incoming,
                    other_paths,
                    max_bytes=settings.intake.max_bytes,
                    organization_of=lambda account: channels[account].organization_id,
                    recorded=run_log.recorded,
                ),
                availability=availability,
                per_product=per_product,
                settle_seconds=settings.intake.settle_seconds,
                incomplete_seconds=settings.intake.incomplete_seconds,
            )
            for folder in watched
        ],
        inboxes,
        incoming=incoming,
        availability=availability,
        per_product=per_product,
    )
    jobs = JobRunner(
        queue,
        policy,
        durable=settings.after.uploaded != "keep",
        settled=run_log.settled,
        look_again=inboxes.look_again,
    )
    delivery = Delivery(
        list(channels.values()),
        queue,
        jobs,
        availability=availability,
        wakeup=wakeup,
        progress=progress,
        concurrency=settings.delivery.concurrency,
        longest_step_seconds=max(
            STUCK_SECONDS, 2 * (ADDRESSES_TRIED * settings.delivery.connect_seconds + settings.delivery.read_seconds)
        ),
    )
    return Service(
        watched,
        [
            FolderMonitor(
                FolderWatch(
                    folder,
                    availability=availability,
                    service_state=service_state,
                    inbox=inboxes.of(folder),
                    pass_cost=scanners[folder.root].pass_cost,
                ),
                availability,
                tidy=tidier.sweep,
            )
            for folder in watched
        ],
        intake,
        delivery,
        run_log,
        housekeeping=Housekeeping(database.path, QuotaBook(database)),
        wakeup=wakeup,
        queue=queue,
        incoming=incoming,
        service_state=service_state,
        availability=availability,
        photo_queries=PhotoQueries(database),
        rescan_seconds=settings.intake.rescan_seconds,
        shutdown_seconds=settings.delivery.shutdown_seconds,
        confirm_after_seconds=settings.delivery.confirm_after_seconds,
        systemd=SystemdNotifier(environ),
        notifier=_notifier(settings, database, list(channels.values())) if notifies else None,
    )


def _notifier(settings: Settings, database: Database, channels: Sequence[Channel]) -> Notifier | None:
    if not settings.notify.urls:
        return None
    if not is_installed():
        log.error("messages_impossible", reason=MISSING_EXTRA)
        return None
    monitor = Monitor(
        ServiceState(database),
        PhotoQueries(database),
        QuotaBook(database),
        is_short={channel.account: channel.rate_limiter.short for channel in channels},
        places=[os.fsencode(database.path.parent), *(folder.root for folder in folders(settings))],
    )
    return Notifier(
        targets(settings.notify.urls),
        SenderProcess(),
        NotificationLog(database),
        monitor,
        settings.notify.quiet_seconds,
    )


def _after(after: After) -> AfterPolicy:
    return AfterPolicy(
        uploaded=after.uploaded,
        rejected=after.rejected,
        uploaded_folder=os.fsencode(after.uploaded_folder),
        rejected_folder=os.fsencode(after.rejected_folder),
    )


def _channel(
    name: str,
    account: Account,
    key: ApiKey,
    settings: Settings,
    policy: Policy,
    book: QuotaBook,
    service_state: ServiceState,
    progress: Progress,
) -> Channel:
    open_file = opener([folder.root for folder in folders(settings)])

    def connect(on_heard: Callable[[Heard], None]) -> Client:
        return Client(
            account.base_url,
            key,
            connect_seconds=settings.delivery.connect_seconds,
            read_seconds=settings.delivery.read_seconds,
            on_heard=on_heard,
            open_file=open_file,
            on_progress=progress.note,
        )

    known = service_state.organization(name, account.base_url)
    if known and account.organization_id and known != account.organization_id:
        raise ConfigInvalid(
            f'The records of the account "{name}" belong to organization {known}, not to {account.organization_id}.',
            "Give the new organization an account of its own, under another name.",
        )
    channel = Channel(
        name,
        account.base_url,
        connect=connect,
        rate_limiter=RateLimiter(name, book, configured_windows(account)),
        fetcher=Fetcher(
            account.base_url,
            connect_seconds=settings.delivery.connect_seconds,
            read_seconds=settings.delivery.read_seconds,
            on_progress=progress.note,
        ),
        service_state=service_state,
        progress=progress,
        policy=policy,
        organization_id=account.organization_id or known,
    )
    if account.organization_id and known is None:
        service_state.set_organization(name, account.base_url, account.organization_id)
    return channel


def preview_pass(settings: Settings, database: Database) -> RunSummary:
    """What `sync` would do now; nothing is sent or recorded."""
    return preview(folders(settings), Incoming(database), settings.intake.max_bytes, time.time())
