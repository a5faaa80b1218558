"""What every answer says beside its body: about quota and the server's clock (*Rate limits*)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from folder_sync.closient.times import http_date
from folder_sync.rules.quota import Window


@dataclass(frozen=True, slots=True)
class Heard:
    """What a response says beside its body; a header that is absent or malformed is None or ().

    ``limit``, ``remaining`` and ``reset_seconds`` speak of the tightest window only. ``reset_seconds`` and
    ``retry_after`` count from now; ``server_time`` is in seconds since the epoch, on the server's clock.
    """

    status: int
    policy: tuple[Window, ...]
    limit: int | None
    remaining: int | None
    reset_seconds: float | None
    retry_after: float | None
    server_time: float | None


def heard(status: int, headers: Mapping[str, str]) -> Heard:
    """``headers``: names in any letter case."""
    fields = {name.lower(): value.strip() for name, value in headers.items()}
    server_time = http_date(fields.get("date"))
    reset = _number(fields.get("ratelimit-reset"))
    if reset is None:
        reset = _until(_number(fields.get("x-ratelimit-reset")), server_time)
    retry_after = _number(fields.get("retry-after"))
    if retry_after is None:
        retry_after = _until(http_date(fields.get("retry-after")), server_time)
    return Heard(
        status=status,
        policy=_policy(fields.get("ratelimit-policy", "")),
        limit=_count(fields, "limit"),
        remaining=_count(fields, "remaining"),
        reset_seconds=reset,
        retry_after=retry_after,
        server_time=server_time,
    )


LONGEST_WINDOW: Final = 31 * 86_400
"""Seconds. A longer one is a mistake, milliseconds say: once it is used up, no answer would ever correct it."""

_NUMBER: Final = re.compile(r"[0-9]{1,20}(\.[0-9]{1,9})?")
_WHOLE: Final = re.compile(r"[0-9]{1,10}")
_POLICY: Final = re.compile(r"([0-9]{1,10})\s*;\s*w\s*=\s*([0-9]{1,10})(?:\s*;.*)?")


def _number(text: str | None) -> float | None:
    return float(text) if text is not None and _NUMBER.fullmatch(text) else None


def _count(fields: Mapping[str, str], what: str) -> int | None:
    """The standard header, else its legacy alias, whichever is a whole number."""
    for name in (f"ratelimit-{what}", f"x-ratelimit-{what}"):
        if _WHOLE.fullmatch(fields.get(name, "")):
            return int(fields[name])
    return None


def _policy(text: str) -> tuple[Window, ...]:
    """``300;w=60, 10000;w=86400``; an item of another form is left out. The shortest comes first, and each length once,
    as the records have them: of two that are as long the stricter one holds.
    """
    items = [_POLICY.fullmatch(item.strip()) for item in text.split(",")]
    found = sorted(((int(item[1]), int(item[2])) for item in items if item is not None), reverse=True)
    limits = {seconds: limit for limit, seconds in found if limit and 0 < seconds <= LONGEST_WINDOW}
    return tuple(Window(limits[seconds], seconds) for seconds in sorted(limits))


def _until(moment: float | None, server_time: float | None) -> float | None:
    return None if moment is None or server_time is None else max(0.0, moment - server_time)
