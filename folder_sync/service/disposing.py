"""Moves, deletes or keeps the file of a photo that is uploaded or rejected.

The record comes first: it says where the file will be before the file is there, so that the watcher, which sees the
file leave, finds nothing to forget. After an interruption in between, the next start finds the file and tidies again.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final, Literal

from folder_sync.errors import FileChanged
from folder_sync.files import disposal
from folder_sync.files.opening import look
from folder_sync.photo import Reason, ReasonCode, Record, State
from folder_sync.store.places import Places
from folder_sync.text import display

PUT_AWAY: Final = (State.UPLOADED, State.REJECTED)
"""The states that a photo is in when its file is."""


@dataclass(frozen=True, slots=True)
class AfterPolicy:
    """The ``[after]`` of the configuration."""

    uploaded: Literal["keep", "move", "delete"] = "keep"
    rejected: Literal["keep", "move"] = "keep"
    uploaded_folder: bytes = b"uploaded"
    rejected_folder: bytes = b"rejected"


class Disposer:
    """``clock`` is Unix time. ``root``: the watched folder that the file stands in, or was put away from."""

    def __init__(self, after: AfterPolicy, places: Places, clock: Callable[[], float]) -> None:
        self._after = after
        self._places = places
        self._clock = clock

    def moves_or_deletes(self, state: State) -> bool:
        """Whether files of photos in this state do not stay where they are."""
        return self._wish(state) != "keep"

    def rejected_folder(self, root: bytes) -> bytes:
        """Where files of rejected photos are moved, if they are."""
        return os.path.join(root, self._after.rejected_folder)

    def is_wanted(self, path: bytes, state: State, reason: Reason | None, root: bytes) -> bool:
        """Whether there is anything to do about the file at ``path``, for a photo that came to this state."""
        if reason is not None and reason.code == ReasonCode.UNREADABLE:
            return False  # it is tried again where it stands
        if state is State.UPLOADED and self._wish(state) == "move":
            return not path.startswith(os.path.join(root, self._after.uploaded_folder, b""))  # sent once more
        return self._wish(state) != "keep" or (state is State.UPLOADED and self._is_put_away(path, root))

    def dispose(self, record: Record, root: bytes) -> None:
        """Do it. Raises FileChanged where another file stands there by now, ``disposal.IsLink``,
        ``disposal.FileInUse``, OSError and StoreUnavailable: then the file stands where it was.
        """
        wish = self._wish(record.state)
        if self._is_put_away(record.path, root):
            self._tidy_put_away(record, root, wish)
        elif wish == "move":
            self._move(record, record.path, root)
        else:
            self._delete(record)

    def _wish(self, state: State) -> str:
        return self._after.uploaded if state is State.UPLOADED else self._after.rejected

    def _is_put_away(self, path: bytes, root: bytes) -> bool:
        return path.startswith(os.path.join(root, self._after.rejected_folder, b""))

    def _tidy_put_away(self, record: Record, root: bytes, wish: str) -> None:
        """A photo that was rejected, put away, retried and uploaded goes where all uploaded photos go."""
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
        """Move it below the folder of its state, to the place that ``home`` has below the root."""
        rejected = record.state is State.REJECTED
        folder = self._after.rejected_folder if rejected else self._after.uploaded_folder
        to = disposal.destination(home, root, folder, self._places.is_known)
        step = self._places.put_away(record, to)
        if step is None:
            return
        try:
            # The text comes first: after an interruption following the move, nothing would come back to write it.
            if rejected:
                self._explain(record, to)
            disposal.move(record.path, to, record.fingerprint)
        except BaseException:
            self._places.undo(step)
            if rejected:
                disposal.remove_note(to)
            raise
        self._places.has_left(step, self._clock())

    def _explain(self, record: Record, path: bytes) -> None:
        if record.reason is not None:
            disposal.write_note(path, _note(record))

    def _delete(self, record: Record) -> None:
        step = self._places.put_away(record, None)
        if step is None:
            return
        try:
            disposal.delete(record.path, record.fingerprint)
        except BaseException:
            self._places.undo(step)
            raise
        self._places.has_left(step, self._clock())


def _note(record: Record) -> str:
    name = display(os.path.basename(record.path).decode("utf-8", "replace"))
    message = display(record.reason.message) if record.reason else ""
    return (
        f"{name} was not uploaded.\n\n{message}\n\n"
        "Once it is fixed, put it into the export folder again. This text file may be deleted.\n"
    )
