from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from folder_sync.settings.keys import known
from folder_sync.settings.reference import main, reference

PAGE = Path(__file__).parents[2] / "docs/configuration.md"


def test_the_page_is_up_to_date() -> None:
    command = [sys.executable, "-m", "folder_sync.settings.reference", "--check", str(PAGE)]
    assert subprocess.run(command, check=False).returncode == 0, f"run: {' '.join(command)}, without --check"


def test_check_notices_an_old_or_missing_page_and_leaves_it(tmp_path: Path) -> None:
    page = tmp_path / "configuration.md"
    assert main(["--check", str(page)]) == 1
    assert not page.exists()
    page.write_text(reference().replace("300", "301"))
    assert main(["--check", str(page)]) == 1
    assert main([str(page)]) == 0
    assert page.read_text() == reference()


@pytest.mark.parametrize("key", known())
def test_every_key_is_explained(key: tuple[str, ...]) -> None:
    variable = "FOLDER_SYNC_" + "__".join(key).upper().replace("*", "MAIN").replace("#", "0")
    (row,) = [line for line in reference().splitlines() if line.endswith(f"| `{variable}` |")]
    name, phrase, default, meaning = row.strip("| ").split(" | ")[:4]
    assert name == f"`{key[-1]}`"
    assert phrase
    assert default
    assert meaning.endswith(".")
