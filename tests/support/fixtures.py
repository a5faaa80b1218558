"""Fixtures of the tests that run the service."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from folder_sync.sandbox.serving import running_sandbox
from folder_sync.sandbox.state import Sandbox
from tests.support.mounting import Mounts
from tests.support.studio import Studio


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def mounts() -> Iterator[Mounts]:
    mounts = Mounts()
    yield mounts
    mounts.clear()


@pytest.fixture
def studio(tmp_path: Path, sandbox: Sandbox) -> Studio:
    return Studio(tmp_path, sandbox)


@pytest.fixture(autouse=True, scope="module")
def process_as_before() -> Iterator[None]:
    """Commands set the log of the whole process up, keep it to one processor, and block the signals that end them;
    what they start inherits both."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    processors = os.sched_getaffinity(0)
    yield
    signal.pthread_sigmask(signal.SIG_SETMASK, mask)
    os.sched_setaffinity(0, processors)
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level
