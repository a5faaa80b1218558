"""``python -m tests.soak [--minutes M] [--seed N]``: exits with 1 where a photo is lost or there twice."""

from __future__ import annotations

import argparse
import random
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
    options = parser.parse_args()
    say(f"seed {options.seed}, {options.minutes:g} minutes")
    home = Path(tempfile.mkdtemp(prefix="folder-sync-soak-"))
    summary = day.live(home, options.seed, options.minutes * 60, say)
    say(told(summary))
    if not summary.verdict.good:
        say(f"Everything is kept in {home}.")
    return 0 if summary.verdict.good else 1


if __name__ == "__main__":
    sys.exit(main())
