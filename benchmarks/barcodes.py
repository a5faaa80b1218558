"""How often a barcode in a picture is read, how often a wrong one, and how long the look takes."""

from __future__ import annotations

import io
import random
import time
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure
from folder_sync.files.pictures import barcodes
from tests.support.barcoded import DIGITS, photographed, striped

PICTURES: Final = 10


def measure(_home: Path, rounds: int) -> list[Figure]:
    figures: list[Figure] = []
    seconds: list[float] = []
    wrong = 0
    for hard in (False, True):
        for kind in DIGITS:
            rates = []
            for number in range(rounds):
                rng = random.Random(f"{kind} {hard} {number}")
                found = 0
                for _ in range(PICTURES):
                    data, gtin = photographed(kind, rng, hard=hard)
                    begun = time.perf_counter()
                    read = barcodes.gtins(io.BytesIO(data))
                    seconds.append((time.perf_counter() - begun) * 1000)
                    found += gtin in read
                    wrong += sum(other != gtin for other in read)
                rates.append(100 * found / PICTURES)
            seen = "turned, from the side, unsharp, noisy" if hard else "straight"
            figures.append(Figure(f"{kind} read, {seen}", "%", rates, "", [], "most"))
    rng = random.Random("stripes")
    wrong += sum(len(barcodes.gtins(io.BytesIO(striped(rng)))) for _ in range(rounds * PICTURES))
    figures.append(Figure("wrong ones, of all pictures and as many of stripes", "", [float(wrong)], "", [], "none"))
    return [*figures, Figure("a look for barcodes, 2 MP", "ms", seconds, "", [], "under 1000 ms")]
