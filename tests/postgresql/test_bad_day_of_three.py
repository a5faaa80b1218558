"""The long, bad day of three machines of ``make soak``, a short one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak import several
from tests.soak.report import told_of_several


@pytest.mark.timeout(400)
def test_a_short_bad_day_of_three_machines(tmp_path: Path) -> None:
    """None of them is away for as long as its lease lasts."""
    said: list[str] = []
    summary = several.live(
        tmp_path, 2, 12.0, said.append, 3, kill_seconds=3.0, database_seconds=6.0, long_seconds=1e9, to_the_end=False
    )
    assert summary.verdict.good, told_of_several(summary)
    assert summary.troubles["kill"] > 0
    assert summary.ledger.stored
