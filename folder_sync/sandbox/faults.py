"""Faults by script: which requests go wrong, how, and how often."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from threading import Lock
from typing import Any, Final, Literal, get_args

Route = Literal["upload", "list", "delete", "whoami", "trade_item", "media", "other"]
"""The calls of the API by name. ``media`` is a GET of an ``image_url``, ``other`` a path the API does not have."""


class Kind(StrEnum):
    """What goes wrong. Where "stored" is said, read "done" for calls other than an upload."""

    DROP_BEFORE_BODY = "drop_before_body"
    """The connection is closed as soon as the head of the request is there."""
    DROP_AFTER_BODY = "drop_after_body"
    """The whole request is read, nothing stored, the connection closed without an answer."""
    DROP_AFTER_STORE = "drop_after_store"
    """Stored, and the connection closed without an answer."""
    STORE_LATE = "store_late"
    """Like ``drop_after_store``, but the image only appears ``seconds`` later, by the sandbox's clock."""
    STALL = "stall"
    """Silence for ``seconds``, before storing or (``stored``) after it; then the true answer."""
    ERROR_HTML = "error_html"
    """``status`` (502 if not given) with a page of HTML, as a proxy answers; ``stored`` or not."""
    MALFORMED_201 = "malformed_201"
    """Stored, status 201, but ``body`` is not the promised JSON."""
    STATUS = "status"
    """``status`` (502) with an envelope of ``code`` and ``message``; ``stored`` or not.
    ``seconds``, where given, become ``Retry-After``."""
    FORBIDDEN = "forbidden"
    """403 ``FORBIDDEN``, while whoami still names the organization: a product of somebody else's."""


_TAKES: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.DROP_BEFORE_BODY: frozenset(),
    Kind.DROP_AFTER_BODY: frozenset(),
    Kind.DROP_AFTER_STORE: frozenset(),
    Kind.STORE_LATE: frozenset({"seconds"}),
    Kind.STALL: frozenset({"seconds", "stored"}),
    Kind.ERROR_HTML: frozenset({"status", "stored"}),
    Kind.MALFORMED_201: frozenset({"body"}),
    Kind.STATUS: frozenset({"status", "code", "message", "seconds", "stored"}),
    Kind.FORBIDDEN: frozenset(),
}
_PARAMETERS: Final = frozenset().union(*_TAKES.values())
_TYPES: Final[Mapping[str, frozenset[type]]] = {
    "count": frozenset({int, type(None)}),
    "seconds": frozenset({int, float}),
    "status": frozenset({int}),
    "stored": frozenset({bool}),
    "method": frozenset({str, type(None)}),
    "gtin": frozenset({str, type(None)}),
    "code": frozenset({str}),
    "message": frozenset({str}),
    "body": frozenset({str}),
}
"""Entries come as JSON from other processes; ``"false"`` must not pass for true."""
_WITHOUT_BODY: Final = frozenset({204, 205, 304})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One entry of the script. ``method``, ``route`` and ``gtin`` say which requests it meets; None meets all.

    Raises ``ValueError`` for a parameter its kind does not take, or a value that makes no sense.
    """

    kind: Kind
    method: str | None = None
    route: Route | None = None
    gtin: str | None = None
    count: int | None = 1
    """How many requests it meets before it is used up; None: until cleared."""
    seconds: float = 0.0
    status: int = 502
    code: str = ""
    """Empty: the code that the documentation gives for the status."""
    message: str = "Scripted by the sandbox."
    stored: bool = False
    body: str = '{"id": '

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if type(value) not in _TYPES.get(field.name, {type(value)}):
                raise ValueError(f"{field.name} can't be {value!r}.")
            if value != field.default and field.name in _PARAMETERS and field.name not in _TAKES[self.kind]:
                raise ValueError(f"{self.kind} takes no {field.name}.")
        if self.route is not None and self.route not in get_args(Route):
            raise ValueError(f"route is one of {', '.join(get_args(Route))}.")
        if self.count is not None and self.count < 1:
            raise ValueError("count is at least 1, or null for: until cleared.")
        if self.seconds < 0:
            raise ValueError("seconds can't be negative.")
        if not 200 <= self.status <= 599 or self.status in _WITHOUT_BODY:
            raise ValueError("status is 200 to 599, and one that may have a body.")

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Fault:
        """Raises ``ValueError`` or ``TypeError``, for an unknown kind, key or value."""
        return cls(**{**data, "kind": Kind(data.get("kind", ""))})

    def meets(self, method: str, route: str, gtin: str | None) -> bool:
        return (
            (self.method is None or self.method.upper() == method)
            and (self.route is None or self.route == route)
            and (self.gtin is None or self.gtin.zfill(14) == gtin)
        )


class Faults:
    """The script. A request meets at most one fault: the first that fits, in the order of adding. Thread-safe."""

    def __init__(self, latency: float = 0.0) -> None:
        self.latency = latency
        """Seconds that every request of the API takes longer."""
        self._script: list[tuple[Fault, int | None]] = []
        self._lock = Lock()

    def add(self, kind: str, **parameters: Any) -> Fault:
        """``faults.add("stall", route="upload", seconds=2)``; raises as :class:`Fault` does."""
        fault = Fault.from_json({"kind": kind, **parameters})
        self.append(fault)
        return fault

    def append(self, fault: Fault) -> None:
        with self._lock:
            self._script.append((fault, fault.count))

    def clear(self) -> None:
        with self._lock:
            self._script.clear()

    @property
    def pending(self) -> tuple[Fault, ...]:
        """The faults that are not used up."""
        with self._lock:
            return tuple(fault for fault, _ in self._script)

    def take(self, method: str, route: str, gtin: str | None) -> Fault | None:
        """The fault that this request meets, which is then used up by one."""
        with self._lock:
            for index, (fault, left) in enumerate(self._script):
                if fault.meets(method, route, gtin):
                    if left == 1:
                        del self._script[index]
                    elif left is not None:
                        self._script[index] = (fault, left - 1)
                    return fault
            return None
