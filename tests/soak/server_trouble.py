"""What goes wrong at the server, and on the way to it."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final

from folder_sync.sandbox.state import Sandbox
from tests.soak.photographers import may_be_refused
from tests.support.proof import gtin14

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
LIST_LAG: Final = CONFIRM_SECONDS
"""Well below the wait before the second look: a list that is further behind than that can't be told from absence."""


class ServerTrouble:
    """What happens to requests, products and answers. ``met`` counts it. ``products``: the numbers of those at work."""

    def __init__(self, sandbox: Sandbox, chance: random.Random, products: Sequence[int]) -> None:
        self.met: Counter[str] = Counter()
        self.sandbox = sandbox
        self.chance = chance
        self._products = products
        self._back: list[tuple[float, Callable[[], None]]] = []
        self.server_acts: dict[Callable[[], None], int] = {
            self.fault: 30,
            self.refuse: 3,
            self.ask_in_vain: 6,
            self.cut_the_network: 1,
            self.be_slow: 1,
            self.forget_a_product: 1,
            self.serve_no_pictures: 2,
            self.fall_behind: 1,
        }

    def calm_down(self) -> None:
        """The server works from now on; clocks stay as they are."""
        self.set_right(float("inf"))
        self.sandbox.faults.clear()

    def set_right(self, now: float) -> None:
        """End what was to last only so long."""
        for entry in [entry for entry in self._back if entry[0] <= now]:
            self._back.remove(entry)
            entry[1]()

    def fault(self) -> None:
        self._add("upload", self.chance.choice(_UPLOAD))

    def refuse(self) -> None:
        gtin = self.chance.choice([gtin for gtin in map(gtin14, self._products) if may_be_refused(gtin)])
        self._add("upload", {"kind": "status", "status": self.chance.choice(_REFUSALS), "gtin": gtin})

    def ask_in_vain(self) -> None:
        route = self.chance.choice(["list", "list", "whoami", "trade_item", "delete"])
        self._add(route, self.chance.choice([*_QUESTIONS, *(_WHOAMI if route == "whoami" else ())]))

    def cut_the_network(self) -> None:
        self.met["cut the network"] += 1
        self.sandbox.faults.add("drop_before_body", count=None)
        self.later(self.sandbox.faults.clear)

    def be_slow(self) -> None:
        self.met["slow server"] += 1
        self.sandbox.set_latency(0.2)
        self.later(lambda: self.sandbox.set_latency(0.0))

    def forget_a_product(self) -> None:
        self.met["unknown product"] += 1
        gtin = gtin14(self.chance.choice(self._products))
        self.sandbox.unknown_product(gtin)
        self.later(lambda: self.sandbox.known_product(gtin))

    def serve_no_pictures(self) -> None:
        lasting, fault = self.chance.uniform(0.5, 3.0), self.chance.choice(_PICTURES)
        self.met["pictures not served"] += 1
        self.sandbox.faults.add(route="media", lasting=lasting, **fault)

    def fall_behind(self) -> None:
        self.met["lists behind"] += 1
        self.sandbox.set_list_lag(self.chance.uniform(0.1, LIST_LAG))
        self.later(lambda: self.sandbox.set_list_lag(0.0))

    def _add(self, route: str, fault: dict[str, Any]) -> None:
        self.met[f"{route} {fault['kind']}"] += 1
        self.sandbox.faults.add(route=route, **fault)

    def later(self, right: Callable[[], None]) -> None:
        self._back.append((time.monotonic() + self.chance.uniform(0.5, 3.0), right))
