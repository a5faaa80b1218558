"""Small or plain files that would cost a careless reader all of the machine, each judged within fixed limits.

All are judged in one process that the kernel ends should it use more than ``SECONDS`` of processor time: a multiple of
what it needs, and less than it would need without the limits in the walkers. The memory that each adds is measured.
"""

from __future__ import annotations

import io
import json
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

import pytest
from PIL import Image

from folder_sync.photo import Format
from tests.support.unmeasured import environment

SIZE: Final = 8_000_000
SECONDS: Final = 15
MEMORY: Final = 48_000
"""KiB: BUDGET for decoding, IN_MEMORY for holding, several times PART_MAX for one tag of a drawing."""

JUDGE = f"""
import json, resource, sys
from folder_sync.files.pictures.inspection import inspect
from folder_sync.photo import Format
resource.setrlimit(resource.RLIMIT_CPU, ({SECONDS}, {SECONDS}))
resource.setrlimit(resource.RLIMIT_DATA, (400_000_000, 400_000_000))
def status(field):
    with open("/proc/self/status") as lines:
        return next(int(line.split()[1]) for line in lines if line.startswith(field))
for name, kind in json.loads(sys.argv[1]).items():
    with open("/proc/self/clear_refs", "w") as peak:
        peak.write("5")  # proc_pid_clear_refs(5): the peak counts from here
    before = status("VmHWM")
    with open(name, "rb", buffering=0) as file:
        found = inspect(file, Format(kind), 50_000_000)
    reason = getattr(found, "reason", None)
    print(json.dumps([name, type(found).__name__, reason and reason.code, status("VmHWM") - before]), flush=True)
"""


