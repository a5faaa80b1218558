"""What remarks cost beside all else that intake does with a photo's bytes: hashing, and looking whether it is whole."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Final

from PIL import Image, ImageCms

from benchmarks.figures import Figure
from folder_sync.files.pictures import looks
from folder_sync.files.pictures.inspection import inspect
from folder_sync.photo import Format, Gtin14, Label
from folder_sync.rules.quality import Code, Mode, Policy

TIMES: Final = 100
LABEL: Final = Label(Gtin14("04006381333931"), "Front")
EVERYTHING: Final = Policy(dict.fromkeys(Code, Mode.NOTE))


def measure(_home: Path, rounds: int) -> list[Figure]:
    figures = []
    for width, height in ((800, 600), (3000, 2000)):
        data = _photo(width, height)
        looked, inspected = [], []
        for _ in range(rounds):
            begun = time.process_time()
            for _ in range(TIMES):
                found = looks.look(io.BytesIO(data), Format.JPEG, None)
                EVERYTHING.judged(found, len(data), LABEL)
            looked.append((time.process_time() - begun) / TIMES * 1e6)
            begun = time.process_time()
            for _ in range(TIMES):
                inspect(io.BytesIO(data), Format.JPEG, 50_000_000)
            inspected.append((time.process_time() - begun) / TIMES * 1e6)
        name = f"remarks on a JPEG of {width} × {height}"
        figures.append(Figure(name, "µs", looked, "all of the inspection", inspected, "under 15 %"))
    return figures


def _photo(width: int, height: int) -> bytes:
    """With all the metadata that a camera and a program put in."""
    exif = Image.Exif()
    exif[0x0112] = 1
    exif.get_ifd(0x8825).update({2: (52.0, 30.0, 0.0), 4: (13.0, 24.0, 0.0)})
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    out = io.BytesIO()
    picture = Image.effect_noise((width // 2, height // 2), 60).resize((width, height)).convert("RGB")
    picture.save(out, "JPEG", quality=88, exif=exif, icc_profile=profile)
    return out.getvalue()
