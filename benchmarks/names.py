"""How long it takes to read a name, in each of the ways that names are read."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from benchmarks.figures import Figure
from folder_sync.rules.names import products
from folder_sync.rules.names.naming import Naming
from folder_sync.rules.names.shots import Shot, Shots

PRODUCTS: Final = 20_000
NAMES: Final = 2_000
GTIN: Final = "4006381333931"


def measure(_home: Path, rounds: int) -> list[Figure]:
    listed = products.parse("gtin,sku\n" + "".join(f"{GTIN},AB-{number}\n" for number in range(PRODUCTS)))
    shots = Shots([Shot("Front of package", ("MAIN", "front"), primary=True), Shot("Back", ("BACK", "PT01"))])
    folder = f"autumn/{GTIN} Tee"
    usual: dict[str, tuple[tuple[str, ...], Callable[[int], str]]] = {
        "house": (("house",), lambda n: f"{GTIN}__Front_of_package_{n}_a__primary.jpg"),
        "gs1": (("gs1",), lambda n: f"{GTIN}_C1N1_en_s{n % 100}_{n}.jpg"),
        "folder": (("folder",), lambda n: f"{folder}/Front_of_package_{n}_a__primary.jpg"),
        "{sku}_{shot}[_{number}]": (("{sku}_{shot}[_{number}]",), lambda n: f"AB-{n}_MAIN_{n % 100}.jpg"),
    }
    figures = []
    for entry, (entries, name) in usual.items():
        naming = Naming(entries, shots, listed)
        names = [name(number) for number in range(NAMES)]
        figures.append(Figure(f"a name, {entry}", "µs", _each(naming, names, rounds), "", [], "under 20 µs"))
    hostile = Naming(("[{any}_][{title}-]{sku}[_{shot}][_{number}]", "house", "gs1", "folder"), shots, listed)
    names = [f"{text * 255}"[:251] + ".jpg" for text in ("a_", "A", "AB-1_", "1_", "_", "primary_", f"{GTIN}_")]
    return [*figures, Figure("a hostile name", "µs", _each(hostile, names, rounds), "", [], "under 2000 µs")]


def _each(naming: Naming, names: list[str], rounds: int) -> list[float]:
    """Microseconds for one name that was never asked for before."""
    samples = []
    for _ in range(rounds):
        naming.understand.cache_clear()
        begun = time.process_time()
        for name in names:
            naming.understand(name)
        samples.append((time.process_time() - begun) / len(names) * 1e6)
    return samples
