"""What a worker can be sent out to do: upload, confirm, look a product up, ask who we are. One request each, or few.

Each errand spends quota, makes its request, lets the rules decide and records the decision.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass

from folder_sync.photo import Record, State
from folder_sync.rules.outcome import Policy, Transition
from folder_sync.service.delivery.channel import Channel
from folder_sync.service.delivery.outcomes import OutcomeRecorder
from folder_sync.service.delivery.queries import Queries
from folder_sync.service.delivery.reconciling import Reconciler
from folder_sync.service.delivery.uploading import Uploader
from folder_sync.store.queue import Queue


@dataclass(frozen=True, slots=True)
class Job:
    """``photo``: the one it is about; None for whoami."""

    channel: Channel
    photo: Record | None = None


class JobRunner:
    """``durable``: an upload's end must survive a power cut before anybody hears of it.

    ``settled`` is told every record that reached its next state, ``look_again`` every path whose file changed."""

    def __init__(
        self,
        queue: Queue,
        policy: Policy,
        *,
        durable: bool,
        settled: Callable[[Record, Transition], None],
        look_again: Callable[[bytes], None],
        clock: Callable[[], float] = time.time,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        recorder = OutcomeRecorder(queue, policy, durable=durable, settled=settled, clock=clock, jitter=jitter)
        self._uploader = Uploader(queue, recorder, look_again)
        self._reconciler = Reconciler(queue, recorder)
        self._queries = Queries(queue, recorder)

    def run(self, job: Job) -> None:
        channel, photo = job.channel, job.photo
        if photo is None:
            self._queries.identify(channel)
        elif photo.state is State.UPLOADING:
            self._uploader.upload(channel, photo)
        elif photo.state is State.UNCONFIRMED:
            self._reconciler.confirm(channel, photo)
        elif photo.state is State.QUEUED:
            self._reconciler.look_for(channel, photo)
        elif photo.state is State.SUPERSEDED:
            self._queries.delete_image(channel, photo)
        else:
            self._queries.recheck(channel, photo)
