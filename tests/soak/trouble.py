"""What goes wrong besides the server: the key, the clocks, the service's process."""

from __future__ import annotations

import random
import signal
import time
from collections.abc import Callable
from typing import Final

from folder_sync.photo import State
from folder_sync.sandbox.rewriting import Titles
from folder_sync.store.photo_queries import PhotoQueries
from tests.soak.photographers import PRODUCTS
from tests.soak.server_trouble import ServerTrouble
from tests.support.processes import hears_hup
from tests.support.shifted import MachineClock
from tests.support.studio import Process, Studio

KILL_SECONDS: Final = 4.5
"""Between two kills, on the average."""

_SKEWS: Final = (0.0, -7200.0, -300.0, 300.0, 7200.0)
_TITLES: Final[tuple[Titles, ...]] = ("html", "nfd", "upper", "shortened", "none")


class Trouble(ServerTrouble):
    """What happens to the service and around it. ``met`` counts it.

    Clocks are set and titles rewritten, and at other times ``image_url`` is null or serves other bytes: where neither
    bytes nor times and titles tell anything of one photo, nobody can tell, and it is left to people (which the suite
    tries by itself).
    """

    def __init__(self, studio: Studio, chance: random.Random) -> None:
        super().__init__(studio.sandbox, chance, range(PRODUCTS))
        self._studio = studio
        self._machine = MachineClock(studio.home / "clock")
        self.process = self._started()
        self._kill_at = self._moment_of_death()
        self._key = studio.sandbox.key
        self._hidden = False
        self._rewriting = False
        self._timeless: frozenset[tuple[int, int]] | None = frozenset()
        self._acts: dict[Callable[[], None], int] = self.server_acts | {
            self.revoke_the_key: 1,
            self.change_the_key: 1,
            self.reload: 1,
            self.halt: 1,
            self.set_the_servers_clock: 1,
            self.set_the_machines_clock: 1,
            self.hide_the_bytes: 1,
            self.rewrite_titles: 1,
            self.move_the_key: 1,
        }

    @property
    def kills(self) -> int:
        return self.met["kill"]

    @property
    def stored(self) -> int:
        return len(self.sandbox.ledger.stored)

    def act_now_and_then(self) -> None:
        """Raises AssertionError where the service has ended by itself."""
        assert self.process.poll() is None, f"the service ended by itself: {self._studio.told()[-2000:]}"
        self.set_right(time.monotonic())
        if self.chance.random() < 0.4:
            self.chance.choices(list(self._acts), list(self._acts.values()))[0]()

    def kill_in_time(self) -> None:
        """At moments that have nothing to do with anything else: also while it starts."""
        if time.monotonic() >= self._kill_at:
            self.kill()
            self._kill_at = self._moment_of_death()

    def _moment_of_death(self) -> float:
        return time.monotonic() + self.chance.expovariate(1 / KILL_SECONDS)

    def revoke_the_key(self) -> None:
        self.met["key refused"] += 1
        key = self._key
        self.sandbox.revoke_key(key)
        self.later(lambda: self.sandbox.restore_key(key))

    def move_the_key(self) -> None:
        """For a while it is another organization's, and so are its answers."""
        self.met["key of another organization"] += 1
        key = self._key
        self.sandbox.change_organization(key)
        self.later(lambda: self.sandbox.change_organization(key, self.sandbox.organization_id))

    def change_the_key(self) -> None:
        """A new one in the file, HUP, and soon the old one is revoked for good."""
        if hears_hup(self.process.pid):
            self.met["key change"] += 1
            old, self._key = self._key, self.sandbox.accounts.add_key(self.sandbox.organization_id)
            self._studio.key_file.write_text(self._key)
            self.process.send_signal(signal.SIGHUP)
            self.later(lambda: self.sandbox.revoke_key(old))

    def set_the_servers_clock(self) -> None:
        if self._may_set_a_clock():
            self.sandbox.set_clock_skew(self.chance.choice(_SKEWS))

    def set_the_machines_clock(self) -> None:
        if self._may_set_a_clock():
            self._machine.set(self.chance.choice(_SKEWS))

    def _may_set_a_clock(self) -> bool:
        if not self._hidden:
            self.met["clock jump"] += 1
            self._only_bytes_tell()
        return not self._hidden

    def _only_bytes_tell(self) -> None:
        """Of what is under way now. Known a second later: a claim may be in the making."""
        self._timeless = None
        self._back.append((time.monotonic() + 1.0, self._remember_what_is_timeless))

    def _remember_what_is_timeless(self) -> None:
        if not self._rewriting:
            self._timeless = self._in_doubt()

    def rewrite_titles(self) -> None:
        if not self._hidden and not self._rewriting:
            self.met["titles rewritten"] += 1
            self._rewriting = True
            self._timeless = None
            self.sandbox.set_titles(self.chance.choice(_TITLES))
            self.later(self._keep_titles)

    def _keep_titles(self) -> None:
        self._rewriting = False
        self.sandbox.set_titles("original")
        self._only_bytes_tell()

    def hide_the_bytes(self) -> None:
        if self._may_hide_the_bytes():
            self.met["bytes hidden"] += 1
            self._hidden = True
            self.sandbox.set_image_urls(self.chance.choice(("null", "altered")), from_now_on=self.chance.random() < 0.5)
            self.later(self._show_the_bytes)

    def _may_hide_the_bytes(self) -> bool:
        return self._timeless is not None and not self._hidden and not self._timeless & self._in_doubt()

    def _show_the_bytes(self) -> None:
        self._hidden = False
        self.sandbox.set_image_urls("original")

    def _in_doubt(self) -> frozenset[tuple[int, int]]:
        """The requests under way or not settled: photo and attempt."""
        self.process.send_signal(signal.SIGCONT)  # halted, it may hold a lock, and only this thread would let it go on
        with self._studio.opened() as database:
            photos = PhotoQueries(database).photos((State.UPLOADING, State.UNCONFIRMED))
            return frozenset((photo.id, photo.attempts) for photo in photos)

    def reload(self) -> None:
        if hears_hup(self.process.pid):
            self.met["reload"] += 1
            self.process.send_signal(signal.SIGHUP)

    def halt(self) -> None:
        self.met["halt"] += 1
        process = self.process
        process.send_signal(signal.SIGSTOP)
        self.later(lambda: process.send_signal(signal.SIGCONT))

    def kill(self) -> None:
        self.met["kill"] += 1
        self.process.kill()
        self.process.wait()
        self.process = self._started()

    def _started(self) -> Process:
        return self._studio.start("run", by=("tests.support.shifted", str(self._machine.file)))
