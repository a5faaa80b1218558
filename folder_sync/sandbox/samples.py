"""Sample photos for the demo, and photos of any format and size for the tests. Nothing random, nothing from outside."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from folder_sync.photo import Format, ReasonCode, State
from folder_sync.sandbox.codes import check_digit
from folder_sync.sandbox.drawing import photo_bytes, tiff_bytes

WAITING_GTIN: Final = "09521234500087"
"""The one sample product that the demo's catalogue is told not to know."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A file that was written, and what becomes of it: ``uploaded``, ``waiting``, or a reason code of a rejection."""

    name: str
    expectation: str


def gtin(digits: str) -> str:
    """``digits`` and their check digit: ``gtin("0001234567890")`` is ``00012345678905``."""
    return digits + check_digit(digits)


def make_samples(folder: Path) -> list[Sample]:
    """Write the samples into ``folder``, which must exist; the same bytes under the same names every time.

    No two have the same bytes. They are named by products of the range that GS1 keeps for examples (952).
    """
    samples = []
    for seed, (name, expectation, data) in enumerate([*_right(), *_wrong()]):
        (folder / name).write_bytes(data if data is not None else photo_bytes(_format_of(name), seed=seed))
        samples.append(Sample(name, expectation))
    return samples


def products() -> str:
    """A products file, for the sample that is named by its SKU."""
    return f"gtin;sku;name\n{gtin('0952123450007')};HONEY-250;Honey 250 g\n"


def make_other_samples(folder: Path) -> list[Sample]:
    """Photos as other houses have them: named after GS1, by a folder, by a SKU and the code of a shot; and a TIFF."""
    butter = gtin("952123450009")
    names = (f"{butter}_C1N1.jpg", f"{butter} Butter/Open__primary.jpg", "HONEY-250_MAIN.jpg", f"{butter}__Wrapper.tif")
    samples = []
    for seed, name in enumerate(names, 200):
        (folder / name).parent.mkdir(exist_ok=True)
        data = tiff_bytes(seed=seed) if name.endswith(".tif") else photo_bytes(Format.JPEG, seed=seed)
        (folder / name).write_bytes(data)
        samples.append(Sample(name, State.UPLOADED))
    return samples


def _right() -> Iterator[tuple[str, str, bytes | None]]:
    juice, soap, tea, oil = "0952123450001", "952123450002", "95212345003", "9521234"
    for name in (
        f"{gtin(juice)}__Front_of_package__primary.jpg",
        f"{gtin(juice)}__Back_of_package.jpeg",
        f"{gtin(juice)}__Serving_suggestion__1.webp",
        f"{gtin(juice)}__Serving_suggestion__2.webp",
        f"{gtin(soap)}__PRIMARY__Hand_soap_250_ml.PNG",
        f"{gtin(soap)}__Ingredients.bmp",
        f"{gtin(tea)}__primary.webp",
        f"{gtin(tea)}__Spinning_tin.gif",
        f"{gtin(oil)}__Olive_oil__primary.jpg",
        f"{gtin(oil)}__Logo.svg",
        f"{gtin(oil)}.png",
    ):
        yield name, State.UPLOADED, None
    yield f"{WAITING_GTIN}__New_arrival__primary.jpg", State.WAITING, None


def _wrong() -> Iterator[tuple[str, str, bytes | None]]:
    honey = gtin("0952123450007")
    slip = honey[:-1] + str((int(honey[-1]) + 1) % 10)
    yield f"{slip}__Front.jpg", ReasonCode.BAD_GTIN, None
    yield f"{honey}__Jar__primay.jpg", ReasonCode.UNKNOWN_FLAG, None
    yield f"{honey}__Label.jpg", ReasonCode.WRONG_FORMAT, photo_bytes(Format.PNG, seed=101)
    whole = photo_bytes(Format.JPEG, seed=102)
    yield f"{honey}__Lid.jpg", ReasonCode.TRUNCATED, whole[: len(whole) * 2 // 3]
    script = photo_bytes(Format.SVG, seed=103).replace(b"</svg>", b'<script>alert("hello")</script></svg>')
    yield f"{honey}__Badge.svg", ReasonCode.UNSAFE_SVG, script


def _format_of(name: str) -> Format:
    extension = name.rpartition(".")[2].lower()
    return Format.JPEG if extension == "jpeg" else Format(extension)
