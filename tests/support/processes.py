"""Processes that a test starts by hand."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import AnyStr


@contextmanager
def not_outliving(process: subprocess.Popen[AnyStr]) -> Iterator[subprocess.Popen[AnyStr]]:
    """Ends with its ``with``, also where the test fails in it: ``Popen`` alone waits there for a process that nobody
    has told to end, and the test hangs without a word about what failed.
    """
    with process:
        try:
            yield process
        finally:
            process.kill()
