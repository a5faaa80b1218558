"""``python -m folder_sync.files.pictures.picture_child SOCKET BYTES``: decodes what its parent hands over, by no path.

A question and a descriptor in, an answer out, until the parent closes its end. See ``picture_process``.
"""

from __future__ import annotations

import array
import json
import os
import resource
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import BinaryIO, Final

from folder_sync.files.pictures.barcodes import gtins
from folder_sync.files.pictures.borders import white_share
from folder_sync.files.pictures.flaws import NOUNS
from folder_sync.files.pictures.picture_process import BARCODES, BORDER, CONVERSION, LENGTH_BYTES, THUMBNAIL, exactly
from folder_sync.files.pictures.signatures import HEAD_BYTES, sniff
from folder_sync.files.pictures.thumbnails import thumbnail
from folder_sync.rules.conversion import Source


def _converted(file: BinaryIO, options: bytes) -> bytes:
    """What it is on a line of its own, as JSON, and then its bytes."""
    from folder_sync.files.pictures import converting  # noqa: PLC0415 -- most children are never asked for it

    return converting.answer(file, options)


def _thumbnail(file: BinaryIO) -> bytes:
    found = sniff(file.read(HEAD_BYTES))
    file.seek(0)
    source = next((source for source in Source if NOUNS[source] == found), None)
    if source is None:
        return thumbnail(file)
    from folder_sync.files.pictures import converting  # noqa: PLC0415 -- likewise

    return converting.thumbnail(file, source)


ANSWERS: Final[dict[bytes, Callable[[BinaryIO, bytes], bytes]]] = {
    THUMBNAIL: lambda file, _: _thumbnail(file),
    BARCODES: lambda file, _: json.dumps(gtins(file)).encode(),
    BORDER: lambda file, _: str(white_share(file)).encode(),
    CONVERSION: _converted,
}


def serve(connection: socket.socket) -> None:
    while True:
        data, ancillary, _, _ = connection.recvmsg(1, socket.CMSG_SPACE(4))
        if not data:
            return
        options = exactly(connection, int.from_bytes(exactly(connection, LENGTH_BYTES), "little"))
        numbers = array.array("i")
        numbers.frombytes(ancillary[0][2])
        try:
            with open(numbers[0], "rb") as file:
                answer = ANSWERS[data](file, options)
        except Exception:  # noqa: BLE001 -- decoders raise anything over hostile bytes, MemoryError among it
            answer = b""
        connection.sendall(len(answer).to_bytes(LENGTH_BYTES, "little") + answer)


def restrict(memory_bytes: int) -> None:
    """What a decoder that was led astray could do: little, and after everybody else."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):
        os.nice(10)


if __name__ == "__main__":
    restrict(int(sys.argv[2]))
    with socket.socket(fileno=int(sys.argv[1])) as parent:
        serve(parent)
