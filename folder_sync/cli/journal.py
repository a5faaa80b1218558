"""The service's log, where it is kept: in the journal of systemd, or in a file that somebody names."""

from __future__ import annotations

import os
import subprocess
from collections import deque
from typing import Final

import click

from folder_sync.report.support.bundle import Log

MOST_LINES: Final = 5_000
_SECONDS: Final = 30.0
_UNITS: Final = ("--unit=folder-sync.service", "--user-unit=folder-sync.service")


def from_file(name: str) -> Log:
    """The end of it; ``-``: of standard input. Raises click.BadParameter."""
    try:
        with click.open_file(name, encoding="utf-8", errors="replace") as file:
            lines = deque(file, MOST_LINES)
    except OSError as error:
        raise click.BadParameter(f"{name} can't be read: {error.strerror}.", param_hint="--log") from error
    return Log("The log was read from the file named by --log.", tuple(lines))


def from_journal() -> Log:
    command = ["journalctl", *_UNITS, "--output=cat", "--no-pager", "--quiet", f"--lines={MOST_LINES}"]
    try:
        done = subprocess.run(  # noqa: S603  # nothing in it comes from outside
            command, capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return Log("There is no journal here. Give a file with --log FILE.")
    lines = done.stdout.decode(errors="replace").splitlines()
    if not lines and os.geteuid() == 0:
        return Log("The journal has nothing of the service. Give its log with --log FILE, if it is kept elsewhere.")
    if not lines:
        return Log(
            "This user may not see the service's part of the journal. Run it as root, or give a file with --log FILE."
        )
    return Log("The log was read from the journal.", lines)


def found(name: str | None) -> Log:
    return from_journal() if name is None else from_file(name)
