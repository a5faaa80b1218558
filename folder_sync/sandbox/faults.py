"""Faults by script: which requests go wrong, how, and how often."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final, Literal, get_args

Route = Literal["upload", "list", "delete", "whoami", "trade_item", "media", "other"]
"""The calls of the API by name. ``media`` is a GET of an ``image_url``, ``other`` a path the API does not have."""


class Kind(StrEnum):
    """What goes wrong. Where "stored" is said, read "done" for calls other than an upload."""

    DROP_BEFORE_BODY = "drop_before_body"
    """The connection is closed as soon as the head of the request is there."""
    RESET_IN_BODY = "reset_in_body"
    """The connection is reset (RST) when half of the body is there, whatever is still on its way."""
    DROP_AFTER_BODY = "drop_after_body"
    """The whole request is read, nothing stored, the connection closed without an answer."""
    DROP_AFTER_STORE = "drop_after_store"
    """Stored, and the connection closed without an answer."""
    STORE_LATE = "store_late"
    """Like ``drop_after_store``, but the image only appears ``seconds`` later, by the sandbox's clock."""
    STALL = "stall"
    """Silence for ``seconds``, before storing or (``stored``) after it; then the true answer."""
    ERROR_HTML = "error_html"
    """``status`` (502 if not given) without the envelope, as a proxy or router answers: a page of HTML, or ``body``,
    which may be empty; ``stored`` or not."""
    MALFORMED_201 = "malformed_201"
    """Stored, status 201, but ``body`` is not the promised JSON."""
    STATUS = "status"
    """``status`` (502) with an envelope of ``code`` and ``message``; ``stored`` or not.
    ``seconds``, where given, become ``Retry-After``."""
    FORBIDDEN = "forbidden"
    """403 ``FORBIDDEN``, while whoami still names the organization: a product of somebody else's."""
    HEADERS = "headers"
    """The true answer, with other ``headers``."""
    PLACEHOLDER = "placeholder"
    """Behind an ``image_url``: a GIF of one pixel instead of the picture, as while a server still works on it."""


_BARE: Final = frozenset({"status", "stored", "early", "headers"})
_TAKES: Final[Mapping[Kind, frozenset[str]]] = {
    Kind.DROP_BEFORE_BODY: frozenset(),
    Kind.RESET_IN_BODY: frozenset(),
    Kind.DROP_AFTER_BODY: frozenset(),
    Kind.DROP_AFTER_STORE: frozenset(),
    Kind.STORE_LATE: frozenset({"seconds"}),
    Kind.STALL: frozenset({"seconds", "stored"}),
    Kind.ERROR_HTML: _BARE | {"body"},
    Kind.MALFORMED_201: frozenset({"body"}),
    Kind.STATUS: _BARE | {"code", "message", "seconds"},
    Kind.FORBIDDEN: frozenset(),
    Kind.HEADERS: frozenset({"headers"}),
    Kind.PLACEHOLDER: frozenset(),
}
_PARAMETERS: Final = frozenset().union(*_TAKES.values())
_TYPES: Final[Mapping[str, frozenset[type]]] = {
    "count": frozenset({int, type(None)}),
    "lasting": frozenset({int, float, type(None)}),
    "seconds": frozenset({int, float}),
    "status": frozenset({int}),
    "stored": frozenset({bool}),
    "early": frozenset({bool}),
    "method": frozenset({str, type(None)}),
    "gtin": frozenset({str, type(None)}),
    "code": frozenset({str}),
    "message": frozenset({str}),
    "body": frozenset({str, type(None)}),
    "headers": frozenset({dict, type(None)}),
}
"""Entries come as JSON from other processes; ``"false"`` must not pass for true."""
_WITHOUT_BODY: Final = frozenset({204, 205, 304})
_HEADER: Final = re.compile(r"[0-9A-Za-z-]+")
_HEADER_VALUE: Final = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?|")
_FRAMING: Final = frozenset({"content-length", "transfer-encoding", "connection"})
"""Wrong ones would break the server's own protocol, not the client's."""


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
    lasting: float | None = None
    """For how many seconds from its adding it meets requests, by the sandbox's clock; None: until it is used up."""
    seconds: float = 0.0
    status: int = 502
    code: str = ""
    """Empty: the code that the documentation gives for the status."""
    message: str = "Scripted by the sandbox."
    stored: bool = False
    early: bool = False
    """Answered when half of the body is there; the rest is read and thrown away."""
    body: str | None = None
    headers: Mapping[str, str | None] | None = None
    """Put in the place of the answer's own, of whatever kind; with None the answer has no such header."""

    def __post_init__(self) -> None:
        for field in fields(self):
            value = getattr(self, field.name)
            if type(value) not in _TYPES.get(field.name, {type(value)}):
                raise ValueError(f"{field.name} can't be {value!r}.")
            if value != field.default and field.name in _PARAMETERS and field.name not in _TAKES[self.kind]:
                raise ValueError(f"{self.kind} takes no {field.name}.")
        if self.route is not None and self.route not in get_args(Route):
            raise ValueError(f"route is one of {', '.join(get_args(Route))}.")
        if self.kind is Kind.PLACEHOLDER and self.route != "media":
            raise ValueError("placeholder is for the route media.")
        if self.count is not None and self.count < 1:
            raise ValueError("count is at least 1, or null for: until cleared.")
        if self.seconds < 0 or (self.lasting is not None and self.lasting <= 0):
            raise ValueError("seconds and lasting can't be negative, nor lasting be 0.")
        if not 200 <= self.status <= 599 or self.status in _WITHOUT_BODY:
            raise ValueError("status is 200 to 599, and one that may have a body.")
        if self.early and self.stored:
            raise ValueError("What is answered early can't be stored.")
        for name, text in (self.headers or {}).items():
            _check_header(name, text)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Fault:
        """What lasts for a time meets every request in it, unless a ``count`` is given.

        Raises ``ValueError`` or ``TypeError``, for an unknown kind, key or value."""
        unlimited = {"count": None} if data.get("lasting") is not None else {}
        return cls(**{**unlimited, **data, "kind": Kind(data.get("kind", ""))})

    def meets(self, method: str, route: str, gtin: str | None) -> bool:
        return (
            (self.method is None or self.method.upper() == method)
            and (self.route is None or self.route == route)
            and (self.gtin is None or self.gtin.zfill(14) == gtin)
        )


def _check_header(name: object, text: object) -> None:
    if not isinstance(name, str) or not _HEADER.fullmatch(name) or name.lower() in _FRAMING:
        raise ValueError(f"headers can't have {name!r}.")
    if text is not None and not (isinstance(text, str) and _HEADER_VALUE.fullmatch(text)):
        raise ValueError(f"The header {name} can't be {text!r}.")
