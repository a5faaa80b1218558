"""The parts that work, each put together from its pieces."""

from __future__ import annotations

import os
from collections.abc import Mapping

import structlog

from folder_sync.app.channels import policy_of
from folder_sync.app.passive import Passive
from folder_sync.app.quality import quality_check_of
from folder_sync.closient.connecting import ADDRESSES_TRIED
from folder_sync.messages.process import MISSING_EXTRA, SenderProcess, is_installed, targets
from folder_sync.service.delivery.choosing import Availability
from folder_sync.service.delivery.jobs import JobRunner
from folder_sync.service.delivery.workers import STUCK_SECONDS, Delivery
from folder_sync.service.folders import Folder, marks_above
from folder_sync.service.heartbeat import Heartbeat
from folder_sync.service.intake.folder_intake import FolderIntake
from folder_sync.service.intake.inspectors import Inspector
from folder_sync.service.intake.intakes import Intakes
from folder_sync.service.intake.other_paths import OtherPaths
from folder_sync.service.intake.per_product import PerProductQueue
from folder_sync.service.intake.scanner import Scanner
from folder_sync.service.notify.monitor import Monitor
from folder_sync.service.notify.notifier import Notifier
from folder_sync.service.watch.folder_monitor import FolderMonitor
from folder_sync.service.watch.folder_watch import FolderWatch
from folder_sync.service.watch.owner_mark import OwnerMark
from folder_sync.settings import Settings
from folder_sync.store.audit import Audits
from folder_sync.store.notification_log import NotificationLog
from folder_sync.store.ports import Database

log = structlog.get_logger()


def scanners_of(passive: Passive) -> dict[bytes, Scanner]:
    """By the watched folder."""
    records = passive.records
    return {
        folder.root: Scanner(
            folder, passive.inboxes.of(folder), records.expected, passive.availability, records.service_state
        )
        for folder in passive.watched
    }


def intake_of(passive: Passive, scanners: Mapping[bytes, Scanner]) -> Intakes:
    per_product = PerProductQueue(folder.root for folder in passive.watched)
    other_paths = OtherPaths(passive.watched, passive.availability, answer_seconds=passive.timings.path_answers)
    intake = passive.settings.intake
    quality = quality_check_of(passive.settings, passive.converted, passive.records.conversions)

    def of(folder: Folder) -> FolderIntake:
        return FolderIntake(
            folder,
            passive.inboxes,
            passive.records.incoming,
            passive.records.expected,
            scanners[folder.root],
            Inspector(
                folder,
                passive.inboxes.of(folder),
                passive.records.incoming,
                other_paths,
                max_bytes=intake.max_bytes,
                quality=quality,
                account=passive.channels[folder.account],
                run_log=passive.run_log,
                tidier=passive.tidier,
                wakeup=passive.wakeup,
                clock=passive.database.clock,
            ),
            availability=passive.availability,
            per_product=per_product,
            held_files=passive.records.held_files,
            settle_seconds=intake.settle_seconds,
            incomplete_seconds=intake.incomplete_seconds,
            clock=passive.database.clock,
        )

    return Intakes(
        [of(folder) for folder in passive.watched],
        passive.inboxes,
        availability=passive.availability,
        per_product=per_product,
        quality=quality,
    )


def heartbeat_of(settings: Settings, database: Database) -> Heartbeat:
    return Heartbeat(database.lease, settings.delivery.connect_seconds + settings.delivery.read_seconds)


def delivery_of(passive: Passive, availability: Availability) -> Delivery:
    settings = passive.settings
    jobs = JobRunner(
        passive.records.queue,
        passive.records.look_first,
        policy_of(settings),
        durable=settings.after.uploaded != "keep",
        run_log=passive.run_log,
        tidier=passive.tidier,
        inboxes=passive.inboxes,
        converted=passive.converted,
        conversions=passive.records.conversions,
        open_file=passive.open_file,
        clock=passive.database.clock,
    )
    slowest = ADDRESSES_TRIED * settings.delivery.connect_seconds + settings.delivery.read_seconds
    return Delivery(
        list(passive.channels.values()),
        passive.records.queue,
        passive.records.look_first,
        jobs,
        availability=availability,
        wakeup=passive.wakeup,
        progress=passive.progress,
        completion=passive.completion,
        concurrency=settings.delivery.concurrency,
        longest_step_seconds=max(STUCK_SECONDS, 2 * slowest),
        clock=passive.database.clock,
    )


def folder_monitors_of(passive: Passive, scanners: Mapping[bytes, Scanner]) -> list[FolderMonitor]:
    def of(folder: Folder) -> FolderMonitor:
        mark = OwnerMark(
            folder.mark,
            passive.records.provenance,
            passive.run,
            recursive=folder.recursive,
            above=marks_above(folder.root),
            is_shared=folder.is_shared,
        )
        folder_watch = FolderWatch(
            folder,
            availability=passive.availability,
            service_state=passive.records.service_state,
            inbox=passive.inboxes.of(folder),
            mark=mark,
            adoption=passive.records.adoption,
            pass_cost=scanners[folder.root].pass_cost,
            wall=passive.database.clock,
        )
        return FolderMonitor(
            folder_watch, passive.availability, passive.tidier, answer_seconds=passive.timings.folder_answers
        )

    return [of(folder) for folder in passive.watched]


def notifier_of(passive: Passive) -> Notifier | None:
    """None where nobody wants messages, or none can be sent."""
    notify = passive.settings.notify
    if not notify.urls:
        return None
    if not is_installed():
        log.error("messages_impossible", reason=MISSING_EXTRA)
        return None
    monitor = Monitor(
        passive.records.service_state,
        passive.records.photo_queries,
        passive.records.book,
        audits=Audits(passive.database),
        is_short={name: channel.rate_limiter.short for name, channel in passive.channels.items()},
        places=[os.fsencode(passive.database.store.path.parent), *(folder.root for folder in passive.watched)],
        shared=passive.database.shared,
        tried_seconds=passive.timings.key_tried,
    )
    return Notifier(
        targets(notify.urls),
        SenderProcess(passive.timings.message_sent),
        NotificationLog(passive.database),
        monitor,
        notify.quiet_seconds,
        leads=passive.database.lease.leads,
        wall=passive.database.clock,
    )
