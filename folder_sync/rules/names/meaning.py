"""What a name can turn out to mean, as values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from folder_sync.photo import Format, Gtin14, Label, Reason, ReasonCode
from folder_sync.rules.conversion import Source

OF_THE_NAME: Final = frozenset(
    {
        ReasonCode.BAD_NAME,
        ReasonCode.BAD_GTIN,
        ReasonCode.UNKNOWN_FLAG,
        ReasonCode.TITLE_TOO_LONG,
        ReasonCode.UNSUPPORTED_FORMAT,
        ReasonCode.COPY_NAME,
    }
)
"""What only another name can change."""

OF_THE_CATALOGUE: Final = frozenset({ReasonCode.UNKNOWN_SKU, ReasonCode.UNKNOWN_SHOT})
"""What other products or shots can change as well."""


@dataclass(frozen=True, slots=True)
class Named:
    """A photo to deliver. ``format`` is what the extension says, not yet what the bytes are; with ``source``, which the
    file is then, it is what is probably made of it.

    ``remarks`` are for people: the photo goes all the same. ``shot``: the name of the shot it is of. ``entry``: the one
    that read the name; ``explanation``: by what, where there is more to say.
    """

    label: Label
    format: Format
    remarks: tuple[Reason, ...] = ()
    shot: str | None = None
    entry: str = "house"
    explanation: str = ""
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Rejected:
    """A name that can't go. ``suggestion`` is a name that would; the reason's message tells it too.

    ``copy_of``: what the name of the original says, where this one is that of a copy which a computer made.
    """

    reason: Reason
    gtin: Gtin14 | None = None
    suggestion: str | None = None
    copy_of: Label | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """Not a photo that anyone meant to deliver; ``why`` is a sentence."""

    why: str


Understanding = Named | Rejected | Ignored


@dataclass(frozen=True, slots=True)
class Proposal:
    """A stem, and a sentence on what may have happened, where that helps. ``extension``: where it differs, too.

    ``otherwise``: another stem, for people to choose from.
    """

    stem: str
    hint: str = ""
    extension: str | None = None
    otherwise: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a stem says, the extension not looked at yet; as in ``Named``."""

    label: Label
    remarks: tuple[Reason, ...] = ()
    shot: str | None = None
    explanation: str = ""
    entry: str = "house"


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, before a suggestion was looked for; ``advice`` is what to do where none is found.

    ``decides``: the name has the shape that an entry reads, with a wrong value in it; so no other entry is asked.
    """

    code: ReasonCode
    message: str
    advice: str
    gtin: Gtin14 | None = None
    proposals: Iterable[Proposal] = ()
    copy_of: Label | None = None
    decides: bool = False
