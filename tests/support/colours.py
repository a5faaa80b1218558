"""Profiles and differences of colours, computed by themselves: what a conversion is held against."""

from __future__ import annotations

import math
import struct
from collections.abc import Sequence
from itertools import product

Lab = tuple[float, float, float]

# D50 (ICC.1:2022, 7.2.16), and sRGB's primaries adapted to it (IEC 61966-2-1).
WHITE = (0.9642, 1.0, 0.8249)
SRGB = ((0.43607, 0.38515, 0.14307), (0.22249, 0.71687, 0.06061), (0.01392, 0.09708, 0.71410))
ADOBE_RGB = ((0.60974, 0.20528, 0.14919), (0.31111, 0.62567, 0.06322), (0.01947, 0.06087, 0.74457))
DISPLAY_P3 = ((0.51512, 0.29198, 0.15710), (0.24120, 0.69225, 0.06657), (-0.00105, 0.04189, 0.78407))
ADOBE_GAMMA = 563 / 256

INKS = {
    (0, 0, 0, 0): (100.0, 0.0, 0.0),
    (1, 0, 0, 0): (55.0, -37.0, -50.0),
    (0, 1, 0, 0): (48.0, 74.0, -3.0),
    (0, 0, 1, 0): (89.0, -5.0, 93.0),
    (1, 1, 0, 0): (24.0, 22.0, -46.0),
    (1, 0, 1, 0): (50.0, -65.0, 27.0),
    (0, 1, 1, 0): (47.0, 68.0, 48.0),
    (1, 1, 1, 0): (23.0, 0.0, 0.0),
}
"""What inks on top of each other look like on coated paper (ISO 12647-2), rounded, held against the paper; with
black, all is dark."""


def matrix_profile(primaries: Sequence[Sequence[float]], gamma: float, name: str) -> bytes:
    """An RGB profile of version 2."""
    tags = {
        b"desc": _description(name),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": _xyz(WHITE),
        **{tag: _xyz([row[number] for row in primaries]) for number, tag in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))},
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), struct.pack(">4sIIHxx", b"curv", 0, 1, round(gamma * 256))),
    }
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags)


def p3_profile() -> bytes:
    """Display P3 has the curve of sRGB."""
    curve = [round(_linear(number / 1023) * 65535) for number in range(1024)]
    table = struct.pack(">4sII1024H", b"curv", 0, 1024, *curve)
    tags = {
        b"desc": _description("Display P3"),
        b"cprt": b"text\0\0\0\0none\0",
        b"wtpt": _xyz(WHITE),
        **{tag: _xyz([row[number] for row in DISPLAY_P3]) for number, tag in enumerate((b"rXYZ", b"gXYZ", b"bXYZ"))},
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), table),
    }
    return _profile(b"mntr", b"RGB ", b"XYZ ", tags)


def cmyk_profile(steps: int = 2) -> bytes:
    """A printer's, of so many steps of each ink."""
    grid = b"".join(
        struct.pack(">3H", *(round(value) for value in _encoded(mixed_lab([step / (steps - 1) for step in inks]))))
        for inks in product(range(steps), repeat=4)
    )
    head = struct.pack(">4sIBBBx9i", b"mft2", 0, 4, 3, steps, *(65536 if number % 4 == 0 else 0 for number in range(9)))
    straight = struct.pack(">2H", 0, 65535)
    table = head + struct.pack(">HH", 2, 2) + straight * 4 + grid + straight * 3
    tags = {b"desc": _description("Inks"), b"cprt": b"text\0\0\0\0none\0", b"wtpt": _xyz(WHITE), b"A2B0": table}
    return _profile(b"prtr", b"CMYK", b"Lab ", tags)


def ink_lab(inks: Sequence[int]) -> Lab:
    if inks[3]:
        return (16.0, 0.0, 0.0) if not any(inks[:3]) else (10.0, 0.0, 0.0)
    return INKS[inks[0], inks[1], inks[2], 0]


def mixed_lab(inks: Sequence[float]) -> Lab:
    """What dots of inks look like, by how much of the paper each mixture covers (Neugebauer, with Demichel's shares);
    a dot grows by 16 % at most when it is printed, as on coated paper (ISO 12647-2)."""
    grown = [ink + 4 * 0.16 * ink * (1 - ink) for ink in inks]
    xyz = [0.0, 0.0, 0.0]
    for corner in product((0, 1), repeat=4):
        share = math.prod(ink if is_there else 1 - ink for ink, is_there in zip(grown, corner, strict=True))
        for axis, value in enumerate(_xyz_of(ink_lab(corner))):
            xyz[axis] += share * value
    return _lab(xyz)


def _encoded(lab: Lab) -> Lab:
    """ICC.1:2001, A.3 (version 2)."""
    return lab[0] * 652.8, (lab[1] + 128) * 256, (lab[2] + 128) * 256


