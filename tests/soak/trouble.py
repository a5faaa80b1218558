"""What goes wrong: requests, the server, the key, the clocks, the service's process."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

from folder_sync.photo import State
from folder_sync.sandbox.rewriting import Titles
from folder_sync.store.photo_queries import PhotoQueries
from folder_sync.store.sqlite.database import Database
from tests.soak.photographers import PRODUCTS, may_be_refused
from tests.support.proof import gtin14
from tests.support.shifted import MachineClock
from tests.support.studio import Process, Studio

READ_SECONDS: Final = 1.0
CONFIRM_SECONDS: Final = 0.5
KILL_SECONDS: Final = 4.5
"""Between two kills, on the average."""

_SKEWS: Final = (0.0, -7200.0, -300.0, 300.0, 7200.0)

_UPLOAD: Final[tuple[dict[str, Any], ...]] = (
    {"kind": "drop_before_body"},
    {"kind": "drop_after_body"},
    {"kind": "drop_after_store"},
    {"kind": "store_late", "seconds": 0.5 * CONFIRM_SECONDS},
    {"kind": "stall", "seconds": 0.5},
    {"kind": "stall", "seconds": 1.5 * READ_SECONDS, "stored": True},
    {"kind": "error_html", "status": 502},
    {"kind": "error_html", "status": 503, "stored": True},
    {"kind": "status", "status": 500},
    {"kind": "status", "status": 504, "stored": True},
    {"kind": "malformed_201"},
    {"kind": "status", "status": 401},
    {"kind": "status", "status": 404},
    {"kind": "status", "status": 429, "seconds": 0.5},
    {"kind": "forbidden"},
    {"kind": "reset_in_body"},
    {"kind": "status", "status": 503, "early": True},
    {"kind": "error_html", "status": 408, "early": True},
    {"kind": "error_html", "status": 400},
    {"kind": "error_html", "status": 403, "body": ""},
    {"kind": "error_html", "status": 404},
    {"kind": "error_html", "status": 404, "stored": True},
    {"kind": "error_html", "status": 499, "body": "", "stored": True},
    {"kind": "status", "status": 429, "headers": {"Retry-After": "0"}},
    {"kind": "status", "status": 429, "headers": {"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}},
    {"kind": "status", "status": 429, "headers": {"Retry-After": None, "RateLimit-Reset": "0"}},
    {"kind": "headers", "headers": {"RateLimit-Reset": "0", "RateLimit-Remaining": "soon", "Date": None}},
)
_REFUSALS: Final = (400, 409, 413, 415, 422)
_QUESTIONS: Final[tuple[dict[str, Any], ...]] = (
    {"kind": "drop_before_body"},
    {"kind": "error_html", "status": 503},
    {"kind": "status", "status": 404},
    {"kind": "status", "status": 429, "seconds": 0.3},
    {"kind": "stall", "seconds": 0.5},
    {"kind": "error_html", "status": 400},
    {"kind": "error_html", "status": 403, "body": ""},
    {"kind": "error_html", "status": 404},
    {"kind": "status", "status": 429, "headers": {"Retry-After": "-1"}},
)
_WHOAMI: Final[tuple[dict[str, Any], ...]] = (*({"kind": "status", "status": status} for status in (401, 403, 422)),)
_PICTURES: Final[tuple[dict[str, Any], ...]] = (
    {"kind": "placeholder"},
    {"kind": "error_html", "status": 404},
    {"kind": "status", "status": 503},
    {"kind": "stall", "seconds": 1.5 * READ_SECONDS},
)
_TITLES: Final[tuple[Titles, ...]] = ("html", "nfd", "upper", "shortened", "none")
LIST_LAG: Final = CONFIRM_SECONDS
"""Well below the wait before the second look: a list that is further behind than that can't be told from absence."""


