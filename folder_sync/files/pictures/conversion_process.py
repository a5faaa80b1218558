"""Has pictures converted in a process of its own, bounded in memory, time and output, and says why one was not.

What is made comes through a socket, piece by piece: the process may write nothing, and this one holds no picture.
"""

from __future__ import annotations

import hashlib
import json
import socket
import time
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from typing import BinaryIO, Final

from folder_sync.files.pictures.picture_process import CONVERSION, PictureProcess
from folder_sync.photo import Content, Format, Reason, ReasonCode
from folder_sync.rules.conversion import Recipe

SECONDS: Final = 60.0
"""For one picture; a large one takes a few."""

_PIECE: Final = 1 << 16
_FACTS_BYTES: Final = 1_000


class Trouble(StrEnum):
    """Why nothing was made."""

    TOO_LARGE = "too_large"
    TOO_MANY_BYTES = "too_many_bytes"
    CORRUPT = "corrupt"
    NO_PROFILE = "no_profile"
    NOT_MERGED = "not_merged"
    UNKNOWN_KIND = "unknown_kind"


@dataclass(frozen=True, slots=True)
class Converted:
    """What goes in place of the photo. ``is_first_page``: of several."""

    content: Content
    width: int
    height: int
    is_first_page: bool


class Converter:
    """One picture at a time: whoever asks waits until those before are done. Starts when it is first asked."""

    def __init__(self, process: PictureProcess | None = None, *, seconds: float = SECONDS) -> None:
        self._process = process or PictureProcess(timeout_seconds=seconds)
        self._seconds = seconds

    def convert(self, file: BinaryIO, recipe: Recipe, max_bytes: int, out: BinaryIO) -> Converted | Reason:
        """Writes what is made to ``out``, or says why it can't be. Raises OSError where that says nothing of the photo:
        writing failed, or this is closed.
        """
        options = {
            "source": recipe.source,
            "max_pixels": recipe.max_pixels,
            "quality": recipe.quality,
            "max_bytes": max_bytes,
        }
        read = partial(_received, out=out, most=max_bytes, seconds=self._seconds)
        try:
            made = self._process.ask(CONVERSION, file, json.dumps(options).encode(), read)
        except TimeoutError:
            return Reason(
                ReasonCode.TOO_LARGE,
                f"Converting it takes more than {self._seconds:g} seconds. Export it smaller, or as JPEG.",
            )
        except ConnectionError:
            if self._process.is_closed:
                raise
            return refusal(Trouble.CORRUPT, max_bytes)
        return made if isinstance(made, Converted) else refusal(made or Trouble.CORRUPT, max_bytes)

    def close(self) -> None:
        """At once, whatever is being converted."""
        self._process.close()


def _received(
    connection: socket.socket, length: int, *, out: BinaryIO, most: int, seconds: float
) -> Converted | Trouble:
    """Raises OSError; ConnectionError over what no converter says."""
    end = time.monotonic() + seconds
    if length > most + _FACTS_BYTES:
        raise ConnectionError("the answer is too long")
    out.seek(0)
    out.truncate()
    digest, size, head = hashlib.sha256(), 0, b""
    facts: object = None
    while length > 0:
        piece = connection.recv(min(length, _PIECE))
        if not piece:
            raise ConnectionError("the process has ended")
        if time.monotonic() > end:
            raise TimeoutError
        length -= len(piece)
        if facts is None:
            head += piece
            line, newline, piece = head.partition(b"\n")
            if not newline:
                continue
            facts = _facts(line)
        digest.update(piece)
        size += len(piece)
        out.write(piece)
    out.flush()
    return _understood(facts, size, digest.hexdigest())


def _facts(line: bytes) -> object:
    try:
        return json.loads(line)
    except ValueError as error:
        raise ConnectionError("the answer makes no sense") from error


def _understood(facts: object, size: int, sha256: str) -> Converted | Trouble:
    match facts:
        case {"trouble": str(trouble)} if trouble in set(Trouble):
            return Trouble(trouble)
        case {"format": str(kind), "width": int(width), "height": int(height), "is_first_page": bool(is_first)}:
            return Converted(Content(size, sha256, Format(kind)), width, height, is_first)
    raise ConnectionError("the answer makes no sense")


def refusal(trouble: Trouble, max_bytes: int) -> Reason:
    match trouble:
        case Trouble.TOO_LARGE:
            code, message = (
                ReasonCode.TOO_LARGE,
                "The picture has so many pixels that converting it would take more than 1 GB of memory."
                " Export it smaller, or as JPEG.",
            )
        case Trouble.TOO_MANY_BYTES:
            code, message = (
                ReasonCode.TOO_LARGE,
                f"Converted, it is larger than {max_bytes / 1e6:g} MB. Export it smaller, or set convert.max_pixels.",
            )
        case Trouble.CORRUPT:
            code, message = (
                ReasonCode.CORRUPT,
                "The file is damaged or ends too early, and can't be converted. Export it again, and check that it"
                " looks whole.",
            )
        case Trouble.NO_PROFILE:
            code, message = (
                ReasonCode.UNSUPPORTED_FORMAT,
                "The picture is in CMYK without a profile, so that nobody knows its colours. Export it in sRGB, or with"
                " its profile.",
            )
        case Trouble.NOT_MERGED:
            code, message = (
                ReasonCode.UNSUPPORTED_FORMAT,
                "The Photoshop document holds no picture that other programs can show. Save it again with Maximise"
                " Compatibility, or export it as JPEG.",
            )
        case Trouble.UNKNOWN_KIND:
            code, message = (
                ReasonCode.UNSUPPORTED_FORMAT,
                "Pictures of this kind can't be converted. Export it as JPEG, in sRGB with 8 bits.",
            )
    return Reason(code, message)
