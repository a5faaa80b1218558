"""The parts that do nothing by themselves. They are built before the active ones, so nothing is needed before it
exists.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from folder_sync.app.channels import channels_of
from folder_sync.app.quality import quality_of
from folder_sync.app.records import Records, records_of
from folder_sync.app.timings import Timings
from folder_sync.files.pictures.conversion_process import Converter
from folder_sync.files.pictures.converted_files import ConvertedFiles
from folder_sync.files.sending import opener
from folder_sync.service.catalogue import Catalogue
from folder_sync.service.delivery.channel import Channel
from folder_sync.service.delivery.completion import Completion
from folder_sync.service.delivery.progress import Progress
from folder_sync.service.disposing import AfterPolicy
from folder_sync.service.folders import Folder, folders
from folder_sync.service.intake.folder_intake import REWRITTEN_TIMES
from folder_sync.service.intake.inbox import Inboxes
from folder_sync.service.summary import RunLog
from folder_sync.service.tidying import Tidier
from folder_sync.service.wakeup import Wakeup
from folder_sync.service.watch.availability import FolderAvailability
from folder_sync.service.watch.owner_mark import OwnerMark
from folder_sync.settings import After, Settings
from folder_sync.store.ports import Database


@dataclass(frozen=True, slots=True)
class Passive:
    """``run`` names this run; ``mark`` stands beside the database; ``channels``: by account."""

    run: str
    settings: Settings
    timings: Timings
    watched: list[Folder]
    open_file: Callable[[bytes], int]
    database: Database
    records: Records
    channels: Mapping[str, Channel]
    wakeup: Wakeup
    progress: Progress
    completion: Completion
    tidier: Tidier
    run_log: RunLog
    availability: FolderAvailability
    inboxes: Inboxes
    catalogue: Catalogue
    converted: ConvertedFiles
    mark: OwnerMark


def passive_parts(
    run: str,
    settings: Settings,
    sends: list[Folder],
    database: Database,
    environ: Mapping[str, str],
    timings: Timings,
) -> Passive:
    """``sends``: the watched folders, and those whose photos are sent from here although another machine watches them.

    Raises ConfigInvalid for keys, and StoreUnavailable."""
    watched = folders(settings)
    records, wakeup, progress = records_of(settings, database, run), Wakeup(), Progress()
    completion = Completion(database.lease.holds)
    tidier = Tidier(
        _after(settings.after),
        sends,
        records.places,
        database.clock,
        rest_seconds=REWRITTEN_TIMES * settings.intake.settle_seconds,
        first_pause_seconds=timings.first_pause,
    )
    inboxes, open_file = Inboxes(watched), opener([folder.root for folder in sends])
    return Passive(
        run=run,
        settings=settings,
        timings=timings,
        watched=watched,
        open_file=open_file,
        database=database,
        records=records,
        channels=channels_of(settings, environ, records, progress, completion.is_allowed, database.clock, open_file),
        wakeup=wakeup,
        progress=progress,
        completion=completion,
        tidier=tidier,
        run_log=RunLog(),
        availability=FolderAvailability(records.expected, records.service_state, wakeup),
        inboxes=inboxes,
        catalogue=Catalogue(
            settings.catalogue.products_file,
            watched,
            records.expected,
            inboxes,
            quality_of(settings),
            look_seconds=timings.products_looked_at,
            answer_seconds=timings.folder_answers,
        ),
        converted=ConvertedFiles(
            os.fsencode(database.store.path) + b".converted", Converter(), settings.intake.max_bytes
        ),
        mark=OwnerMark(os.fsencode(database.store.path) + b".mark", records.provenance, run, mode=0o600),
    )


def _after(after: After) -> AfterPolicy:
    return AfterPolicy(
        uploaded=after.uploaded,
        rejected=after.rejected,
        uploaded_folder=os.fsencode(after.uploaded_folder),
        rejected_folder=os.fsencode(after.rejected_folder),
    )
