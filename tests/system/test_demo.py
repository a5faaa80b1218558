"""`folder-sync demo`: the whole story without an account, leaving nothing behind."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from folder_sync.sandbox.codes import is_id
from tests.support.environment import without
from tests.support.terminal import Terminal
from tests.support.waiting import PATIENCE_SECONDS


def run_demo(home: Path) -> subprocess.CompletedProcess[str]:
    environment = without("FOLDER_SYNC_")
    return subprocess.run(
        [sys.executable, "-m", "folder_sync", "demo"],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        # A configuration of the user's own must not be touched, nor get in the way.
        env={**environment, "TMPDIR": str(home), "HOME": str(home), "FOLDER_SYNC_CONFIG": str(home / "none.toml")},
        check=False,
    )


def test_the_demo_tells_its_story_and_leaves_nothing(tmp_path: Path) -> None:
    done = run_demo(tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    ids = [word for word in re.findall(r"\b\w{22}\b", done.stdout) if is_id(word)]
    assert len(set(ids)) == 15
    for said in (
        "waiting",
        "unknown_product",
        "bad_gtin",
        "unknown_flag",
        "wrong_format",
        "truncated",
        "unsafe_svg",
        "__Wrapper.tif",
    ):
        assert said in done.stdout
    (pid,) = re.findall(r"\(process (\d+)\)", done.stdout)
    assert not Path(f"/proc/{pid}").exists()
    assert list(tmp_path.iterdir()) == []
    (page,) = re.findall(r"The page, a process of its own, is at (http://127\.0\.0\.1:\d+/)", done.stdout)
    with pytest.raises(httpx.ConnectError):
        httpx.get(page, trust_env=False)


def test_at_a_terminal_the_page_can_be_looked_at_until_enter(tmp_path: Path) -> None:
    environment = without("FOLDER_SYNC_")
    environment |= {"TMPDIR": str(tmp_path), "HOME": str(tmp_path), "FOLDER_SYNC_CONFIG": str(tmp_path / "none.toml")}
    terminal = Terminal([sys.executable, "-m", "folder_sync", "demo"], tmp_path, environment, columns=240)
    terminal.type("", until="Enter ends the demo.")
    (page,) = re.findall(r"Look at the page: (\S+)", terminal.seen)
    shown = httpx.get(page, headers={"Accept-Language": "en"}, trust_env=False)
    assert re.search(r"\d photos need you\.", shown.text)
    terminal.type("\r", until="everything that was made for the demo is removed.")
    assert terminal.wait() == 0
    assert list(tmp_path.iterdir()) == []
