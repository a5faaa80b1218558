"""Looking at one settled file: its name, then its bytes. What it means for what is known is decided elsewhere."""

from __future__ import annotations

import os
from dataclasses import dataclass

from folder_sync.files.images import Incomplete, Unsound, inspect
from folder_sync.files.opening import Gone, IsFolder, NotOpened, OutsideFolder, TryLater, open_photo
from folder_sync.photo import Fingerprint, Reason, ReasonCode
from folder_sync.rules import naming
from folder_sync.rules.arrivals import Seen


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Ends too early: may still be being written. ``seen`` is what it is if nothing more comes."""

    seen: Seen


@dataclass(frozen=True, slots=True)
class Vanished:
    """Nothing is there any more, or nothing that is ever recorded."""


@dataclass(frozen=True, slots=True)
class Unreachable:
    """The disk, the network or this program is in trouble: that says nothing about the photo. To be tried again."""


Judgement = Seen | Unfinished | Vanished | Unreachable


def judge(path: bytes, root: bytes, fingerprint: Fingerprint, max_bytes: int) -> tuple[Judgement, Fingerprint]:
    """What stands at ``path``, and the fingerprint of the bytes that were read. Raises nothing about the file.

    ``fingerprint`` is the settled one; where the file was not opened, it is returned as it is.
    """
    understood = naming.parse(os.fsdecode(os.path.basename(path)))
    match understood:
        case naming.Ignored():
            return Vanished(), fingerprint
        case naming.Rejected(reason, gtin):
            return Seen(None, None, reason, gtin), fingerprint
        case naming.Named(label, announced):
            try:
                file, opened = open_photo(path, root)
            except (Gone, IsFolder):
                return Vanished(), fingerprint
            except TryLater:
                return Unreachable(), fingerprint
            except NotOpened as error:
                code = ReasonCode.OUTSIDE_FOLDER if isinstance(error, OutsideFolder) else ReasonCode.UNREADABLE
                return Seen(label, None, Reason(code, str(error))), fingerprint
            try:
                with file:
                    inspection = inspect(file, announced, max_bytes)
            except OSError:
                return Unreachable(), opened
            match inspection:
                case Incomplete(content, reason):
                    return Unfinished(Seen(label, content, reason)), opened
                case Unsound(content, reason):
                    return Seen(label, content, reason), opened
                case sound:
                    return Seen(label, sound.content), opened
