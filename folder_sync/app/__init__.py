"""The composition root: the one place that builds things and hands them to each other."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Final

from folder_sync.app.auditing import audit_rounds_of
from folder_sync.app.chores import awaited_chores, chores_of_all, other_chores
from folder_sync.app.parts import (
    delivery_of,
    folder_monitors_of,
    heartbeat_of,
    intake_of,
    notifier_of,
    scanners_of,
)
from folder_sync.app.passive import passive_parts
from folder_sync.app.quality import quality_check_of, quality_of
from folder_sync.app.sharing import shared_folders_of, taking_in
from folder_sync.app.timings import Timings
from folder_sync.files.pictures.conversion_process import Converter
from folder_sync.files.pictures.converted_files import ConvertedFiles
from folder_sync.records import machine_of
from folder_sync.rules.quality import Code
from folder_sync.service.catalogue import Catalogue
from folder_sync.service.folders import folders
from folder_sync.service.housekeeping import Every, Housekeeping
from folder_sync.service.intake.dry_run import Foreseen, preview
from folder_sync.service.intake.inbox import Inboxes
from folder_sync.service.recovery import Recovery
from folder_sync.service.supervisor import Service
from folder_sync.service.systemd import SystemdNotifier
from folder_sync.service.watch.shared_folders import LOOK_SECONDS, Reachable, SendingForOthers
from folder_sync.settings import Settings
from folder_sync.store.adoption import Adoption
from folder_sync.store.conversions import Conversions
from folder_sync.store.expected_files import ExpectedFiles
from folder_sync.store.incoming import Incoming
from folder_sync.store.ports import Database

PASS_TICK_SECONDS: Final = 0.1
"""Somebody waits for the end of the pass."""

_DEFAULT: Final = Timings()


def build_service(
    settings: Settings, database: Database, environ: Mapping[str, str], timings: Timings = _DEFAULT
) -> Service:
    """The whole service on an open database, not yet started. Raises ConfigInvalid for keys, and StoreUnavailable."""
    return _build(settings, database, environ, timings, once=False)


def build_pass(
    settings: Settings, database: Database, environ: Mapping[str, str], timings: Timings = _DEFAULT
) -> Service:
    """The same for one pass with somebody looking on, who needs no message. Raises as ``build_service``."""
    return _build(settings, database, environ, timings, once=True)


def _build(
    settings: Settings, database: Database, environ: Mapping[str, str], timings: Timings, *, once: bool
) -> Service:
    if once:
        database.lease.stand_back()
    shared_folders, sends = shared_folders_of(settings, database), folders(settings)
    settings = taking_in(settings, shared_folders.settle())
    # Passive things first, active ones after: whatever is handed over is made already.
    passive, systemd = (
        passive_parts(secrets.token_hex(8), settings, sends, database, environ, timings),
        SystemdNotifier(environ),
    )
    passive.catalogue.load()
    scanners = scanners_of(passive)
    intake, delivery = (
        intake_of(passive, scanners),
        delivery_of(passive, Reachable(passive.availability, shared_folders)),
    )
    folder_monitors = folder_monitors_of(passive, scanners)
    awaited = awaited_chores(passive, intake, folder_monitors)
    if once:
        housekeeping = Housekeeping(awaited, chores_of_all(passive), tick_seconds=PASS_TICK_SECONDS)
    else:
        chores = [*other_chores(passive, delivery, folder_monitors, systemd), *chores_of_all(passive)]
        chores += [shared_folders, Every(LOOK_SECONDS, SendingForOthers(shared_folders, passive.wakeup))]
        housekeeping = Housekeeping(awaited, chores, tick_seconds=timings.housekeeping_ticks)
    return Service(
        folder_monitors,
        intake,
        delivery,
        housekeeping,
        recovery=Recovery(
            passive.records.queue,
            passive.records.service_state,
            passive.records.adoption,
            passive.mark,
            [folder.root for folder in passive.watched],
            request_tallies=passive.records.request_tallies,
            lease=database.lease,
            machine=machine_of(settings),
            confirm_after_seconds=settings.delivery.confirm_after_seconds,
            clock=database.clock,
        ),
        availability=passive.availability,
        summary=passive.run_log.summary,
        systemd=systemd,
        notifier=None if once else notifier_of(passive),
        audit_rounds=None if once else audit_rounds_of(settings, environ, database, passive.channels),
        heartbeat=None if database.store.is_file else heartbeat_of(settings, database),
        shared_folders=shared_folders,
        shutdown_seconds=settings.delivery.shutdown_seconds,
    )


def preview_pass(settings: Settings, database: Database) -> Iterator[Foreseen]:
    """What `sync` would do now, file by file; nothing is sent or recorded."""
    watched, quality = folders(settings), quality_of(settings)
    expected = ExpectedFiles(database)
    incoming = Incoming(database, Adoption(database), other_product=quality.mode(Code.OTHER_PRODUCT))
    Catalogue(settings.catalogue.products_file, watched, expected, Inboxes(watched)).load()
    with tempfile.TemporaryDirectory() as folder:
        converted = ConvertedFiles(os.fsencode(folder), Converter(), settings.intake.max_bytes, keeps_one=True)
        with closing(quality_check_of(settings, converted, Conversions(database))) as check:
            yield from preview(watched, incoming, expected, settings.intake.max_bytes, check, database.clock())
