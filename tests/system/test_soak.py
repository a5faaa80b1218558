"""The long, bad day of ``make soak``, a short one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak import day
from tests.soak.report import told


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", [2, 3])
def test_a_short_bad_day(tmp_path: Path, seed: int) -> None:
    """One in which clocks jump, and one in which bytes can't be compared."""
    said: list[str] = []
    summary = day.live(tmp_path, seed, 25.0, said.append)
    assert summary.verdict.good, told(summary)
    assert summary.kills > 0
    assert summary.stored > 30
    assert "duplicates: 0, lost: 0" in told(summary)
