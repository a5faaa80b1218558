"""How long things may take that nobody needs to configure. They are a value so that tests can be quick."""

from __future__ import annotations

from dataclasses import dataclass

from folder_sync.files.timeouts import ANSWER_SECONDS
from folder_sync.messages.process import SEND_SECONDS
from folder_sync.service.catalogue import LOOK_SECONDS
from folder_sync.service.housekeeping import TICK_SECONDS
from folder_sync.service.intake.other_paths import OCCUPIED_SECONDS
from folder_sync.service.notify.monitor import TRIED_SECONDS
from folder_sync.service.tidying import FIRST_PAUSE_SECONDS


@dataclass(frozen=True, slots=True)
class Timings:
    """In seconds; each is explained where its value stands."""

    housekeeping_ticks: float = TICK_SECONDS
    folder_answers: float = ANSWER_SECONDS
    path_answers: float = OCCUPIED_SECONDS
    products_looked_at: float = LOOK_SECONDS
    first_pause: float = FIRST_PAUSE_SECONDS
    key_tried: float = TRIED_SECONDS
    message_sent: float = SEND_SECONDS
