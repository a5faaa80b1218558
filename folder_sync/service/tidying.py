"""What happens to the file of a photo that is uploaded or rejected: nothing, or it is moved or deleted.

The record comes first: it says where the file will be before the file is there, so that the watcher, which sees the
file leave, finds nothing to forget. Interrupted in between, the next start finds the file and tidies again.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Literal

import structlog

from folder_sync.errors import FileChanged, StoreUnavailable
from folder_sync.files import disposal
from folder_sync.files.mounts import is_below
from folder_sync.files.opening import look
from folder_sync.photo import ReasonCode, Record, State
from folder_sync.service.folders import Folder
from folder_sync.store.places import Places
from folder_sync.text import display

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AfterPolicy:
    """The ``[after]`` of the configuration."""

    uploaded: Literal["keep", "move", "delete"] = "keep"
    rejected: Literal["keep", "move"] = "keep"
    uploaded_folder: bytes = b"uploaded"
    rejected_folder: bytes = b"rejected"


class Tidier:
    def __init__(
        self, after: AfterPolicy, folders: Iterable[Folder], places: Places, clock: Callable[[], float]
    ) -> None:
        self._after = after
        self._roots = [folder.root for folder in folders]
        self._places = places
        self._clock = clock
        self._locks = {root: threading.Lock() for root in self._roots}

    def sweep(self, folder: Folder) -> None:
        """What an earlier run did not come to; and the records of put-away photos that somebody has cleared up."""
        for record in self._places.rejected_and_put_away():
            if self._root_of(record) == folder.root:
                with self._locks[folder.root]:  # its record says where it will be before the file is there
                    if not os.path.lexists(record.path):
                        self._places.forget(record)
        states = [state for state in (State.UPLOADED, State.REJECTED) if self._wish(state) != "keep"]
        for record in self._places.standing(states):
            if self._root_of(record) == folder.root:
                self.tidy(record)
        put_away = os.path.join(folder.root, self._after.rejected_folder)
        for record in self._places.uploaded_and_put_away_below(put_away):
            self.tidy(record)

    def tidy(self, record: Record) -> None:
        """A photo has reached its state, durably. What can't be done is said, and tried again by the next start."""
        wish = self._wish(record.state)
        if record.reason is not None and record.reason.code == ReasonCode.UNREADABLE:
            return  # it is tried again where it stands
        root = self._root_of(record)
        if root is None:
            return
        put_away = self._is_put_away(record, root)
        if wish == "keep" and not (put_away and record.state is State.UPLOADED):
            return
        try:
            with self._locks[root]:
                if put_away:
                    self._tidy_put_away(record, root, wish)
                elif wish == "move":
                    self._move(record, record.path, root)
                else:
                    self._delete(record)
        except FileChanged:
            log.info("file_left", photo=record.id, path=record.path, reason="it has changed since")
        except (OSError, StoreUnavailable) as error:
            log.warning("file_left", photo=record.id, path=record.path, reason=str(error))

    def _root_of(self, record: Record) -> bytes | None:
        return next((root for root in self._roots if is_below(record.path, root)), None)

    def _wish(self, state: State) -> str:
        return {State.UPLOADED: self._after.uploaded, State.REJECTED: self._after.rejected}.get(state, "keep")

    def _is_put_away(self, record: Record, root: bytes) -> bool:
        return record.path.startswith(os.path.join(root, self._after.rejected_folder, b""))

    def _tidy_put_away(self, record: Record, root: bytes, wish: str) -> None:
        """What was rejected once and put away, and then retried: uploaded, it goes where all uploaded photos go."""
        if record.state is State.REJECTED:
            self._explain(record, record.path)  # refused again, maybe for another reason
            return
        found = look(record.path)
        if found is None or (found.size, found.mtime_ns) != (record.fingerprint.size, record.fingerprint.mtime_ns):
            raise FileChanged("The file has changed since it was dealt with.")
        disposal.remove_note(record.path)
        # Putting it away changed its change time; its bytes are those that were just sent.
        photo, home = replace(record, fingerprint=found), self._places.home(record)
        match wish:
            case "move":
                self._move(photo, home, root)
            case "delete":
                self._delete(photo)
            case _ if not os.path.lexists(home):
                disposal.move(photo.path, home, found)
                self._places.bring_home(photo, self._clock())

    def _move(self, record: Record, home: bytes, root: bytes) -> None:
        """To the place below the folder of its state that ``home`` has below the root."""
        rejected = record.state is State.REJECTED
        folder = self._after.rejected_folder if rejected else self._after.uploaded_folder
        to = disposal.destination(home, root, folder, self._places.is_known)
        if not self._places.put_away(record, to, self._clock()):
            return
        try:
            # The text first: interrupted after the move, nobody would come back to write it.
            if rejected:
                self._explain(record, to)
            disposal.move(record.path, to, record.fingerprint)
        except BaseException:
            if rejected:
                disposal.remove_note(to)
            self._places.put_back(record, self._clock())
            raise

    def _explain(self, record: Record, path: bytes) -> None:
        if record.reason is not None:
            disposal.write_note(path, _note(record))

    def _delete(self, record: Record) -> None:
        if not self._places.put_away(record, None, self._clock()):
            return
        try:
            disposal.delete(record.path, record.fingerprint)
        except BaseException:
            self._places.put_back(record, self._clock())
            raise


def _note(record: Record) -> str:
    name = display(os.path.basename(record.path).decode("utf-8", "replace"))
    message = display(record.reason.message) if record.reason else ""
    return (
        f"{name} was not uploaded.\n\n{message}\n\n"
        "When it is fixed, put it into the export folder again. This text may be deleted.\n"
    )
