"""The composition root: the one place that builds things and hands them to each other."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Mapping, Sequence

import structlog

from folder_sync.accounts import configured_windows
from folder_sync.closient.client import Client
from folder_sync.closient.fetching import Fetcher
from folder_sync.closient.headers import Heard
from folder_sync.closient.keys import ApiKey, MalformedKey, parse_key
from folder_sync.errors import ConfigInvalid
from folder_sync.files.ignoring import IgnoreRules
from folder_sync.files.sending import opener
from folder_sync.messages.process import MISSING_EXTRA, Courier, is_installed, targets
from folder_sync.rules.outcome import Policy
from folder_sync.service.delivery.channel import Lane
from folder_sync.service.delivery.jobs import Errands
from folder_sync.service.delivery.rate_limiter import Governor
from folder_sync.service.delivery.workers import Delivery
from folder_sync.service.folders import Folder
from folder_sync.service.intake.dry_run import preview
from folder_sync.service.intake.folder_intake import REWRITTEN_TIMES, Intake
from folder_sync.service.intake.inspectors import Inspection
from folder_sync.service.intake.intakes import Intakes
from folder_sync.service.intake.other_paths import Elsewhere
from folder_sync.service.intake.per_product import Turns
from folder_sync.service.notify.monitor import Lookout
from folder_sync.service.notify.notifier import Herald
from folder_sync.service.summary import Reporter, Tally
from folder_sync.service.supervisor import Service
from folder_sync.service.systemd import Notifier
from folder_sync.service.tidying import Tidier, Wishes
from folder_sync.service.watch.availability import Presence
from folder_sync.service.watch.folder_monitor import Keeper
from folder_sync.service.watch.folder_watch import Sentinel
from folder_sync.settings import Account, After, Settings, Watch, read_key
from folder_sync.store.incoming import Incoming
from folder_sync.store.notes import Notes
from folder_sync.store.places import Places
from folder_sync.store.queue import Queue
from folder_sync.store.quota import QuotaBook
from folder_sync.store.reading import Reading
from folder_sync.store.sqlite.database import Database
from folder_sync.store.telling import Telling

log = structlog.get_logger()


def read_key_of(name: str, account: Account, environ: Mapping[str, str]) -> ApiKey:
    """An account's key. Raises ConfigInvalid, before any request, where it is missing or mistyped."""
    try:
        return parse_key(read_key(name, account, environ).get_secret_value())
    except MalformedKey as error:
        raise ConfigInvalid(f'The key of the account "{name}" is wrong: {error.title}', error.hint) from error


def folders(settings: Settings) -> list[Folder]:
    return [_folder(watch, settings) for watch in settings.watch]


def _folder(watch: Watch, settings: Settings) -> Folder:
    root = os.path.abspath(os.fsencode(watch.path))
    own = (os.fsencode(settings.after.uploaded_folder), os.fsencode(settings.after.rejected_folder))
    return Folder(
        root=root,
        account=watch.account,
        recursive=watch.recursive,
        backend=watch.backend,
        poll_seconds=watch.poll_seconds,
        ignore=IgnoreRules(root, own, tuple(settings.intake.ignore)),
    )


