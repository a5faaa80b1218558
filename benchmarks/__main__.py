"""``python -m benchmarks [NAME…]``: prints a table, and writes it as JSON beside this file."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import tempfile
import time
from pathlib import Path
from typing import Final

from rich.console import Console

from benchmarks.figures import Figure, table

_BENCHMARKS: Final = (
    "burst",
    "latency",
    "idle",
    "memory",
    "startup",
    "big_folder",
    "names",
    "quality",
    "barcodes",
    "conversion",
)
_ASKED_FOR: Final = ("page",)
"""It makes a million records, and takes ten minutes."""

_RESULTS: Final = Path(__file__).with_name("results.json")

_NAMES: Final = f"of {', '.join(_BENCHMARKS)}, without any all of these; or {', '.join(_ASKED_FOR)}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=_NAMES)
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (default: %(default)s)")
    options = parser.parse_args()
    if unknown := set(options.names) - {*_BENCHMARKS, *_ASKED_FOR}:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    console = Console(width=None if os.isatty(1) else 160)
    load = os.getloadavg()
    figures: list[Figure] = []
    for name in options.names or _BENCHMARKS:
        begun = time.monotonic()
        with tempfile.TemporaryDirectory(prefix="folder-sync-bench-") as home:
            figures += importlib.import_module(f"benchmarks.{name}").measure(Path(home), options.rounds)
        console.print(f"{name}: {options.rounds} rounds in {time.monotonic() - begun:.0f} s")
    console.print(table(figures))
    machine = {
        "processors": os.cpu_count(),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_before": load,
        "load_after": os.getloadavg(),
    }
    results = {"machine": machine, "rounds": options.rounds, "figures": [figure.as_json() for figure in figures]}
    _RESULTS.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
