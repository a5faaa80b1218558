"""The units of systemd leave room for what the program may need."""

from __future__ import annotations

from pathlib import Path

import pytest

from folder_sync.files.pictures.picture_process import MEMORY_BYTES

UNITS = Path(__file__).parents[2] / "systemd"
SERVICES = ("folder-sync.service", "user/folder-sync.service")

FOLDERS = 200
THREADS = 7
"""Of a folder: docs/architecture.md, Threads."""
BESIDE_BYTES = 400_000_000
"""What the program itself needs, at its worst, and a second picture."""


def said(unit: str) -> dict[str, str]:
    lines = (UNITS / unit).read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))


@pytest.mark.parametrize("unit", SERVICES)
def test_many_folders_are_watched(unit: str) -> None:
    """With 60 a service that may have 256 threads ended at its start: can't start new thread."""
    assert int(said(unit)["TasksMax"]) >= FOLDERS * THREADS


@pytest.mark.parametrize("unit", [*SERVICES, "folder-sync-web.service"])
def test_a_large_picture_ends_no_service(unit: str) -> None:
    """Nothing that is converted may take more than its process is allowed; and if the kernel ends that, that alone."""
    limit = said(unit)["MemoryMax"]
    assert limit.endswith("M")
    assert int(limit[:-1]) * 1024**2 >= MEMORY_BYTES + BESIDE_BYTES
    assert said(unit)["OOMPolicy"] == "continue"
