"""Every watched folder has its own intake: one that waits for a disk that does not answer holds up no other."""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence

from folder_sync.service.intake.folder_intake import FolderIntake
from folder_sync.service.intake.inbox import Inboxes
from folder_sync.service.intake.per_product import PerProductQueue
from folder_sync.service.intake.quality_check import QualityCheck
from folder_sync.service.watch.availability import FolderAvailability


class Intakes:
    def __init__(
        self,
        intakes: Sequence[FolderIntake],
        inboxes: Inboxes,
        *,
        availability: FolderAvailability,
        per_product: PerProductQueue,
        quality: QualityCheck,
    ) -> None:
        self._intakes = list(intakes)
        self._inboxes = inboxes
        self._availability = availability
        self._per_product = per_product
        self._quality = quality

    def start(self) -> None:
        for intake in self._intakes:
            intake.start()

    def stop(self, seconds: float) -> None:
        """Finish what is being looked at, within so many seconds; the next start's scan finds what still waits."""
        deadline = time.monotonic() + seconds
        for intake in self._intakes:
            intake.stop(max(deadline - time.monotonic(), 0.0))
        self._quality.close()

    def leave_behind(self, silent: Collection[bytes]) -> None:
        """Photos in folders that don't answer must not keep photos of the same product in other folders waiting."""
        self._inboxes.tell(self._per_product.leave_behind(silent, self._availability.away))

    @property
    def idle(self) -> bool:
        """No pass is running, and no file is waiting or being looked at, except in folders that don't answer."""
        return all(intake.idle for intake in self._answering())

    @property
    def held(self) -> int:
        """How many files may not be written to their end yet, or are being looked at, in folders that answer."""
        return sum(intake.held for intake in self._answering())

    def _answering(self) -> list[FolderIntake]:
        return [intake for intake in self._intakes if intake.folder.root not in self._availability.silent]
