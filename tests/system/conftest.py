"""What these tests need: a studio with a sandbox of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from tests.support.fixtures import process_as_before, sandbox, studio
from tests.support.shelf import Shelf
from tests.support.studio import Studio

__all__ = ["process_as_before", "sandbox", "studio"]

MEASURED: Final = frozenset({"test_commands", "test_demo", "test_run", "test_sync_says", "test_web_command"})
"""The others start the service hundreds of times, over lines that these and the tests within one process reach too:
measuring that would cost a quarter of their time."""


@pytest.fixture(autouse=True, scope="module")
def measured_elsewhere(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        if request.path.stem not in MEASURED:
            patched.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        yield


@pytest.fixture
def shelf(studio: Studio) -> Iterator[Shelf]:
    """The records of the studio, to put photos into that nobody has to send."""
    studio.database.parent.mkdir()
    shelf = Shelf(studio.database)
    yield shelf
    shelf.db.close()
