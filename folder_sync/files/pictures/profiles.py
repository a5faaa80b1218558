"""Whether an ICC profile is sRGB, by what it says of colours, not by its name (ICC.1:2022, clauses 7, 9 and 10)."""

from __future__ import annotations

import functools
import struct
from typing import Final

_PRIMARIES: Final = {
    b"rXYZ": (0.4361, 0.2225, 0.0139),
    b"gXYZ": (0.3851, 0.7169, 0.0971),
    b"bXYZ": (0.1431, 0.0606, 0.7141),
}
"""Of sRGB, adapted to D50 (IEC 61966-2-1); programs round differently."""
_TOLERANCE: Final = 0.004

_HALF: Final = (0.19, 0.24)
"""What half of the value is in light: 0.214 for sRGB, 0.218 for a gamma of 2.2."""

_TAGS_MAX: Final = 200
_SHOWN: Final = 60


@functools.lru_cache(maxsize=64)  # a studio's photos have the same few
def unlike_srgb(profile: bytes) -> str | None:
    """The name of a profile that is another than sRGB; None where it is sRGB, or makes no sense."""
    try:
        tags = _tags(profile)
        name = _name(profile, tags)
        match profile[16:20]:
            case b"RGB ":
                is_srgb = _is_srgb(profile, tags, name)
            case b"GRAY":
                is_srgb = b"kTRC" not in tags or _is_like_srgb(_curve_at_half(profile, *tags[b"kTRC"]))
            case _:
                is_srgb = False
    except (struct.error, IndexError, ValueError, ArithmeticError):
        return None
    return None if is_srgb else name or "a profile without a name"


def _tags(profile: bytes) -> dict[bytes, tuple[int, int]]:
    if profile[36:40] != b"acsp":
        raise ValueError
    (count,) = struct.unpack_from(">I", profile, 128)
    entries = (struct.unpack_from(">4sII", profile, 132 + 12 * number) for number in range(min(count, _TAGS_MAX)))
    return {name: (offset, size) for name, offset, size in entries}


def _is_srgb(profile: bytes, tags: dict[bytes, tuple[int, int]], name: str) -> bool:
    if not _PRIMARIES.keys() <= tags.keys():
        return "srgb" in name.lower()  # tables alone
    for tag, wanted in _PRIMARIES.items():
        found = struct.unpack_from(">3i", profile, tags[tag][0] + 8)
        if any(abs(value / 65536 - right) > _TOLERANCE for value, right in zip(found, wanted, strict=True)):
            return False
    curves = [tags[tag] for tag in (b"rTRC", b"gTRC", b"bTRC") if tag in tags]
    return all(_is_like_srgb(_curve_at_half(profile, *curve)) for curve in curves)


def _is_like_srgb(half: float) -> bool:
    return _HALF[0] <= half <= _HALF[1]


def _curve_at_half(profile: bytes, offset: int, _: int) -> float:
    kind = profile[offset : offset + 4]
    if kind == b"curv":
        (count,) = struct.unpack_from(">I", profile, offset + 8)
        if count == 0:
            return 0.5
        if count == 1:
            return float(0.5 ** (struct.unpack_from(">H", profile, offset + 12)[0] / 256))
        return float(struct.unpack_from(">H", profile, offset + 12 + 2 * (count // 2))[0] / 65535)
    if kind != b"para":
        raise ValueError
    (function,) = struct.unpack_from(">H", profile, offset + 8)
    gamma, *rest = (
        value / 65536 for value in struct.unpack_from(f">{(1, 3, 4, 5, 7)[function]}i", profile, offset + 12)
    )
    if function == 0:
        return float(0.5**gamma)
    a, b = rest[:2]
    above = float((a * 0.5 + b) ** gamma)  # every real curve is past its straight part by then
    added = rest[2] if function == 2 else rest[4] if function == 4 else 0.0
    return above + added


def _name(profile: bytes, tags: dict[bytes, tuple[int, int]]) -> str:
    offset, size = tags.get(b"desc", (0, 0))
    kind = profile[offset : offset + 4]
    if kind == b"desc":
        (count,) = struct.unpack_from(">I", profile, offset + 8)
        text = profile[offset + 12 : offset + 12 + min(count, size)].decode("latin-1")
    elif kind == b"mluc":
        length, start = struct.unpack_from(">II", profile, offset + 20)
        text = profile[offset + start : offset + start + min(length, size)].decode("utf-16-be", "replace")
    else:
        text = ""
    return "".join(filter(str.isprintable, text)).strip()[:_SHOWN]
