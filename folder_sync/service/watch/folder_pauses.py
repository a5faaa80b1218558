"""That a watched folder, or a place in it, can't be used: recorded for `status` and the page, and logged."""

from __future__ import annotations

import structlog

from folder_sync.store.service_state import ServiceState
from folder_sync.text import path_text

log = structlog.get_logger()


class FolderPauses:
    """``place`` is a path; whoever pauses one remembers that, and resumes it. Both raise StoreUnavailable."""

    def __init__(self, service_state: ServiceState) -> None:
        self._service_state = service_state

    def pause(self, place: bytes, reason: str) -> None:
        """``reason``: what is wrong and what to do, for people. A later one takes its place."""
        self._service_state.pause(_scope(place), reason, None)
        log.warning("service_paused", scope=_scope(place), reason=reason)

    def resume(self, place: bytes) -> None:
        self._service_state.resume(_scope(place))
        log.info("service_resumed", scope=_scope(place))


def does_not_answer(name: str) -> str:
    """The reason for a folder of that name."""
    return f"{name} does not answer. Look at the server, or at the network; it resumes by itself."


def is_empty(name: str) -> str:
    """The reason for a folder that shows nothing of what it should hold."""
    return f"{name} is empty, although photos should be in it. Is it mounted?"


def no_longer_mounted(place: bytes) -> str:
    """The reason for a place at which something was mounted."""
    return f"What was mounted at {path_text(place)} is no longer mounted. Mount it again."


def _scope(place: bytes) -> str:
    return f"folder:{path_text(place)}"
