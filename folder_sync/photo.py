"""The vocabulary: what a photo is, where it stands, and which steps between states are legal.

Everything here is a value: frozen, comparable, knowing no clock and no disk. Paths are ``bytes``, as the
kernel gives them: a name that is not UTF-8 is a fact to report, not a reason to fall over.
Times are seconds since the Unix epoch (``float``, UTC) unless a name says otherwise.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NewType

Gtin14 = NewType("Gtin14", str)
"""A trade item number of exactly 14 ASCII digits whose check digit is right. Made only by ``rules.gtin.parse``."""


class State(StrEnum):
    """Where a photo stands; the values are the contract's."""

    QUEUED = "queued"
    UPLOADING = "uploading"
    UNCONFIRMED = "unconfirmed"
    UPLOADED = "uploaded"
    WAITING = "waiting"
    REJECTED = "rejected"
    DUPLICATE = "duplicate"
    MISSING = "missing"
    SUPERSEDED = "superseded"


TRANSITIONS: Final[Mapping[State, frozenset[State]]] = {
    # Straight to uploaded where the catalogue is found to have it already.
    State.QUEUED: frozenset(
        {State.UPLOADED, State.UPLOADING, State.WAITING, State.REJECTED, State.MISSING, State.DUPLICATE}
    ),
    State.UPLOADING: frozenset(
        {State.UPLOADED, State.UNCONFIRMED, State.QUEUED, State.WAITING, State.REJECTED, State.MISSING}
    ),
    # Rejected where something on the way refuses it, and the server surely does not have it.
    State.UNCONFIRMED: frozenset({State.UPLOADED, State.QUEUED, State.REJECTED, State.MISSING}),
    # Queued again where its image is gone from the catalogue, and somebody wants it there.
    State.UPLOADED: frozenset({State.SUPERSEDED, State.QUEUED}),
    State.WAITING: frozenset({State.QUEUED, State.REJECTED, State.MISSING, State.DUPLICATE}),
    State.REJECTED: frozenset({State.QUEUED, State.DUPLICATE}),
    State.DUPLICATE: frozenset({State.QUEUED}),
    State.MISSING: frozenset({State.QUEUED, State.REJECTED, State.DUPLICATE}),
    # Where its bytes stand somewhere again under its label, and its image was kept.
    State.SUPERSEDED: frozenset({State.UPLOADED}),
}
"""Which state may follow which. A photo may also stay where it is (a later time, a new reason)."""


class ReasonCode(StrEnum):
    """Why a photo does not go; beside these, ``api_<code>`` for what the server refused."""

    BAD_NAME = "bad_name"
    BAD_GTIN = "bad_gtin"
    UNKNOWN_FLAG = "unknown_flag"
    TITLE_TOO_LONG = "title_too_long"
    UNSUPPORTED_FORMAT = "unsupported_format"
    WRONG_FORMAT = "wrong_format"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    CORRUPT = "corrupt"
    TOO_LARGE = "too_large"
    UNSAFE_SVG = "unsafe_svg"
    UNREADABLE = "unreadable"
    OUTSIDE_FOLDER = "outside_folder"
    COPY_NAME = "copy_name"
    OLD_VERSION = "old_version"
    UNKNOWN_PRODUCT = "unknown_product"
    UNKNOWN_SKU = "unknown_sku"
    UNKNOWN_SHOT = "unknown_shot"
    KEY_REFUSED = "key_refused"
    IGNORED = "ignored"
    """Only said by ``parse``: such a file leaves no record."""


@dataclass(frozen=True, slots=True)
class Reason:
    """A code for programs and one or two short sentences for people."""

    code: str
    message: str


class Format(StrEnum):
    """The image formats the API takes; the value is the canonical file extension."""

    JPEG = "jpg"
    PNG = "png"
    GIF = "gif"
    WEBP = "webp"
    SVG = "svg"
    BMP = "bmp"

    @property
    def media_type(self) -> str:
        """The media type sent with the file (IANA; ``image/svg+xml`` from the SVG 2 registration)."""
        return _MEDIA_TYPES[self]

    @property
    def noun(self) -> str:
        """With its article, for sentences."""
        return _NOUNS[self]


_MEDIA_TYPES: Final[Mapping[Format, str]] = {
    Format.JPEG: "image/jpeg",
    Format.PNG: "image/png",
    Format.GIF: "image/gif",
    Format.WEBP: "image/webp",
    Format.SVG: "image/svg+xml",
    Format.BMP: "image/bmp",
}

_NOUNS: Final[Mapping[Format, str]] = {
    Format.JPEG: "a JPEG",
    Format.PNG: "a PNG",
    Format.GIF: "a GIF",
    Format.WEBP: "a WebP",
    Format.SVG: "an SVG",
    Format.BMP: "a BMP",
}

