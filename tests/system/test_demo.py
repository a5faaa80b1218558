"""`folder-sync demo`: the whole story without an account, leaving nothing behind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from folder_sync.sandbox.codes import is_id
from tests.support.waiting import PATIENCE_SECONDS


def run_demo(home: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("FOLDER_SYNC_")}
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
    assert len(set(ids)) == 14
    for said in ("waiting", "unknown_product", "bad_gtin", "unknown_flag", "wrong_format", "truncated", "unsafe_svg"):
        assert said in done.stdout
    (pid,) = re.findall(r"\(process (\d+)\)", done.stdout)
    assert not Path(f"/proc/{pid}").exists()
    assert list(tmp_path.iterdir()) == []