def saved(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(*chunks: tuple[bytes, bytes], measures: tuple[int, int] = (1, 1), color: int = 0) -> bytes:
    head = struct.pack(">IIBBBBB", *measures, 8, color, 0, 0, 0)
    body = b"".join(chunk(kind, data) for kind, data in (*chunks, (b"IEND", b"")))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body


def bmp(width: int, height: int, bits: int = 24, body: bytes = b"") -> bytes:
    return b"BM" + struct.pack("<IIIIiiHHIIIIII", 54, 0, 54, 40, width, height, 1, bits, 0, 0, 0, 0, 0, 0) + body


def svg(content: bytes) -> bytes:
    return b"<svg>" + content + b"</svg>"


JPEG: Final = saved(Image.new("RGB", (16, 16)), "JPEG")
WEBP: Final = saved(Image.new("RGB", (8, 8)), "WEBP", lossless=True)
ONE_PIXEL: Final = (b"IDAT", zlib.compress(b"\0\0"))
GIF: Final = b"GIF89a\1\0\1\0\x80\0\0" + bytes(6)
FRAME: Final = b",\0\0\0\0\1\0\1\0\0\2\2\x44\1\0"
MANY_SCANS: Final = saved(Image.new("RGB", (1500, 1500)), "JPEG", progressive=True)


def _jpeg_of(width: int, height: int, photo: bytes) -> bytes:
    at = max(photo.find(b"\xff\xc0"), photo.find(b"\xff\xc2"))
    return photo[: at + 5] + struct.pack(">HH", height, width) + photo[at + 9 :]


def _repeated_scan() -> bytes:
    at = MANY_SCANS.rindex(b"\xff\xda")
    scan = MANY_SCANS[at:-2]
    return MANY_SCANS[:-2] + scan * ((SIZE // 10) // len(scan)) + MANY_SCANS[-2:]


Bomb = tuple[Format, str, Callable[[], bytes]]
BOMBS: Mapping[str, Bomb] = {
    # What inflates
    "pixels without end": (
        Format.PNG,
        "Sound",  # all of it is inflated, and none of it kept
        lambda: png((b"IDAT", zlib.compress(bytes(8000 * 32001), 9)), measures=(8000, 8000), color=6),
    ),
    "more pixels than announced": (Format.PNG, "Sound", lambda: png((b"IDAT", zlib.compress(bytes(10**8), 9)))),
    "a text of a gigabyte": (
        Format.PNG,
        "corrupt",
        lambda: png((b"zTXt", b"a\0\0" + zlib.compress(bytes(10**8), 9) * 10), ONE_PIXEL),
    ),
    "a colour profile of a gigabyte": (
        Format.PNG,
        "corrupt",
        lambda: png((b"iCCP", b"a\0\0" + zlib.compress(bytes(10**8), 9) * 10), ONE_PIXEL),
    ),
    # Measures
    "png of absurd measures": (Format.PNG, "too_large", lambda: png(ONE_PIXEL, measures=(2**31 - 1, 2**31 - 1))),
    "jpeg of absurd measures": (Format.JPEG, "too_large", lambda: _jpeg_of(65_535, 65_535, JPEG)),
    "wide jpeg": (Format.JPEG, "Sound", lambda: _jpeg_of(65_500, 4_500, JPEG)),
    "wide progressive jpeg": (Format.JPEG, "Sound", lambda: _jpeg_of(65_500, 4_500, MANY_SCANS)),
    "gif of absurd measures": (Format.GIF, "too_large", lambda: b"GIF89a" + b"\xff" * 4 + b"\0\0\0" + FRAME + b";"),
    "bmp of absurd measures": (Format.BMP, "too_large", lambda: bmp(2**31 - 1, -(2**31) + 1)),
    "bmp that is not all there": (Format.BMP, "truncated", lambda: bmp(17_000, 17_000)),
    "webp of absurd measures": (
        Format.WEBP,
        "too_large",
        lambda: (
            b"RIFF" + struct.pack("<I", len(WEBP) + 10) + b"WEBPVP8X\x0a\0\0\0" + bytes(4) + b"\xff" * 6 + WEBP[12:]
        ),
    ),
    # Frames and scans
    "gif of a million frames": (Format.GIF, "corrupt", lambda: GIF + FRAME * (SIZE // len(FRAME)) + b";"),
    "webp that moves": (
        Format.WEBP,
        "Sound",
        lambda: saved(
            Image.new("RGB", (900, 900)),
            "WEBP",
            save_all=True,
            append_images=[Image.new("RGB", (900, 900), (number, 0, 0)) for number in range(99)],
        ),
    ),
    "jpeg of endless scans": (Format.JPEG, "corrupt", _repeated_scan),
    # Tiny parts
    "gif in single bytes": (Format.GIF, "corrupt", lambda: GIF + FRAME[:-4] + b"\1\0" * (SIZE // 2) + b";"),
    "gif of empty notes": (Format.GIF, "corrupt", lambda: GIF + b"!\xfe\0" * (SIZE // 3) + FRAME + b";"),
    "jpeg of empty comments": (Format.JPEG, "corrupt", lambda: JPEG[:2] + b"\xff\xfe\0\2" * (SIZE // 4) + JPEG[2:]),
    "jpeg of bare markers": (Format.JPEG, "corrupt", lambda: JPEG[:2] + b"\xff\x01" * (SIZE // 2) + JPEG[2:]),
    "png of empty chunks": (Format.PNG, "corrupt", lambda: png(*[(b"teXt", b"")] * (SIZE // 12), ONE_PIXEL)),
    "webp of empty chunks": (
        Format.WEBP,
        "corrupt",
        lambda: (
            b"RIFF"
            + struct.pack("<I", len(WEBP) - 8 + SIZE // 8 * 8)
            + WEBP[8:]
            + b"abcd\0\0\0\0" * (SIZE // 8)
            + b"trailer"
        ),
    ),
    # Drawings
    "drawing of empty groups": (Format.SVG, "corrupt", lambda: svg(b"<g/>" * (SIZE // 4))),
    "drawing of names": (
        Format.SVG,
        "corrupt",
        lambda: svg(b"".join(b"<a%d/>" % number for number in range(SIZE // 11))),
    ),
    "drawing of namespaces": (
        Format.SVG,
        "corrupt",
        lambda: svg(b"".join(b"<a%d:g xmlns:a%d='u%d'/>" % (n, n, n) for n in range(SIZE // 35))),
    ),
    "drawing in depth": (Format.SVG, "corrupt", lambda: svg(b"<g>" * (SIZE // 3))),
    "drawing of one tag": (Format.SVG, "too_large", lambda: svg(b"<g " + b"a='' " * (SIZE // 5))),
    "drawing with a dictionary": (
        Format.SVG,
        "too_large",
        lambda: b"<!DOCTYPE svg [" + b"<!ATTLIST g a CDATA 'x'>" * (SIZE // 24) + b"]><svg/>",
    ),
    "drawing of escapes": (Format.SVG, "Sound", lambda: svg((b"<style>" + b"\\61 " * 400_000 + b"</style>") * 3)),
    "a billion laughs": (
        Format.SVG,
        "unsafe_svg",
        lambda: (
            b'<!DOCTYPE svg [<!ENTITY l0 "ha">'
            + b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10))
            + b"]>"
            + svg(b"&l9;")
        ),
    ),
}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[str, int]]:
    """What became of each, and the KiB it took."""
    folder = tmp_path_factory.mktemp("bombs")
    names = {}
    for name, (kind, _, make) in BOMBS.items():
        path = folder / name
        path.write_bytes(make())
        names[str(path)] = kind.value
    done = subprocess.run(
        [sys.executable, "-c", JUDGE, json.dumps(names)], capture_output=True, text=True, check=False, env=environment()
    )
    for name in names:
        Path(name).unlink()
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"ended after {found[-1:]}: {done.stderr}"
    return {Path(path).name: (reason or verdict, memory) for path, verdict, reason, memory in found}


@pytest.mark.parametrize("name", BOMBS)
def test_a_bomb_does_not_go_off(judged: Mapping[str, tuple[str, int]], name: str) -> None:
    verdict, memory = judged[name]
    assert verdict == BOMBS[name][1]
    assert memory < MEMORY
