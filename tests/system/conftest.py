"""What these tests need: a studio with a sandbox of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pytest

from tests.support.fixtures import process_as_before, sandbox, studio

__all__ = ["process_as_before", "sandbox", "studio"]

MATRICES: Final = frozenset(
    {
        "test_clock_jumps",
        "test_crash_matrix",
        "test_database_faults",
        "test_fault_matrix",
        "test_other_records",
        "test_power_cut",
        "test_soak",
        "test_storage_faults",
        "test_want_of_evidence",
    }
)
"""They start the service hundreds of times, over lines that other tests reach too: measuring that would cost a quarter
of their time."""


@pytest.fixture(autouse=True, scope="module")
def measured_elsewhere(request: pytest.FixtureRequest) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        if request.path.stem in MATRICES:
            patched.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
        yield
