"""The composition root: the one place that builds things and hands them to each other."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import structlog

from folder_sync.accounts import configured_windows, read_key_of
from folder_sync.closient.client import Client
from folder_sync.closient.connecting import ADDRESSES_TRIED
from folder_sync.closient.fetching import Fetcher
from folder_sync.closient.headers import Heard
from folder_sync.closient.keys import ApiKey
from folder_sync.errors import ConfigInvalid, StoreUnavailable
from folder_sync.files.pictures import barcodes
from folder_sync.files.pictures.picture_process import PictureProcess
from folder_sync.files.sending import opener
from folder_sync.messages.process import MISSING_EXTRA, SenderProcess, is_installed, targets
from folder_sync.photo import Gtin14
from folder_sync.rules.outcome import Policy
from folder_sync.rules.quality import Code, Mode
from folder_sync.rules.quality import Policy as QualityPolicy
from folder_sync.rules.requests import Call, Ending
from folder_sync.service.audit_rounds import AuditRounds
from folder_sync.service.auditing import AccountAudit, Audit, Spare
from folder_sync.service.catalogue import Catalogue
from folder_sync.service.chores import (
    Beat,
    ClockSteps,
    Conclusions,
    Leftovers,
    Rescans,
    SearchIndexing,
    StatusLine,
    Suspicion,
    Upkeep,
)
from folder_sync.service.delivery.channel import Channel
from folder_sync.service.delivery.jobs import JobRunner
from folder_sync.service.delivery.progress import Progress
from folder_sync.service.delivery.rate_limiter import RateLimiter
from folder_sync.service.delivery.workers import STUCK_SECONDS, Delivery
from folder_sync.service.folders import Folder, folders, marks_above
from folder_sync.service.housekeeping import AwaitedChore, Chore, Housekeeping
from folder_sync.service.intake.dry_run import Foreseen, preview
from folder_sync.service.intake.folder_intake import REWRITTEN_TIMES, FolderIntake
from folder_sync.service.intake.inbox import Inboxes
from folder_sync.service.intake.inspectors import Inspector
from folder_sync.service.intake.intakes import Intakes
from folder_sync.service.intake.other_paths import OtherPaths
from folder_sync.service.intake.per_product import PerProductQueue
from folder_sync.service.intake.quality_check import QualityCheck
from folder_sync.service.intake.scanner import Scanner
from folder_sync.service.notify.monitor import Monitor
from folder_sync.service.notify.notifier import Notifier
from folder_sync.service.recovery import Recovery
from folder_sync.service.summary import RunLog
from folder_sync.service.supervisor import Service
from folder_sync.service.systemd import SystemdNotifier
from folder_sync.service.tidying import AfterPolicy, Tidier
from folder_sync.service.wakeup import Wakeup
from folder_sync.service.watch.availability import FolderAvailability
from folder_sync.service.watch.folder_monitor import FolderMonitor
from folder_sync.service.watch.folder_watch import FolderWatch
from folder_sync.service.watch.owner_mark import OwnerMark
from folder_sync.settings import Account, After, Settings
from folder_sync.store.adoption import Adoption
from folder_sync.store.audit import Audits
from folder_sync.store.held_files import HeldFiles
from folder_sync.store.incoming import Incoming
from folder_sync.store.mending import Mending
from folder_sync.store.notification_log import NotificationLog
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.places import Places
from folder_sync.store.ports import Database
from folder_sync.store.provenance import Provenance
from folder_sync.store.queue import Queue
from folder_sync.store.quota import QuotaBook
from folder_sync.store.request_tallies import RequestTallies
from folder_sync.store.search import SearchIndex
from folder_sync.store.seen_images import SeenImages
from folder_sync.store.service_state import ServiceState
from folder_sync.store.unwatched import Unwatched

log = structlog.get_logger()

PASS_TICK_SECONDS: Final = 0.1
"""Somebody waits for the end of the pass."""


@dataclass(frozen=True, slots=True)
class _Records:
    """The database, as each part asks it."""

    adoption: Adoption
    book: QuotaBook
    incoming: Incoming
    photo_queries: PhotoQueries
    places: Places
    provenance: Provenance
    queue: Queue
    seen_images: SeenImages
    service_state: ServiceState
    request_tallies: RequestTallies
    held_files: HeldFiles
    unwatched: Unwatched


def build_service(settings: Settings, database: Database, environ: Mapping[str, str]) -> Service:
    """The whole service on an open database, not yet started. Raises ConfigInvalid for keys, and StoreUnavailable."""
    return _build(settings, database, environ, once=False)


def build_pass(settings: Settings, database: Database, environ: Mapping[str, str]) -> Service:
    """The same for one pass with somebody looking on, who needs no message. Raises as ``build_service``."""
    return _build(settings, database, environ, once=True)


def _build(settings: Settings, database: Database, environ: Mapping[str, str], *, once: bool) -> Service:
    # Passive things first, active ones after: whatever is handed over is made already.
    run = secrets.token_hex(8)
    watched = folders(settings)
    records, wakeup, progress = _records(settings, database, run), Wakeup(), Progress()
    channels = _channels(settings, environ, records, progress)
    tidier = Tidier(
        _after(settings.after),
        watched,
        records.places,
        time.time,
        rest_seconds=REWRITTEN_TIMES * settings.intake.settle_seconds,
    )
    run_log = RunLog(finished=tidier.tidy, wakeup=wakeup)
    availability = FolderAvailability(records.incoming, records.service_state, wakeup)
    inboxes = Inboxes(watched)
    catalogue = Catalogue(settings.catalogue.products_file, watched, records.incoming, inboxes, _quality(settings))
    catalogue.load()
    scanners = {
        folder.root: Scanner(folder, inboxes.of(folder), records.incoming, availability, records.service_state)
        for folder in watched
    }
    intake = _intake(settings, watched, records, channels, inboxes, scanners, availability, run_log)
    delivery = _delivery(settings, records, channels, availability, wakeup, progress, run_log, inboxes)
    folder_monitors = [
        FolderMonitor(
            FolderWatch(
                folder,
                availability=availability,
                service_state=records.service_state,
                inbox=inboxes.of(folder),
                mark=OwnerMark(
                    folder.mark, records.provenance, run, recursive=folder.recursive, above=marks_above(folder.root)
                ),
                adoption=records.adoption,
                pass_cost=scanners[folder.root].pass_cost,
            ),
            availability,
            tidy=tidier.sweep,
            tidy_later=tidier.try_again,
        )
        for folder in watched
    ]
    systemd = SystemdNotifier(environ)
    mark = OwnerMark(os.fsencode(database.store.path) + b".mark", records.provenance, run, mode=0o600)
    awaited: list[AwaitedChore] = [
        Leftovers(records.unwatched, [folder.root for folder in watched]),
        Conclusions(
            records.incoming,
            records.adoption,
            records.service_state,
            intake=intake,
            folder_monitors=folder_monitors,
            availability=availability,
            wakeup=wakeup,
        ),
        catalogue,
    ]
    chores: list[Chore] = [
        ClockSteps(delivery),
        StatusLine(records.photo_queries, systemd),
        Rescans(records.photo_queries, folder_monitors, wakeup, rescan_seconds=settings.intake.rescan_seconds),
        Beat(mark),
        Suspicion(database.store.care),
        Upkeep(database.store.care, records.book),
        SearchIndexing(SearchIndex(database)),
    ]
    return Service(
        folder_monitors,
        intake,
        delivery,
        Housekeeping(awaited, tick_seconds=PASS_TICK_SECONDS) if once else Housekeeping(awaited, chores),
        recovery=Recovery(
            records.queue,
            records.service_state,
            records.adoption,
            mark,
            [folder.root for folder in watched],
            confirm_after_seconds=settings.delivery.confirm_after_seconds,
        ),
        availability=availability,
        summary=run_log.summary,
        systemd=systemd,
        notifier=None if once else _notifier(settings, database, records, channels),
        audit_rounds=None if once else _audit_rounds(settings, environ, database, channels),
        shutdown_seconds=settings.delivery.shutdown_seconds,
    )


def _records(settings: Settings, database: Database, run: str) -> _Records:
    deletes_superseded = settings.after.superseded == "delete"
    adoption = Adoption(database)
    incoming = Incoming(
        database,
        adoption,
        deletes_superseded=deletes_superseded,
        other_product=_quality(settings).mode(Code.OTHER_PRODUCT),
    )
    return _Records(
        adoption=adoption,
        book=QuotaBook(database),
        incoming=incoming,
        photo_queries=PhotoQueries(database),
        places=Places(database),
        provenance=Provenance(database),
        queue=Queue(database, owner=run, deletes_superseded=deletes_superseded),
        seen_images=SeenImages(database),
        service_state=ServiceState(database),
        request_tallies=RequestTallies(database),
        held_files=HeldFiles(database),
        unwatched=Unwatched(database, incoming),
    )


def _policy(settings: Settings) -> Policy:
    return Policy(
        retry_base_seconds=settings.delivery.retry_base_seconds,
        retry_max_seconds=settings.delivery.retry_max_seconds,
        confirm_after_seconds=settings.delivery.confirm_after_seconds,
        recheck_seconds=settings.delivery.recheck_seconds,
        rewritten_seconds=REWRITTEN_TIMES * settings.intake.settle_seconds,
    )


def _intake(
    settings: Settings,
    watched: Sequence[Folder],
    records: _Records,
    channels: Mapping[str, Channel],
    inboxes: Inboxes,
    scanners: Mapping[bytes, Scanner],
    availability: FolderAvailability,
    run_log: RunLog,
) -> Intakes:
    quality = _quality_check(settings)
    per_product, other_paths = PerProductQueue(folder.root for folder in watched), OtherPaths(watched, availability)
    return Intakes(
        [
            FolderIntake(
                folder,
                inboxes,
                records.incoming,
                scanners[folder.root],
                Inspector(
                    folder,
                    inboxes.of(folder),
                    records.incoming,
                    other_paths,
                    max_bytes=settings.intake.max_bytes,
                    quality=quality,
                    organization_of=lambda account: channels[account].organization_id,
                    recorded=run_log.recorded,
                ),
                availability=availability,
                per_product=per_product,
                held_files=records.held_files,
                settle_seconds=settings.intake.settle_seconds,
                incomplete_seconds=settings.intake.incomplete_seconds,
            )
            for folder in watched
        ],
        inboxes,
        availability=availability,
        per_product=per_product,
        quality=quality,
    )


def _quality(settings: Settings) -> QualityPolicy:
    table = settings.quality
    modes = {code: Mode(getattr(table, code.value)) for code in Code}
    return QualityPolicy(modes, table.min_pixels, int(table.heavy_megabytes * 1_000_000))


def _quality_check(settings: Settings) -> QualityCheck:
    """Raises ConfigInvalid."""
    if settings.quality.other_barcode != "off" and not barcodes.is_installed():
        raise ConfigInvalid(
            "quality.other_barcode needs the extra `barcode`, which is not installed.",
            "Install folder-sync[barcode], or set other_barcode to off.",
        )
    pictures = PictureProcess()  # which starts when it is first asked
    return QualityCheck(_quality(settings), pictures, drops_location=settings.convert.drop_location)


def _delivery(
    settings: Settings,
    records: _Records,
    channels: Mapping[str, Channel],
    availability: FolderAvailability,
    wakeup: Wakeup,
    progress: Progress,
    run_log: RunLog,
    inboxes: Inboxes,
) -> Delivery:
    jobs = JobRunner(
        records.queue,
        _policy(settings),
        durable=settings.after.uploaded != "keep",
        settled=run_log.settled,
        look_again=inboxes.look_again,
    )
    slowest = ADDRESSES_TRIED * settings.delivery.connect_seconds + settings.delivery.read_seconds
    return Delivery(
        list(channels.values()),
        records.queue,
        jobs,
        availability=availability,
        wakeup=wakeup,
        progress=progress,
        concurrency=settings.delivery.concurrency,
        longest_step_seconds=max(STUCK_SECONDS, 2 * slowest),
    )


def _notifier(
    settings: Settings, database: Database, records: _Records, channels: Mapping[str, Channel]
) -> Notifier | None:
    if not settings.notify.urls:
        return None
    if not is_installed():
        log.error("messages_impossible", reason=MISSING_EXTRA)
        return None
    monitor = Monitor(
        records.service_state,
        records.photo_queries,
        records.book,
        audits=Audits(database),
        is_short={name: channel.rate_limiter.short for name, channel in channels.items()},
        places=[os.fsencode(database.store.path.parent), *(folder.root for folder in folders(settings))],
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


def _channels(
    settings: Settings, environ: Mapping[str, str], records: _Records, progress: Progress
) -> dict[str, Channel]:
    """By account. All keys are read first: that one is missing is found before anything is recorded."""
    keys = {name: read_key_of(name, account, environ) for name, account in settings.accounts.items()}
    return {
        name: _channel(name, account, keys[name], settings, records, progress)
        for name, account in settings.accounts.items()
    }


def _counted_for(account: str, tallies: RequestTallies) -> Callable[[Call, Ending, float], None]:
    def ended(call: Call, ending: Ending, seconds: float) -> None:
        try:
            tallies.add(account, call, ending, seconds)
        except StoreUnavailable as error:  # only its count is lost; whatever else is to be recorded will say so
            log.debug("store_unavailable", reason=str(error))

    return ended


def _channel(
    name: str,
    account: Account,
    key: ApiKey,
    settings: Settings,
    records: _Records,
    progress: Progress,
) -> Channel:
    open_file = opener([folder.root for folder in folders(settings)])
    on_ended = _counted_for(name, records.request_tallies)

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
        rate_limiter=RateLimiter(name, records.book, configured_windows(account)),
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
        policy=_policy(settings),
        organization_id=account.organization_id or known,
    )
    if account.organization_id and known is None:
        records.service_state.set_organization(name, account.base_url, account.organization_id)
    return channel


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
            RateLimiter(name, QuotaBook(database), configured_windows(settings.accounts[name])),
            asks_whose_key=True,
        )
        for name, organization_id in organizations.items()
        if organization_id is not None  # else nothing was ever uploaded
    ]
    return Audit(audits, Audits(database), Mending(database), wanted)


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
        ),
        audits,
        unchanged={format_ for format_, same, _ in seen if same},
        deletes_superseded=settings.after.superseded == "delete",
        asks_whose_key=asks_whose_key,
        wait=wait,
    )


def _audit_rounds(
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
    return AuditRounds(build, Audits(database), ServiceState(database), every_seconds=every_seconds)


def preview_pass(settings: Settings, database: Database) -> Iterator[Foreseen]:
    """What `sync` would do now, file by file; nothing is sent or recorded."""
    watched, quality = folders(settings), _quality(settings)
    incoming = Incoming(database, Adoption(database), other_product=quality.mode(Code.OTHER_PRODUCT))
    Catalogue(settings.catalogue.products_file, watched, incoming, Inboxes(watched)).load()
    with closing(_quality_check(settings)) as check:
        yield from preview(watched, incoming, settings.intake.max_bytes, check, time.time())
