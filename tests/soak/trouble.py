"""What goes wrong: requests, the server, the key, the service's process."""

from __future__ import annotations

import random
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from tests.soak.photographers import PRODUCTS, may_be_refused
from tests.support.proof import gtin14
from tests.support.studio import Studio

READ_SECONDS: Final = 1.0
CONFIRM_SECONDS: Final = 0.5

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
)
_REFUSALS: Final = (400, 409, 413, 415, 422)
_QUESTIONS: Final[tuple[dict[str, Any], ...]] = (
    {"kind": "drop_before_body"},
    {"kind": "error_html", "status": 503},
    {"kind": "status", "status": 404},
    {"kind": "status", "status": 429, "seconds": 0.3},
    {"kind": "stall", "seconds": 0.5},
)


class Trouble:
    """``clock``: the server's clock is set now and then; else ``image_url`` is null now and then. Not both: where
    neither bytes nor times tell anything, nobody can tell."""

    def __init__(self, studio: Studio, chance: random.Random, *, clock: bool) -> None:
        self.met: Counter[str] = Counter()
        self.kills = 0
        self.process = studio.start("run")
        self._studio = studio
        self._sandbox = studio.sandbox
        self._chance = chance
        self._key = studio.sandbox.key
        self._back: list[tuple[float, Callable[[], None]]] = []
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
            self.kill: 3,
            (self.set_the_clock if clock else self.hide_the_bytes): 2,
        }

    def act(self, *, kill: bool) -> None:
        """``kill``: also the process may end."""
        self.set_right(time.monotonic())
        acts = {act: weight for act, weight in self._acts.items() if kill or act != self.kill}
        act = self._chance.choices(list(acts), list(acts.values()))[0]
        if act not in (self.fault, self.refuse, self.ask_in_vain):
            self.met[act.__name__] += 1
        act()

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
        self._add(self._chance.choice(["list", "list", "whoami", "trade_item"]), self._chance.choice(_QUESTIONS))

    def cut_the_network(self) -> None:
        self._sandbox.faults.add("drop_before_body", count=None)
        self._later(self._sandbox.faults.clear)

    def be_slow(self) -> None:
        self._sandbox.set_latency(0.2)
        self._later(lambda: self._sandbox.set_latency(0.0))

    def revoke_the_key(self) -> None:
        key = self._key
        self._sandbox.revoke_key(key)
        self._later(lambda: self._sandbox.restore_key(key))

    def change_the_key(self) -> None:
        """A new one in the file, HUP, and soon the old one is revoked for good."""
        if self._hears():
            old, self._key = self._key, self._sandbox.accounts.add_key(self._sandbox.organization_id)
            self._studio.key_file.write_text(self._key)
            self.reload()
            self._later(lambda: self._sandbox.revoke_key(old))

    def forget_a_product(self) -> None:
        gtin = gtin14(self._chance.randrange(PRODUCTS))
        self._sandbox.unknown_product(gtin)
        self._later(lambda: self._sandbox.known_product(gtin))

    def set_the_clock(self) -> None:
        self._sandbox.set_clock_skew(self._chance.choice([0.0, -7200.0, -300.0, 300.0, 7200.0]))

    def hide_the_bytes(self) -> None:
        self._sandbox.set_image_urls("null")
        self._later(lambda: self._sandbox.set_image_urls("original"))

    def reload(self) -> None:
        if self._hears():
            self.process.send_signal(signal.SIGHUP)

    def halt(self) -> None:
        process = self.process
        process.send_signal(signal.SIGSTOP)
        self._later(lambda: process.send_signal(signal.SIGCONT))

    def kill(self) -> None:
        self.kills += 1
        self.process.kill()
        self.process.wait()
        self.process = self._studio.start("run")

    def ended(self) -> bool:
        """Whether the service ended although nobody killed it."""
        return self.process.poll() is not None

    def _hears(self) -> bool:
        """Whether HUP does not simply end it, as it does with a process that has just been started."""
        lines = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii").splitlines()
        (blocked,) = [int(line.split()[1], 16) for line in lines if line.startswith("SigBlk:")]
        return bool(blocked >> (signal.SIGHUP - 1) & 1)

    def _add(self, route: str, fault: dict[str, Any]) -> None:
        self.met[f"{route} {fault['kind']}"] += 1
        self._sandbox.faults.add(route=route, **fault)

    def _later(self, right: Callable[[], None]) -> None:
        self._back.append((time.monotonic() + self._chance.uniform(0.5, 3.0), right))