EXTENSIONS: Final[Mapping[str, Format]] = {
    **{member.value: member for member in Format},
    "jpeg": Format.JPEG,
}
"""Accepted extensions, lower case, without the dot."""

TITLE_MAX: Final = 255
"""The longest title the API takes, in characters (*Upload product image*)."""


@dataclass(frozen=True, slots=True)
class Label:
    """What a file's name says. ``number`` only tells apart photos with one title; it is never sent."""

    gtin: Gtin14
    title: str = ""
    is_primary: bool = False
    number: int | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """An image as the API describes it. ``created`` is on the server's clock; ``image_url`` may be absent."""

    id: str
    title: str
    is_primary: bool
    created: float
    image_url: str | None


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What tells a changed file from an unchanged one without opening it.

    The change time is part of it because tools that edit metadata put the modification time back.
    """

    size: int
    mtime_ns: int
    ctime_ns: int


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of a photo: length, lower-case hexadecimal SHA-256, and the format they really are."""

    size: int
    sha256: str
    format: Format | None


@dataclass(frozen=True, slots=True)
class Cut:
    """Bytes that are sent in place of those that stand at ``offset`` in the file, as many."""

    offset: int
    data: bytes

    @staticmethod
    def applied(cuts: Collection[Cut], data: bytes, at: int) -> bytes:
        """``data``, which stands at ``at`` in the file, as it is sent."""
        for cut in cuts:
            start, end = max(cut.offset, at), min(cut.offset + len(cut.data), at + len(data))
            if start < end:
                data = data[: start - at] + cut.data[start - cut.offset : end - cut.offset] + data[end - at :]
        return data


@dataclass(frozen=True, slots=True)
class Details:
    """What is shown of a photo beside its label. ``shot``: the name of the one it is of; ``width`` and ``height``:
    pixels of the picture as it is seen; ``notes``: remarks for people, which stop nothing. ``cuts``:
    where what is sent differs from the file; ``recipe``: the key of the recipe by which another file is made, which
    goes in its place. ``sent_…``: of the bytes that are sent, where they differ.
    """

    shot: str | None = None
    width: int | None = None
    height: int | None = None
    notes: tuple[Reason, ...] = ()
    sent_sha256: str | None = None
    cuts: tuple[Cut, ...] = ()
    recipe: str | None = None
    sent_size: int | None = None
    sent_format: Format | None = None


NO_DETAILS: Final = Details()


@dataclass(frozen=True, slots=True)
class Record:
    """What is known of one photo: a row of the store, as a value. Absent facts are None.

    ``arrival`` is the order in which versions of photos were first seen; ``successor`` is the record of the
    version that replaces this one; ``absences`` counts how often the server surely did not have it;
    ``image_deleted_at`` is when its image was found to be gone from the server; ``looked_for``: the catalogue, which
    may have it already, was looked through for it, and that did not decide; ``machine``: which one took it in.

    ``watcher``: the machine whose path ``path`` is (``store.ports.Reader.watcher``); ``is_gone``: its file is known to
    stand there no more.
    """

    id: int
    path: bytes
    account: str
    organization_id: str | None
    gtin: Gtin14 | None
    title: str
    is_primary: bool
    number: int | None
    state: State
    reason: Reason | None
    image_id: str | None
    image_url: str | None
    sha256: str | None
    size: int
    format: Format | None
    fingerprint: Fingerprint
    attempts: int
    absences: int
    not_before: float | None
    first_seen: float
    started_at: float | None
    uploaded_at: float | None
    arrival: int
    successor: int | None
    duplicate_of: int | None
    superseded_at: float | None = None
    image_deleted_at: float | None = None
    looked_for: bool = False
    details: Details = NO_DETAILS
    machine: str | None = None
    watcher: str = ""
    is_gone: bool = False

    @property
    def sent_sha256(self) -> str | None:
        """The digest of the bytes that are sent, or were."""
        return self.details.sent_sha256 or self.sha256

    @property
    def sent_format(self) -> Format | None:
        return self.details.sent_format or self.format

    @property
    def sent_size(self) -> int:
        return self.size if self.details.sent_size is None else self.details.sent_size

    @property
    def most_bytes(self) -> int:
        """The most bytes that its image can have."""
        return max(self.size, self.sent_size)

    def may_have_sent(self, sha256: str | None) -> bool:
        """Also as it lies in the folder: where records were lost, it may have gone so before a setting was changed."""
        return sha256 is not None and sha256 in (self.sent_sha256, self.sha256)

    @property
    def label(self) -> Label | None:
        """What the name says; None where it was not understood."""
        return None if self.gtin is None else Label(self.gtin, self.title, self.is_primary, self.number)
