"""``python -m tests.soak [--minutes M] [--seed N] [--superseded delete]``: exits with 1 where a promise is broken."""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
from pathlib import Path

from tests.soak import day
from tests.soak.report import told


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--superseded", choices=("keep", "delete"), default="keep")
    options = parser.parse_args()
    say(f"seed {options.seed}, {options.minutes:g} minutes")
    home = Path(tempfile.mkdtemp(prefix="folder-sync-soak-"))
    try:
        summary = day.live(home, options.seed, options.minutes * 60, say, options.superseded)
    except AssertionError as failure:
        say("\n".join([str(failure), *getattr(failure, "__notes__", [])]))
        say(f"Broken off. Everything is kept in {home}.")
        return 1
    say(told(summary))
    if not summary.good:
        say(f"A promise was broken. Everything is kept in {home}.")
        return 1
    shutil.rmtree(home)
    return 0


if __name__ == "__main__":
    sys.exit(main())
