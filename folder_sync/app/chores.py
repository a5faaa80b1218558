"""The chores of the housekeeping: which there are, and which of them one machine does for all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from folder_sync.app.passive import Passive
from folder_sync.files.pictures.converted_files import REST_SECONDS
from folder_sync.service.awaited_chores import Conclusions, Leftovers, SilentFolders
from folder_sync.service.chores import (
    ClockSteps,
    ConvertedLeftovers,
    DailyUpkeep,
    DamageCheck,
    MarkRefresh,
    RequestCounts,
    Rescans,
    SearchIndexing,
    StatusLine,
)
from folder_sync.service.delivery.workers import Delivery
from folder_sync.service.housekeeping import AwaitedChore, Chore, Every, OnOneMachine
from folder_sync.service.intake.intakes import Intakes
from folder_sync.service.systemd import SystemdNotifier
from folder_sync.service.taking_over import FORGET_SECONDS, LOOK_SECONDS, ForgottenMachines, TakeOvers
from folder_sync.service.watch.folder_monitor import FolderMonitor
from folder_sync.service.watch.owner_mark import BEAT_SECONDS
from folder_sync.store.search import SearchIndex

STATUS_SECONDS: Final = 5.0
"""How often what `systemctl status` shows is brought up to date."""


def awaited_chores(passive: Passive, intake: Intakes, folder_monitors: Sequence[FolderMonitor]) -> list[AwaitedChore]:
    records = passive.records
    return [
        SilentFolders(folder_monitors),
        Leftovers(records.unwatched, [folder.root for folder in passive.watched], clock=passive.database.clock),
        Conclusions(
            records.incoming,
            records.adoption,
            records.service_state,
            intake=intake,
            folder_monitors=folder_monitors,
            availability=passive.availability,
            wakeup=passive.wakeup,
            clock=passive.database.clock,
        ),
        passive.catalogue,
    ]


def chores_of_all(passive: Passive) -> list[Chore]:
    """Those of a pass, too."""
    return [
        Every(
            LOOK_SECONDS,
            TakeOvers(
                passive.database.lease,
                passive.records.queue.doubts,
                passive.wakeup,
                confirm_after_seconds=passive.settings.delivery.confirm_after_seconds,
                clock=passive.database.clock,
            ),
        ),
        Every(REST_SECONDS, ConvertedLeftovers(passive.records.conversions, passive.converted)),
    ]


def other_chores(
    passive: Passive, delivery: Delivery, folder_monitors: Sequence[FolderMonitor], systemd: SystemdNotifier
) -> list[Chore]:
    records, care, lease = passive.records, passive.database.store.care, passive.database.lease
    rescan_seconds = passive.settings.intake.rescan_seconds
    return [
        ClockSteps(delivery, clock=passive.database.clock),
        Every(STATUS_SECONDS, StatusLine(records.photo_queries, systemd)),
        Rescans(records.photo_queries, folder_monitors, passive.wakeup, rescan_seconds=rescan_seconds),
        Every(BEAT_SECONDS, MarkRefresh(passive.mark)),
        DamageCheck(care),
        OnOneMachine(lease, Every(FORGET_SECONDS, ForgottenMachines(lease))),
        OnOneMachine(lease, DailyUpkeep(care, records.book, clock=passive.database.clock)),
        RequestCounts(records.request_tallies),
        OnOneMachine(lease, SearchIndexing(SearchIndex(passive.database))),
    ]
