"""A strict reader of the upload form: multipart/form-data with exactly ``image``, ``title`` and ``is_primary``.

The photo goes to disk piece by piece as it arrives; at no time more of it than one piece is in memory.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from folder_sync.photo import TITLE_MAX, Format
from folder_sync.sandbox.answers import Details, Refusal, problem
from folder_sync.sandbox.sniffing import HEAD_BYTES, sniff

_FIELD_MAX: Final = 64 * 1024
"""Bytes of a text field that are kept; a longer title is too long anyway."""

logging.getLogger("python_multipart").addHandler(logging.NullHandler())  # else each bad form is a line on stderr


@dataclass(frozen=True, slots=True)
class Form:
    """A form that arrived in full. ``problems`` are the details of a 422; empty if it is as documented."""

    title: str
    is_primary: bool
    filename: str
    size: int
    sha256: str
    format: Format | None
    problems: Details


class _Reader:
    """Callbacks of the parser; one part at a time is open."""

    def __init__(self, boundary: bytes, image: BinaryIO) -> None:
        self.whole = False
        self.filename = ""
        self.size = 0
        self.head = b""
        self.digest = hashlib.sha256()
        self.has_image = False
        self.image_type = ""
        self.fields: dict[str, bytes] = {}
        self.problems: Details = []
        self._image = image
        self._header = b""
        self._value = b""
        self._disposition: dict[bytes, bytes] = {}
        self._type = b""
        self._text: bytearray | None = None
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": self._on_header,
                "on_header_value": self._on_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._open,
                "on_part_data": self._data,
                "on_part_end": self._close,
                "on_end": self._end,
            },
        )

    def feed(self, piece: bytes) -> None:
        """Raises ``FormParserError`` for what is not multipart/form-data."""
        self._parser.write(piece)

    def _begin(self) -> None:
        self._disposition = {}
        self._type = b""
        self._text = None

    def _on_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        if self._header.lower() == b"content-disposition":
            kind, options = parse_options_header(self._value)
            self._disposition = options if kind == b"form-data" else {}
        elif self._header.lower() == b"content-type":
            self._type = self._value
        self._header = self._value = b""

    def _open(self) -> None:
        name = self._disposition.get(b"name", b"").decode("utf-8", "replace")
        filename = self._disposition.get(b"filename")
        self._text = bytearray()
        if name not in {"image", "title", "is_primary"}:
            self.problems.append(problem(name, "Unknown field."))
        elif name in self.fields or (name == "image" and self.has_image):
            self.problems.append(problem(name, "Given twice."))
        elif (name == "image") != (filename is not None):
            self.problems.append(problem(name, "Not a file." if name == "image" else "Not a string."))
        elif name == "image":
            self.has_image = True
            self.image_type = self._type.decode("latin-1")
            self.filename = (filename or b"").decode("utf-8", "replace")
            self._text = None

    def _data(self, data: bytes, start: int, end: int) -> None:
        piece = memoryview(data)[start:end]
        if self._text is not None:
            self._text += piece[: _FIELD_MAX - len(self._text)]
            return
        if len(self.head) < HEAD_BYTES:
            self.head += piece[: HEAD_BYTES - len(self.head)]
        self.size += len(piece)
        self.digest.update(piece)
        self._image.write(piece)

    def _close(self) -> None:
        if self._text is not None:
            name = self._disposition.get(b"name", b"").decode("utf-8", "replace")
            self.fields.setdefault(name, bytes(self._text))

    def _end(self) -> None:
        self.whole = True


async def read_form(content_type: str, pieces: AsyncIterator[bytes], path: Path) -> Form:
    """Read the whole body and write the photo to ``path``. Raises :class:`Refusal` for any other form."""
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or b"boundary" not in options:
        raise Refusal(422, "The form is not valid.", [problem("image", "Send multipart/form-data.")])
    with path.open("wb") as image:
        try:
            reader = _Reader(options[b"boundary"], image)
            async for piece in pieces:
                reader.feed(piece)
        except FormParserError as exc:
            raise Refusal(400, f"The body is not multipart/form-data: {exc}") from exc
    if not reader.whole:
        raise Refusal(400, "The body ends before its closing boundary.")
    return _check(reader)


def _check(reader: _Reader) -> Form:
    problems = reader.problems
    image_format = sniff(reader.head)
    if not reader.has_image:
        problems.append(problem("image", "Field required."))
    elif image_format is None:
        problems.append(problem("image", "Not an image of a supported format."))
    elif reader.image_type != image_format.media_type:
        problems.append(problem("image", f"Its Content-Type is not {image_format.media_type}."))
    try:
        title = reader.fields.get("title", b"").decode()
    except UnicodeDecodeError:
        title = ""
        problems.append(problem("title", "Not UTF-8."))
    if len(title) > TITLE_MAX:
        problems.append(problem("title", f"At most {TITLE_MAX} characters."))
    is_primary = reader.fields.get("is_primary", b"false")
    if is_primary not in {b"true", b"false"}:
        problems.append(problem("is_primary", "Neither true nor false."))
    return Form(
        title=title,
        is_primary=is_primary == b"true",
        filename=reader.filename,
        size=reader.size,
        sha256=reader.digest.hexdigest(),
        format=image_format,
        problems=problems,
    )
