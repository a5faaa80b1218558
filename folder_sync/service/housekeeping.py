"""Work that is not on a photo's way, on a thread of its own, so that the thread that hears signals never waits for
it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from typing import Final, Protocol

import structlog

from folder_sync.errors import StoreDamaged, StoreGone, StoreLapsed, StoreTaken, StoreUnavailable
from folder_sync.service import store_trouble
from folder_sync.service.background import BackgroundWork
from folder_sync.store.ports import Lease

log = structlog.get_logger()

TICK_SECONDS: Final = 2.0
"""How often to look what is due. An idle service does little else, and each look costs a millisecond."""

STOP_SECONDS: Final = 5.0
"""How long to wait at the end for the chore under way: a long one checks whether it should give up."""

GivenUp = Callable[[], bool]
"""Asked by chores that take long: whether to give up now, because the service is ending."""


class Chore(Protocol):
    def do(self, given_up: GivenUp) -> None:
        """Do what is due, usually nothing. Raises StoreUnavailable, and is called again all the same."""


class AwaitedChore(Chore, Protocol):
    @property
    def due(self) -> bool:
        """Whether there is something to do before a pass is over."""


class OnOneMachine:
    """What is done for all machines by the one that leads."""

    def __init__(self, lease: Lease, chore: Chore) -> None:
        self._lease = lease
        self._chore = chore

    def do(self, given_up: GivenUp) -> None:
        if self._lease.leads():
            self._chore.do(given_up)


class Every:
    """A chore that is due at once, and then every ``seconds``."""

    def __init__(self, seconds: float, chore: Chore, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._seconds = seconds
        self._chore = chore
        self._monotonic = monotonic
        self._due_at = -math.inf

    def do(self, given_up: GivenUp) -> None:
        now = self._monotonic()
        if now >= self._due_at:
            self._due_at = now + self._seconds  # also where it fails: the next try is as far off
            self._chore.do(given_up)


class Housekeeping(BackgroundWork):
    """``awaited``: what a pass has to wait for; ``chores``: what nobody waits for."""

    def __init__(
        self, awaited: Sequence[AwaitedChore], chores: Sequence[Chore] = (), *, tick_seconds: float = TICK_SECONDS
    ) -> None:
        super().__init__("housekeeping", STOP_SECONDS)
        self._awaited = list(awaited)
        self._chores = [*awaited, *chores]
        self._tick_seconds = tick_seconds
        self._failure: StoreUnavailable | None = None
        self.damage: StoreDamaged | StoreGone | StoreTaken | StoreLapsed | None = None
        """What was found of the database: the service can't go on with it, or not as it is."""

    def settled(self) -> bool:
        """Whether nothing is due that a pass waits for. Raises StoreUnavailable where such a chore failed."""
        if (trouble := self.damage or self._failure) is not None:
            raise trouble
        return not any(chore.due for chore in self._awaited)

    def _work(self) -> None:
        while not self._stopping.is_set():
            for chore in self._chores:
                self._guarded(chore)
            self._stopping.wait(self._tick_seconds)

    def _guarded(self, chore: Chore) -> None:
        try:
            chore.do(self._stopping.is_set)
        except StoreDamaged as error:
            self.damage = error
            log.critical("store_damaged", reason=str(error))
        except StoreGone as error:
            self.damage = error
            log.critical("store_gone", reason=str(error))
        except StoreTaken as error:
            self.damage = error
            log.critical("store_taken", reason=str(error))
        except StoreLapsed as error:
            self.damage = error  # whoever starts it anew says so
        except StoreUnavailable as error:
            if chore in self._awaited:
                self._failure = error
            store_trouble.tell(error)
        except Exception:  # the top of a thread: a bug must not end the housekeeping
            log.exception("housekeeping_failed")