class Trouble:
    """What happens to the service and around it. ``met`` counts it.

    Clocks are set and titles rewritten, and at other times ``image_url`` is null or serves other bytes: where neither
    bytes nor times and titles tell anything of one photo, nobody can tell, and it is left to people (which the suite
    tries by itself).
    """

    def __init__(self, studio: Studio, chance: random.Random) -> None:
        self.met: Counter[str] = Counter()
        self._studio = studio
        self._sandbox = studio.sandbox
        self._chance = chance
        self._machine = MachineClock(studio.home / "clock")
        self.process = self._started()
        self._kill_at = self._moment_of_death()
        self._key = studio.sandbox.key
        self._back: list[tuple[float, Callable[[], None]]] = []
        self._hidden = False
        self._rewriting = False
        self._timeless: frozenset[tuple[int, int]] | None = frozenset()
        self._acts: dict[Callable[[], None], int] = {
            self.fault: 30,
            self.refuse: 3,
            self.ask_in_vain: 6,
            self.cut_the_network: 1,
            self.be_slow: 1,
            self.revoke_the_key: 1,
            self.change_the_key: 1,
            self.forget_a_product: 1,
            self.reload: 1,
            self.halt: 1,
            self.set_the_servers_clock: 1,
            self.set_the_machines_clock: 1,
            self.hide_the_bytes: 1,
            self.rewrite_titles: 1,
            self.serve_no_pictures: 2,
            self.fall_behind: 1,
            self.move_the_key: 1,
        }

    @property
    def kills(self) -> int:
        return self.met["kill"]

    @property
    def stored(self) -> int:
        return len(self._sandbox.ledger.stored)

    def act_now_and_then(self) -> None:
        """Raises AssertionError where the service has ended by itself."""
        assert self.process.poll() is None, f"the service ended by itself: {self._studio.told()[-2000:]}"
        self.set_right(time.monotonic())
        if self._chance.random() < 0.4:
            self._chance.choices(list(self._acts), list(self._acts.values()))[0]()

    def kill_in_time(self) -> None:
        """At moments that have nothing to do with anything else: also while it starts."""
        if time.monotonic() >= self._kill_at:
            self.kill()
            self._kill_at = self._moment_of_death()

    def _moment_of_death(self) -> float:
        return time.monotonic() + self._chance.expovariate(1 / KILL_SECONDS)

    def calm_down(self) -> None:
        """Everything works from now on; the clock stays as it is."""
        self.set_right(float("inf"))
        self._sandbox.faults.clear()

    def set_right(self, now: float) -> None:
        """End what was to last only so long."""
        for entry in [entry for entry in self._back if entry[0] <= now]:
            self._back.remove(entry)
            entry[1]()

    def fault(self) -> None:
        self._add("upload", self._chance.choice(_UPLOAD))

    def refuse(self) -> None:
        gtin = self._chance.choice([gtin for gtin in map(gtin14, range(PRODUCTS)) if may_be_refused(gtin)])
        self._add("upload", {"kind": "status", "status": self._chance.choice(_REFUSALS), "gtin": gtin})

    def ask_in_vain(self) -> None:
        route = self._chance.choice(["list", "list", "whoami", "trade_item", "delete"])
        self._add(route, self._chance.choice([*_QUESTIONS, *(_WHOAMI if route == "whoami" else ())]))

    def cut_the_network(self) -> None:
        self.met["cut the network"] += 1
        self._sandbox.faults.add("drop_before_body", count=None)
        self._later(self._sandbox.faults.clear)

    def be_slow(self) -> None:
        self.met["slow server"] += 1
        self._sandbox.set_latency(0.2)
        self._later(lambda: self._sandbox.set_latency(0.0))

    def revoke_the_key(self) -> None:
        self.met["key refused"] += 1
        key = self._key
        self._sandbox.revoke_key(key)
        self._later(lambda: self._sandbox.restore_key(key))

    def move_the_key(self) -> None:
        """For a while it is another organization's, and so are its answers."""
        self.met["key of another organization"] += 1
        key = self._key
        self._sandbox.change_organization(key)
        self._later(lambda: self._sandbox.change_organization(key, self._sandbox.organization_id))

    def change_the_key(self) -> None:
        """A new one in the file, HUP, and soon the old one is revoked for good."""
        if self._hears():
            self.met["key change"] += 1
            old, self._key = self._key, self._sandbox.accounts.add_key(self._sandbox.organization_id)
            self._studio.key_file.write_text(self._key)
            self.process.send_signal(signal.SIGHUP)
            self._later(lambda: self._sandbox.revoke_key(old))

    def forget_a_product(self) -> None:
        self.met["unknown product"] += 1
        gtin = gtin14(self._chance.randrange(PRODUCTS))
        self._sandbox.unknown_product(gtin)
        self._later(lambda: self._sandbox.known_product(gtin))

    def set_the_servers_clock(self) -> None:
        if self._may_set_a_clock():
            self._sandbox.set_clock_skew(self._chance.choice(_SKEWS))

    def set_the_machines_clock(self) -> None:
        if self._may_set_a_clock():
            self._machine.set(self._chance.choice(_SKEWS))

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
            self._sandbox.set_titles(self._chance.choice(_TITLES))
            self._later(self._keep_titles)

    def _keep_titles(self) -> None:
        self._rewriting = False
        self._sandbox.set_titles("original")
        self._only_bytes_tell()

    def hide_the_bytes(self) -> None:
        if self._may_hide_the_bytes():
            self.met["bytes hidden"] += 1
            self._hidden = True
            self._sandbox.set_image_urls(
                self._chance.choice(("null", "altered")), from_now_on=self._chance.random() < 0.5
            )
            self._later(self._show_the_bytes)

    def _may_hide_the_bytes(self) -> bool:
        return self._timeless is not None and not self._hidden and not self._timeless & self._in_doubt()

    def serve_no_pictures(self) -> None:
        lasting, fault = self._chance.uniform(0.5, 3.0), self._chance.choice(_PICTURES)
        self.met["pictures not served"] += 1
        self._sandbox.faults.add(route="media", lasting=lasting, **fault)

    def fall_behind(self) -> None:
        self.met["lists behind"] += 1
        self._sandbox.set_list_lag(self._chance.uniform(0.1, LIST_LAG))
        self._later(lambda: self._sandbox.set_list_lag(0.0))

    def _show_the_bytes(self) -> None:
        self._hidden = False
        self._sandbox.set_image_urls("original")

    def _in_doubt(self) -> frozenset[tuple[int, int]]:
        """The requests under way or not settled: photo and attempt."""
        self.process.send_signal(signal.SIGCONT)  # halted, it may hold a lock, and only this thread would let it go on
        database = Database(self._studio.database, create=False)
        try:
            photos = PhotoQueries(database).photos((State.UPLOADING, State.UNCONFIRMED))
            return frozenset((photo.id, photo.attempts) for photo in photos)
        finally:
            database.close()

    def reload(self) -> None:
        if self._hears():
            self.met["reload"] += 1
            self.process.send_signal(signal.SIGHUP)

    def halt(self) -> None:
        self.met["halt"] += 1
        process = self.process
        process.send_signal(signal.SIGSTOP)
        self._later(lambda: process.send_signal(signal.SIGCONT))

    def kill(self) -> None:
        self.met["kill"] += 1
        self.process.kill()
        self.process.wait()
        self.process = self._started()

    def _started(self) -> Process:
        return self._studio.start("run", by=("tests.support.shifted", str(self._machine.file)))

    def _hears(self) -> bool:
        """Whether HUP does not simply end it, as it does with a process that has just been started.

        Told by the workers: while the main thread waits for a signal, the kernel shows it as not blocked.
        """
        masks = []
        for task in Path(f"/proc/{self.process.pid}/task").iterdir():
            with suppress(OSError):  # it has just ended
                lines = (task / "status").read_text(encoding="ascii", errors="replace").splitlines()
                if task.name != str(self.process.pid):
                    masks += [int(line.split()[1], 16) for line in lines if line.startswith("SigBlk:")]
        return bool(masks) and all(mask >> (signal.SIGHUP - 1) & 1 for mask in masks)

    def _add(self, route: str, fault: dict[str, Any]) -> None:
        self.met[f"{route} {fault['kind']}"] += 1
        self._sandbox.faults.add(route=route, **fault)

    def _later(self, right: Callable[[], None]) -> None:
        self._back.append((time.monotonic() + self._chance.uniform(0.5, 3.0), right))
