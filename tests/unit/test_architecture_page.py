"""docs/architecture.md draws every room: none is there that is not drawn, and none is drawn that is not there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PICTURE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8").split("```")[3]


def drawn() -> set[str]:
    """Folders, by their indentation, as paths below the package."""
    rooms: set[str] = set()
    above: list[str] = []
    for indent, name in re.findall(r"^( *)(\w+)/", PICTURE, flags=re.MULTILINE):
        above = [*above[: len(indent) // 2], name]
        rooms.add("/".join(above))
    return rooms


def test_every_room_is_drawn() -> None:
    rooms = {init.parent.relative_to(ROOT).as_posix() for init in (ROOT / "folder_sync").rglob("__init__.py")}
    assert drawn() == rooms


def test_every_thread_that_works_in_the_background_is_in_the_table() -> None:
    table = (ROOT / "docs/architecture.md").read_text(encoding="utf-8").partition("## Threads")[2].partition("## ")[0]
    sources = [file.read_text(encoding="utf-8") for file in (ROOT / "folder_sync/service").rglob("*.py")]
    started = r"(?:super\(\).__init__\(|Thread\(.*name=)\"([a-z-]+)\""
    threads = {name for source in sources for name in re.findall(started, source)}
    assert {"housekeeping", "heartbeat", "scanner"} <= threads
    assert {name for name in threads if f"`{name}`" not in table} == set()
