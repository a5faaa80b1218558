"""What a whole, sound photo should be, beside that it can be sent: remarks about it, or why it is refused.

Where the limits come from: what retailers and GS1 ask of product images.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from folder_sync.photo import Gtin14, Label, Reason

WHITE_SHARE: Final = 0.98
"""The share of a hero's border that should be white."""


class Code(StrEnum):
    """What can be said of a photo; the values are the contract's, and the keys of ``[quality]``."""

    SMALL = "small"
    NOT_SRGB = "not_srgb"
    NOT_WHITE = "not_white"
    ROTATED = "rotated"
    HAS_LOCATION = "has_location"
    HEAVY = "heavy"
    ANIMATED = "animated"
    OTHER_BARCODE = "other_barcode"
    OTHER_PRODUCT = "other_product"


class Mode(StrEnum):
    OFF = "off"
    NOTE = "note"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class Looks:
    """What a picture is. Measures in pixels, as it is seen; None: a drawing, or not known.

    ``colours``: what it is instead of sRGB with 8 bits, to follow *The picture*. ``frames``: more than one: animated.
    """

    width: int | None = None
    height: int | None = None
    colours: str | None = None
    is_rotated: bool = False
    has_location: bool = False
    frames: int = 1


NOTHING_SEEN: Final = Looks()


@dataclass(frozen=True, slots=True)
class Closely:
    """What only decoding it tells. ``white``: the share of its border that is white or transparent, None: not known;
    ``gtins``: those that are printed in it as barcodes."""

    white: float | None = None
    gtins: tuple[Gtin14, ...] = ()


UNSEEN: Final = Closely()


@dataclass(frozen=True, slots=True)
class Policy:
    """``modes``: of a code that is not there, nothing is said. ``min_pixels``: of the longer side."""

    modes: Mapping[Code, Mode] = field(hash=False)
    min_pixels: int = 1000
    heavy_bytes: int = 5_000_000

    def mode(self, code: Code) -> Mode:
        return self.modes.get(code, Mode.OFF)

    def asks(self, code: Code) -> bool:
        return self.mode(code) is not Mode.OFF

    def may_let_pass(self, code: str) -> bool:
        """Whether a photo that was refused for it may go with these settings."""
        return self.mode(Code(code)) is not Mode.REJECT or code in (Code.SMALL, Code.HEAVY)

    def judged(
        self, looks: Looks, size: int, label: Label, closely: Closely = UNSEEN
    ) -> tuple[tuple[Reason, ...], Reason | None]:
        """The notes, and the first reason to refuse it."""
        said = list(self._said(looks, size, label, closely))
        refused = next((reason for reason in said if self.mode(Code(reason.code)) is Mode.REJECT), None)
        return tuple(reason for reason in said if self.mode(Code(reason.code)) is Mode.NOTE), refused

    def _said(self, looks: Looks, size: int, label: Label, closely: Closely) -> Iterator[Reason]:
        if looks.width and looks.height and max(looks.width, looks.height) < self.min_pixels:
            yield Reason(
                Code.SMALL,
                f"The picture is {looks.width} × {looks.height} pixels; {self.min_pixels} on the longer side are"
                " wanted. Export it larger.",
            )
        if looks.colours:
            yield Reason(Code.NOT_SRGB, f"The picture {looks.colours}. Export it in sRGB with 8 bits.")
        if label.is_primary and closely.white is not None and closely.white < WHITE_SHARE:
            yield Reason(
                Code.NOT_WHITE,
                f"{int(closely.white * 100)} % of the picture's edge is white or transparent; for a hero it should be"
                f" {WHITE_SHARE:.0%}.".replace("%.", " %."),
            )
        if looks.is_rotated:
            yield Reason(
                Code.ROTATED,
                "Only a note in the file turns the picture, and not every shop heeds it. Export it upright.",
            )
        if looks.has_location:
            yield Reason(Code.HAS_LOCATION, "The file tells where it was taken. Export it without the location.")
        if size > self.heavy_bytes:
            yield Reason(
                Code.HEAVY,
                f"The file is {size / 1e6:.1f} MB; at most {self.heavy_bytes / 1e6:g} MB is wanted."
                " Export it with stronger compression.",
            )
        if looks.frames > 1:
            yield Reason(Code.ANIMATED, "The picture is animated. Export a single frame.")
        others = [gtin for gtin in closely.gtins if gtin != label.gtin]
        if others and label.gtin not in closely.gtins:
            yield Reason(
                Code.OTHER_BARCODE,
                f"The barcode in the picture is {others[0]}, and the name says {label.gtin}."
                " Check whether it shows the right product.",
            )


NOTHING_SAID: Final = Policy({})


def other_product(gtin: str, name: str) -> Reason:
    """``name``: of the file that has the same bytes."""
    return Reason(
        Code.OTHER_PRODUCT,
        f'The same picture is delivered for {gtin}, as "{name}". Check which product it shows.',
    )
