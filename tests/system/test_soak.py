"""The long, bad day of ``make soak``, short ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.soak import day
from tests.soak.report import told


@pytest.mark.timeout(400)
@pytest.mark.parametrize(("seed", "superseded"), [(2, "keep"), (3, "delete")])
def test_a_short_bad_day(tmp_path: Path, seed: int, superseded: str) -> None:
    said: list[str] = []
    summary = day.live(tmp_path, seed, 25.0, said.append, superseded)
    assert summary.verdict.good, told(summary)
    assert summary.troubles["kill"] > 0
    assert len(summary.ledger.stored) > 30
