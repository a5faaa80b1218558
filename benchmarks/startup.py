"""How long a person waits for a command, with 10,000 photos known."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path
from typing import Final

from benchmarks import library, running
from benchmarks.figures import Figure
from benchmarks.processes import run

PHOTOS: Final = 10_000
PEER: Final = (sys.executable, "-c", "pass")


def measure(home: Path, rounds: int) -> list[Figure]:
    program = str(Path(sysconfig.get_path("scripts")) / "folder-sync")
    library.fill(home, running.ORGANIZATION, PHOTOS)
    config = str(running.configure(home, "http://127.0.0.1:9"))
    commands = {
        "parse": ([program, "parse", "00012345678905__Front__primary.jpg"], 0.15),
        "--help": ([program, "--help"], 0.15),
        "status": ([program, "--config", config, "status"], 0.5),
    }
    ours: dict[str, list[float]] = {name: [] for name in commands}
    theirs: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(rounds * 3):  # they are short
        for name, (command, _) in commands.items():
            # Nothing runs here, which `status` says with its exit code, too.
            ours[name].append(run(command, expected=1 if name == "status" else 0).seconds)
            theirs[name].append(run(PEER).seconds)
    return [
        Figure(f"folder-sync {name}", "s", ours[name], "python -c pass", theirs[name], f"under {most} s")
        for name, (_, most) in commands.items()
    ]