def build_service(settings: Settings, database: Database, environ: Mapping[str, str]) -> Service:
    """The whole service on an open database, not yet started. Raises ConfigInvalid for keys."""
    keys = {name: read_key_of(name, account, environ) for name, account in settings.accounts.items()}
    notes, queue, incoming = Notes(database), Queue(database, owner=secrets.token_hex(8)), Incoming(database)
    queue.deletes_superseded = incoming.deletes_superseded = settings.after.superseded == "delete"
    policy = Policy(
        retry_base_seconds=settings.delivery.retry_base_seconds,
        retry_max_seconds=settings.delivery.retry_max_seconds,
        confirm_after_seconds=settings.delivery.confirm_after_seconds,
        recheck_seconds=settings.delivery.recheck_seconds,
        rewritten_seconds=REWRITTEN_TIMES * settings.intake.settle_seconds,
    )
    lanes = {
        name: _lane(name, account, keys[name], settings, policy, QuotaBook(database), notes)
        for name, account in settings.accounts.items()
    }
    watched = folders(settings)
    tidier = Tidier(_wishes(settings.after), watched, Places(database), time.time)
    # The two halves tell each other news: intake that a photo is queued, delivery that a file has changed.
    reporter = Reporter(finished=tidier.tidy, queued=lambda: delivery.wake())  # noqa: PLW0108 -- it is made below

    def leave_out(away: frozenset[bytes]) -> None:
        queue.away = away
        delivery.wake_all()

    presence = Presence(incoming, notes, told=leave_out)
    turns = Turns()

    def build_intake() -> Intake:
        inspection = Inspection(
            incoming,
            Elsewhere([folder.root for folder in watched], presence),
            max_bytes=settings.intake.max_bytes,
            organization_of=lambda account: lanes[account].organization_id,
            recorded=reporter.recorded,
        )
        return Intake(
            incoming,
            inspection,
            presence=presence,
            turns=turns,
            settle_seconds=settings.intake.settle_seconds,
            incomplete_seconds=settings.intake.incomplete_seconds,
        )

    intake = Intakes(watched, build_intake, incoming=incoming, presence=presence)
    errands = Errands(
        queue,
        policy,
        durable=settings.after.uploaded != "keep",
        settled=reporter.settled,
        look_again=intake.look_again,
    )
    delivery = Delivery(list(lanes.values()), queue, errands, concurrency=settings.delivery.concurrency)
    return Service(
        watched,
        [
            Keeper(
                Sentinel(folder, presence=presence, notes=notes, on=intake.hear, pass_cost=intake.pass_cost),
                presence,
                tidy=tidier.sweep,
            )
            for folder in watched
        ],
        list(lanes.values()),
        intake,
        delivery,
        reporter,
        database=database.path,
        queue=queue,
        incoming=incoming,
        notes=notes,
        presence=presence,
        reading=Reading(database),
        rescan_seconds=settings.intake.rescan_seconds,
        shutdown_seconds=settings.delivery.shutdown_seconds,
        confirm_after_seconds=settings.delivery.confirm_after_seconds,
        notifier=Notifier(environ),
        herald=_herald(settings, database, list(lanes.values())),
    )


def _herald(settings: Settings, database: Database, lanes: Sequence[Lane]) -> Herald | None:
    if not settings.notify.urls:
        return None
    if not is_installed():
        log.error("messages_impossible", reason=MISSING_EXTRA)
        return None
    lookout = Lookout(
        Notes(database),
        Reading(database),
        QuotaBook(database),
        is_short={lane.account: lane.governor.short for lane in lanes},
        places=[os.fsencode(database.path.parent), *(folder.root for folder in folders(settings))],
    )
    return Herald(targets(settings.notify.urls), Courier(), Telling(database), lookout, settings.notify.quiet_seconds)


def _wishes(after: After) -> Wishes:
    return Wishes(
        uploaded=after.uploaded,
        rejected=after.rejected,
        uploaded_folder=os.fsencode(after.uploaded_folder),
        rejected_folder=os.fsencode(after.rejected_folder),
    )


def _lane(
    name: str, account: Account, key: ApiKey, settings: Settings, policy: Policy, book: QuotaBook, notes: Notes
) -> Lane:
    open_file = opener([folder.root for folder in folders(settings)])

    def connect(on_heard: Callable[[Heard], None]) -> Client:
        return Client(
            account.base_url,
            key,
            connect_seconds=settings.delivery.connect_seconds,
            read_seconds=settings.delivery.read_seconds,
            on_heard=on_heard,
            open_file=open_file,
        )

    known = notes.organization(name, account.base_url)
    if known and account.organization_id and known != account.organization_id:
        raise ConfigInvalid(
            f'The records of the account "{name}" belong to organization {known}, not to {account.organization_id}.',
            "Give the new organization an account of its own, under another name.",
        )
    lane = Lane(
        name,
        account.base_url,
        connect=connect,
        governor=Governor(name, book, configured_windows(account)),
        fetcher=Fetcher(
            account.base_url,
            connect_seconds=settings.delivery.connect_seconds,
            read_seconds=settings.delivery.read_seconds,
        ),
        notes=notes,
        policy=policy,
        organization_id=account.organization_id or known,
    )
    if account.organization_id and known is None:
        notes.set_organization(name, account.base_url, account.organization_id)
    return lane


def preview_pass(settings: Settings, database: Database) -> Tally:
    """What `sync` would do now; nothing is sent or recorded."""
    return preview(folders(settings), Incoming(database), settings.intake.max_bytes, time.time())
