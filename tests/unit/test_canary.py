"""The file that proves that a folder's events are heard stands where photographers may write, too."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from folder_sync.service.watch.canary import Canary


@pytest.mark.parametrize("trap", ["link", "pipe", "folder"])
def test_nothing_that_somebody_laid_there_is_written_to_or_waited_for(tmp_path: Path, trap: str) -> None:
    path, database = tmp_path / "canary", tmp_path / "folder-sync.db"
    database.write_text("records")
    if trap == "link":
        path.symlink_to(database)
    elif trap == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    canary = Canary(os.fsencode(path), wall=lambda: 0.0, clock=lambda: 1_000.0)
    canary.make_when_due()
    assert not canary.is_unheard()
    assert "can't be proven" in canary.problem
    assert database.read_text() == "records"
