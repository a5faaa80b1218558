"""docs/architecture.md draws the rooms file by file: nothing is there that is not drawn, and the other way round."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PICTURE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8").split("```")[1]


def modules(folder: Path) -> set[str]:
    return {file.stem for file in folder.glob("*.py")} - {"__init__", "__main__"}


@pytest.mark.parametrize("room", ["rules", "files", "store", "service"])
def test_every_file_of_a_room_is_drawn(room: str) -> None:
    (drawn,) = re.findall(rf"^  {room}/ .*\n((?: {{4}}.*\n)+)", PICTURE, flags=re.MULTILINE)
    names = " ".join(re.split(r" {2,}", line.strip())[0] for line in drawn.splitlines())
    assert sorted(names.split()) == sorted(modules(ROOT / "folder_sync" / room))


def test_every_room_and_every_file_beside_them_is_drawn() -> None:
    program = ROOT / "folder_sync"
    rooms = {folder.parent.name for folder in program.glob("*/__init__.py")}
    assert set(re.findall(r"^  (\w+)/ ", PICTURE, flags=re.MULTILINE)) == rooms
    assert set(re.findall(r"\b(\w+)\.py\b", PICTURE)) == modules(program)
