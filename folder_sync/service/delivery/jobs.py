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
from folder_sync.service.delivery.channel import Lane
from folder_sync.service.delivery.outcomes import Endings
from folder_sync.service.delivery.queries import Asking
from folder_sync.service.delivery.reconciling import Recognising
from folder_sync.service.delivery.uploading import Sending
from folder_sync.store.queue import Queue


@dataclass(frozen=True, slots=True)
class Errand:
    """``photo``: the one it is about; None for whoami."""

    lane: Lane
    photo: Record | None = None


class Errands:
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
        endings = Endings(queue, policy, durable=durable, settled=settled, clock=clock, jitter=jitter)
        self._sending = Sending(queue, endings, look_again)
        self._recognising = Recognising(queue, endings)
        self._asking = Asking(queue, endings)

    def run(self, errand: Errand) -> None:
        lane, photo = errand.lane, errand.photo
        if photo is None:
            self._asking.identify(lane)
        elif photo.state is State.UPLOADING:
            self._sending.upload(lane, photo)
        elif photo.state is State.UNCONFIRMED:
            self._recognising.confirm(lane, photo)
        elif photo.state is State.QUEUED:
            self._recognising.look_for(lane, photo)
        elif photo.state is State.SUPERSEDED:
            self._asking.delete_image(lane, photo)
        else:
            self._asking.recheck(lane, photo)
