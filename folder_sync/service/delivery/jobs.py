"""What a worker can do: upload, confirm, look a product up, ask who we are. One request each, or a few.

Each job makes its requests, lets the rules decide and records the decision.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto

from folder_sync.files.pictures.converted_files import ConvertedFiles
from folder_sync.photo import Record
from folder_sync.rules.outcome import Policy
from folder_sync.service.delivery.channel import Permit
from folder_sync.service.delivery.outcomes import OutcomeRecorder
from folder_sync.service.delivery.queries import Queries
from folder_sync.service.delivery.reconciling import Reconciler
from folder_sync.service.delivery.uploading import Uploader
from folder_sync.service.intake.inbox import Inboxes
from folder_sync.service.summary import RunLog
from folder_sync.service.tidying import Tidier
from folder_sync.store.conversions import Conversions
from folder_sync.store.look_first import LookFirst
from folder_sync.store.queue import Queue


class JobKind(Enum):
    IDENTIFY = auto()
    """whoami, about no photo."""
    UPLOAD = auto()
    CONFIRM = auto()
    """What became of a request whose answer is not known?"""
    LOOK_FOR = auto()
    """Does the catalogue have this product's photos already?"""
    COMPARE = auto()
    """The same, of what was read of the catalogue already: asks nothing of the API."""
    LOOK_AT_TEST = auto()
    """How is the image served of a photo that was sent to learn just that? Asks nothing of the API either."""
    RECHECK = auto()
    """Does the catalogue know this product by now?"""
    DELETE = auto()
    """Take a replaced image off the server."""


@dataclass(frozen=True, slots=True)
class Job:
    """``photo``: the one it is about; None to identify."""

    kind: JobKind
    permit: Permit
    photo: Record | None = None


class JobRunner:
    """``durable``: an upload's end must survive a power cut before anybody hears of it."""

    def __init__(
        self,
        queue: Queue,
        look_first: LookFirst,
        policy: Policy,
        *,
        durable: bool,
        run_log: RunLog,
        tidier: Tidier,
        inboxes: Inboxes,
        converted: ConvertedFiles,
        conversions: Conversions,
        open_file: Callable[[bytes], int],
        clock: Callable[[], float] = time.time,
        monotonic: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        recorder = OutcomeRecorder(
            queue, policy, durable=durable, run_log=run_log, tidier=tidier, clock=clock, jitter=jitter
        )
        self._uploader = Uploader(
            queue, look_first, recorder, inboxes, converted=converted, conversions=conversions, open_file=open_file
        )
        self._reconciler = Reconciler(queue, look_first, recorder, monotonic=monotonic)
        self._queries = Queries(queue, recorder)

    def run(self, job: Job) -> None:
        match job:
            case Job(JobKind.IDENTIFY, permit):
                self._queries.identify(permit)
            case Job(JobKind.UPLOAD, permit, Record() as photo):
                self._uploader.upload(permit, photo)
            case Job(JobKind.CONFIRM, permit, Record() as photo):
                self._reconciler.confirm(permit, photo)
            case Job(JobKind.LOOK_FOR, permit, Record() as photo):
                self._reconciler.look_for(permit, photo)
            case Job(JobKind.COMPARE, permit, Record() as photo):
                self._reconciler.compare(permit.channel, photo)
            case Job(JobKind.LOOK_AT_TEST, permit, Record() as photo):
                permit.channel.fidelity.look_at_test(photo)
            case Job(JobKind.RECHECK, permit, Record() as photo):
                self._queries.recheck(permit, photo)
            case Job(JobKind.DELETE, permit, Record() as photo):
                self._queries.delete_image(permit, photo)
            case _:
                raise AssertionError(f"a job of kind {job.kind} is about a photo")
