"""Asking a disk that may never answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Final, TypeVar

ANSWER_SECONDS: Final = 5.0
"""A folder that takes longer than this to answer will not answer soon: its server is gone, or the network is."""

_T = TypeVar("_T")


def call_with_timeout(question: Callable[[], _T], seconds: float) -> _T:
    """The answer. Raises TimeoutError, an OSError, where none comes: the call is left behind on its own thread."""
    answers: list[_T] = []
    errors: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(question())
        except BaseException as error:  # noqa: BLE001 -- raised by whoever asked
            errors.append(error)

    thread = threading.Thread(target=run, name="question", daemon=True)
    thread.start()
    thread.join(seconds)
    if errors:
        raise errors[0]
    if not answers:
        raise TimeoutError("The disk does not answer.")
    return answers[0]
