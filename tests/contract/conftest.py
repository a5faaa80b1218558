"""What these tests need: a sandbox, and a client with its key."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from folder_sync.sandbox.serving import running_sandbox
from folder_sync.sandbox.state import Sandbox


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with running_sandbox() as running:
        yield running


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=sandbox.url, headers={"X-API-Key": sandbox.key}) as client:
        yield client