def _xyz(values: Sequence[float]) -> bytes:
    return struct.pack(">4sI3i", b"XYZ ", 0, *(round(value * 65536) for value in values))


def _description(name: str) -> bytes:
    text = name.encode() + b"\0"
    return struct.pack(">4sII", b"desc", 0, len(text)) + text + bytes(4 + 4 + 2 + 1 + 67)


def _profile(kind: bytes, space: bytes, connection: bytes, tags: dict[bytes, bytes]) -> bytes:
    at = 132 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for tag, data in tags.items():
        table += struct.pack(">4sII", tag, at + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack(
        ">I4sI4s4s4s6H4s4sI4sIQI3i4s",
        at + len(body), b"none", 0x02100000, kind, space, connection, 2026, 1, 1, 0, 0, 0, b"acsp", b"none",
        0, b"none", 0, 0, 1, *(round(value * 65536) for value in WHITE), b"none",
    )  # fmt: skip
    return head.ljust(128, b"\0") + table + body


def lab_of_rgb(rgb: Sequence[float], primaries: Sequence[Sequence[float]] = SRGB, gamma: float | None = None) -> Lab:
    """``rgb``: from 0 to 1; ``gamma`` None: the curve of sRGB."""
    linear = [_linear(value) if gamma is None else value**gamma for value in rgb]
    return _lab([sum(weight * value for weight, value in zip(row, linear, strict=True)) for row in primaries])


def _linear(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _lab(xyz: Sequence[float]) -> Lab:
    x, y, z = (
        ratio ** (1 / 3) if ratio > 216 / 24389 else (24389 / 27 * ratio + 16) / 116
        for ratio in (value / white for value, white in zip(xyz, WHITE, strict=True))
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def delta_e(one: Lab, other: Lab) -> float:
    """ΔE2000 (CIE 142-2001; the formula as Sharma, Wu and Dalal write it, 2005)."""
    c1, c2 = math.hypot(*one[1:]), math.hypot(*other[1:])
    mean7 = ((c1 + c2) / 2) ** 7
    stretch = 1.5 - 0.5 * math.sqrt(mean7 / (mean7 + 25.0**7))
    a1, a2 = one[1] * stretch, other[1] * stretch
    c1, c2 = math.hypot(a1, one[2]), math.hypot(a2, other[2])
    h1, h2 = math.degrees(math.atan2(one[2], a1)) % 360, math.degrees(math.atan2(other[2], a2)) % 360
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    light, chroma = other[0] - one[0], c2 - c1
    hue = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2))
    mean_l, mean_c = (one[0] + other[0]) / 2, (c1 + c2) / 2
    if not c1 * c2:
        mean_h = h1 + h2
    elif abs(h1 - h2) <= 180:
        mean_h = (h1 + h2) / 2
    else:
        mean_h = (h1 + h2 + 360) / 2 if h1 + h2 < 360 else (h1 + h2 - 360) / 2
    weight = (
        1
        - 0.17 * math.cos(math.radians(mean_h - 30))
        + 0.24 * math.cos(math.radians(2 * mean_h))
        + 0.32 * math.cos(math.radians(3 * mean_h + 6))
        - 0.20 * math.cos(math.radians(4 * mean_h - 63))
    )
    s_l = 1 + 0.015 * (mean_l - 50) ** 2 / math.sqrt(20 + (mean_l - 50) ** 2)
    s_c, s_h = 1 + 0.045 * mean_c, 1 + 0.015 * mean_c * weight
    rotation = -2 * math.sqrt(mean_c**7 / (mean_c**7 + 25.0**7))
    rotation *= math.sin(math.radians(60 * math.exp(-(((mean_h - 275) / 25) ** 2))))
    terms = light / s_l, chroma / s_c, hue / s_h
    return math.sqrt(sum(term**2 for term in terms) + rotation * terms[1] * terms[2])


def linear_srgb(lab: Lab) -> Lab:
    """The light of each primary that makes this colour: outside of 0 to 1 where none does."""
    xyz, inverse = _xyz_of(lab), _inverted(SRGB)
    red, green, blue = (sum(weight * value for weight, value in zip(row, xyz, strict=True)) for row in inverse)
    return red, green, blue


def _xyz_of(lab: Lab) -> list[float]:
    y = (lab[0] + 16) / 116
    roots = y + lab[1] / 500, y, y - lab[2] / 200
    return [
        (root**3 if root > 6 / 29 else (116 * root - 16) * 27 / 24389) * white
        for root, white in zip(roots, WHITE, strict=True)
    ]


def _inverted(matrix: Sequence[Sequence[float]]) -> list[list[float]]:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    scale = 1 / (a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g))
    return [
        [(e * i - f * h) * scale, (c * h - b * i) * scale, (b * f - c * e) * scale],
        [(f * g - d * i) * scale, (a * i - c * g) * scale, (c * d - a * f) * scale],
        [(d * h - e * g) * scale, (b * g - a * h) * scale, (a * e - b * d) * scale],
    ]
