"""Counts what became of the photos, for whoever waits for the end of a pass, and logs it."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import structlog

from folder_sync.photo import Record, State
from folder_sync.rules.arrivals import Arrival, Duplicate, Same
from folder_sync.rules.outcome import Transition

log = structlog.get_logger()


@dataclass(slots=True)
class RunSummary:
    """Counts of this run. ``taken_in``: photos to upload; ``adopted``: those that the catalogue already had."""

    taken_in: int = 0
    uploaded: int = 0
    adopted: int = 0
    duplicates: int = 0
    rejected: int = 0
    waiting: int = 0
    with_remarks: int = 0
    """Among those that were taken in."""


class RunLog:
    """Told by intake and delivery, from their threads, what became of each photo. Passive: it counts and logs."""

    def __init__(self) -> None:
        self.summary = RunSummary()
        self._lock = threading.Lock()

    def recorded(self, arrival: Arrival, record: Record) -> None:
        """Intake wrote what a file means."""
        if isinstance(arrival, Same) and not arrival.revive:
            return
        with self._lock:
            if isinstance(arrival, Duplicate):
                self.summary.duplicates += 1
            elif record.state is State.REJECTED:
                self.summary.rejected += 1
            elif record.state is State.QUEUED:
                self.summary.taken_in += 1
                self.summary.with_remarks += bool(record.details.notes)
        if record.state is State.REJECTED and record.reason is not None:
            log.warning(
                "photo_rejected",
                photo=record.id,
                path=record.path,
                reason=record.reason.code,
                message=record.reason.message,
            )
        elif record.state is State.QUEUED:
            log.info(
                "photo_queued",
                photo=record.id,
                path=record.path,
                gtin=record.gtin,
                title=record.title,
                is_primary=record.is_primary,
                size=record.size,
                **({"notes": [note.code for note in notes]} if (notes := record.details.notes) else {}),
            )
        else:
            log.info("photo_known", photo=record.id, path=record.path, state=record.state)

    def settled(self, record: Record, transition: Transition) -> None:
        """Delivery moved a photo on."""
        with self._lock:
            if transition.to is State.UPLOADED and record.state is State.QUEUED:
                self.summary.adopted += 1
            elif transition.to is State.UPLOADED:
                self.summary.uploaded += 1
            elif transition.to is State.REJECTED:
                self.summary.rejected += 1
            elif transition.to is State.WAITING:
                self.summary.waiting += 1
