"""``python -m tests.soak [--minutes M] [--seed N] [--superseded delete] [--machines 3]``

Exits with 1 where a promise is broken.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sys
import tempfile
from pathlib import Path

from tests.soak import day, several
from tests.soak.report import told, told_of_several
from tests.support.hosts import Network


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _network() -> tuple[Network | None, str]:
    try:
        return Network(), ", each service in a network namespace of its own"
    except OSError as error:
        return None, f", without network namespaces ({error}): connections to the database end at a proxy"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000))
    parser.add_argument("--superseded", choices=("keep", "delete"), default="keep")
    parser.add_argument("--machines", type=int, default=1, help="more than one share a PostgreSQL (default: 1)")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # no service outlives it
    network, told_of_network = _network() if options.machines > 1 else (None, "")
    say(f"seed {options.seed}, {options.minutes:g} minutes{told_of_network}")
    home = Path(tempfile.mkdtemp(prefix="folder-sync-soak-"))
    seconds = options.minutes * 60
    try:
        if options.machines > 1:
            several_days = several.live(home, options.seed, seconds, say, options.machines, network)
            is_good, words = several_days.good, told_of_several(several_days)
        else:
            summary = day.live(home, options.seed, seconds, say, options.superseded)
            is_good, words = summary.good, told(summary)
    except AssertionError as failure:
        say("\n".join([str(failure), *getattr(failure, "__notes__", [])]))
        say(f"Broken off. Everything is kept in {home}.")
        return 1
    say(words)
    if not is_good:
        say(f"A promise was broken. Everything is kept in {home}.")
        return 1
    shutil.rmtree(home)
    return 0


if __name__ == "__main__":
    sys.exit(main())
