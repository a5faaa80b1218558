"""What happens to the file of a photo that is uploaded or rejected: nothing, or it is moved or deleted.

The record comes first: it says where the file will be before the file is there, so that the watcher, which sees the
file leave, finds nothing to forget. Interrupted in between, the next start finds the file and tidies again.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

import structlog

from folder_sync.errors import FileChanged, StoreUnavailable
from folder_sync.files import disposal
from folder_sync.photo import Record, State
from folder_sync.service.folders import Folder
from folder_sync.store.places import Places

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Wishes:
    """The ``[after]`` of the configuration."""

    uploaded: Literal["keep", "move", "delete"] = "keep"
    rejected: Literal["keep", "move"] = "keep"
    uploaded_folder: bytes = b"uploaded"
    rejected_folder: bytes = b"rejected"


class Tidier:
    def __init__(self, wishes: Wishes, folders: Iterable[Folder], places: Places, clock: Callable[[], float]) -> None:
        self._wishes = wishes
        self._roots = [folder.root for folder in folders]
        self._places = places
        self._clock = clock
        self._lock = threading.Lock()

    def sweep(self) -> None:
        """What an earlier run did not come to; and the records of put-away photos that somebody has cleared up."""
        for record in self._places.rejected_and_put_away():
            if not os.path.lexists(record.path):
                self._places.forget(record)
        states = [state for state in (State.UPLOADED, State.REJECTED) if self._wish(state) != "keep"]
        for record in self._places.standing(states):
            self.tidy(record)

    def tidy(self, record: Record) -> None:
        """A photo has reached its state, durably. What can't be done is said, and tried again by the next start."""
        wish = self._wish(record.state)
        root = next((root for root in self._roots if record.path.startswith(root.rstrip(b"/") + b"/")), None)
        if wish == "keep" or root is None or self._is_put_away(record, root):
            return
        try:
            with self._lock:
                if wish == "move":
                    self._move(record, root)
                else:
                    self._delete(record)
        except FileChanged:
            log.info("file_left", photo=record.id, path=record.path, reason="it has changed since")
        except (OSError, StoreUnavailable) as error:
            log.warning("file_left", photo=record.id, path=record.path, reason=str(error))

    def _wish(self, state: State) -> str:
        return {State.UPLOADED: self._wishes.uploaded, State.REJECTED: self._wishes.rejected}.get(state, "keep")

    def _is_put_away(self, record: Record, root: bytes) -> bool:
        """A rejected one stays where it was put; an uploaded one may come from there, after a retry."""
        own = os.path.join(root, self._wishes.rejected_folder, b"")
        return record.state is State.REJECTED and record.path.startswith(own)

    def _move(self, record: Record, root: bytes) -> None:
        rejected = record.state is State.REJECTED
        folder = self._wishes.rejected_folder if rejected else self._wishes.uploaded_folder
        to = disposal.destination(record.path, root, folder, self._places.is_known)
        if not self._places.put_away(record, to, self._clock()):
            return
        try:
            disposal.move(record.path, to, record.fingerprint)
        except BaseException:
            self._places.put_back(record, self._clock())
            raise
        if rejected and record.reason is not None:
            disposal.write_note(to, _note(record))

    def _delete(self, record: Record) -> None:
        if not self._places.put_away(record, None, self._clock()):
            return
        try:
            disposal.delete(record.path, record.fingerprint)
        except BaseException:
            self._places.put_back(record, self._clock())
            raise


def _note(record: Record) -> str:
    name = os.path.basename(record.path).decode("utf-8", "replace")
    message = record.reason.message if record.reason else ""
    return (
        f"{name} was not uploaded.\n\n{message}\n\n"
        "When it is mended, put it into the export folder again. This text may be deleted.\n"
    )
