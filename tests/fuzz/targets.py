"""What is fuzzed: bytes in, and an AssertionError or any other exception is a defect."""

from __future__ import annotations

import io
import math
import os
import re
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from folder_sync.closient import answers
from folder_sync.closient.headers import heard
from folder_sync.errors import ApiError, RateLimited, Refused
from folder_sync.files.pictures.decoding import Limits
from folder_sync.files.pictures.inspection import Inspection, Sound, inspect
from folder_sync.photo import TITLE_MAX, Format, ReasonCode
from folder_sync.rules.names import convention, gtin, parts, products
from folder_sync.rules.names.meaning import Ignored, Named, Rejected
from folder_sync.rules.names.naming import Naming
from folder_sync.rules.names.shots import Shot, Shots
from folder_sync.text import display, redact

CORPUS: Final = Path(__file__).parent / "corpus"

_A_GTIN: Final = "4006381333931"
_KNOWN: Final = products.parse(f"gtin,sku\n{_A_GTIN},AB-12\n{_A_GTIN},AB\n")
_SHOTS: Final = Shots([Shot("Front", ("MAIN", "C1N1"), primary=True)])
_NAMINGS: Final = tuple(
    Naming(entries, _SHOTS, _KNOWN)
    for entries in (
        ["gs1", "folder", "house"],
        ["{sku}_{shot}[_{number}]", "{sku}/{title}", "{any}_{gtin}[_{primary}]"],
        ["[{any}-]{gtin}[_{title}][_{number}][_{primary}]"],
    )
)

_MESSAGE_MAX: Final = 1000
_FORMATS: Final = tuple(Format)
_READERS: Final = (
    (answers.read_image, 201),
    (answers.read_images, 200),
    (answers.read_whoami, 200),
    (answers.read_trade_item, 200),
    (answers.read_deleted, 204),
)
_STATUSES: Final = (200, 201, 204, 302, 400, 401, 403, 404, 409, 413, 415, 422, 429, 500, 502, 503)


def names(data: bytes) -> None:
    """The last part of a path, as the kernel gives it."""
    name = os.fsdecode(data.replace(b"/", b"").replace(b"\0", b""))
    understood = convention.parse(name)
    assert convention.parse(name) == understood
    match understood:
        case convention.Named(label, announced):
            assert gtin.parse(label.gtin) == label.gtin
            assert label.title == parts.clean_title(label.title) == unicodedata.normalize("NFC", label.title)
            assert len(label.title) <= TITLE_MAX
            assert name.lower().endswith(f".{announced}") or announced is Format.JPEG
        case convention.Rejected(reason):
            assert ReasonCode(reason.code)
            _is_for_people(reason.message)
        case convention.Ignored(why):
            assert why == convention.ignored_file(name)
    for naming in _NAMINGS:
        assert naming.understand(name) == naming.understand(name)
        assert isinstance(naming.understand(f"{_A_GTIN}/{name}"), Named | Rejected | Ignored)


def inspection(data: bytes) -> None:
    """The first byte says what the file is named as; the rest is the file, held whole and read piece by piece."""
    announced, content = _FORMATS[data[0] % len(_FORMATS)] if data else Format.JPEG, data[1:]
    found = _inspect(content, announced, in_memory=True)
    assert found.content.size == len(content)
    if not isinstance(found, Sound):
        _is_for_people(found.reason.message)
    else:
        assert found.content.format is announced
    assert _inspect(content, announced, in_memory=False) == found


def _inspect(content: bytes, announced: Format, *, in_memory: bool) -> Inspection:
    limits = Limits(held_bytes=len(content) if in_memory else -1)
    return inspect(io.BytesIO(content), announced, 50_000_000, limits)


def wire(data: bytes) -> None:
    """Two bytes choose the call and the status; then lines of headers, an empty line, and the body."""
    read, expected = _READERS[data[0] % len(_READERS)] if data else _READERS[0]
    choice = data[1] if len(data) > 1 else 0
    status = expected if choice >= 128 else _STATUSES[choice % len(_STATUSES)]
    head, _, body = data[2:].partition(b"\n\n")
    pairs = (line.partition(": ") for line in head.decode("latin-1").splitlines())
    headers = {name: value for name, _, value in pairs}
    said = heard(status, headers)
    assert all(window.limit >= 1 and window.seconds >= 1 for window in said.policy)
    for number in (said.limit, said.remaining, said.reset_seconds, said.retry_after):
        assert number is None or 0 <= number < math.inf
    try:
        read(status, headers, body)
    except ApiError as exc:
        error = exc
    else:
        return
    assert str(error).isprintable()
    assert len(str(error)) < _MESSAGE_MAX
    assert redact(str(error)) == str(error)
    assert not isinstance(error, RateLimited) or 0 <= error.retry_after < math.inf
    assert not isinstance(error, Refused) or re.fullmatch(r"too_large|api_[a-z0-9_]+", error.code)


def _is_for_people(message: str) -> None:
    assert message
    assert display(message) == message
    assert len(message) < _MESSAGE_MAX


TARGETS: Final[Mapping[str, Callable[[bytes], None]]] = {"names": names, "images": inspection, "answers": wire}
