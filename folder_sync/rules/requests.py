"""What is counted of requests and deliveries: their names, and the durations that are told apart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from folder_sync.errors import ApiError, NotSent, OutcomeUnknown, RateLimited


class Call(StrEnum):
    UPLOAD = "upload"
    LIST = "list"
    DELETE = "delete"
    WHOAMI = "whoami"
    LOOKUP = "lookup"
    IMAGE = "image"
    """The bytes of an image that the API described; from wherever it has them, and without the key."""


class Ending(StrEnum):
    OK = "ok"
    REFUSED = "refused"
    LIMITED = "limited"
    UNKNOWN_OUTCOME = "unknown_outcome"
    NOT_SENT = "not_sent"


REQUEST_SECONDS: Final = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
DELIVERY_SECONDS: Final = (2.0, 5.0, 10.0, 30.0, 60.0, 300.0, 900.0, 3600.0, 14_400.0, 86_400.0)
"""From first seen to uploaded."""


def ending_of(error: Exception | None) -> Ending:
    """``error``: what the call raised; None where it did not."""
    match error:
        case None:
            return Ending.OK
        case RateLimited():
            return Ending.LIMITED
        case OutcomeUnknown():
            return Ending.UNKNOWN_OUTCOME
        case ApiError() if not isinstance(error, NotSent):
            return Ending.REFUSED
    return Ending.NOT_SENT  # or the photo could not be read, and it was broken off


def within(seconds: float, durations: Sequence[float]) -> float:
    """The shortest of ``durations`` that is long enough; infinite where none is."""
    return next((one for one in durations if seconds <= one), math.inf)
