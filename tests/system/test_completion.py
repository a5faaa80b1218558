"""Completion as a person meets it: Tab in a real bash, and the scripts that the other shells are given."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.terminal import Terminal
from tests.support.waiting import PATIENCE_SECONDS
from tests.system.test_startup import HEAVY

ROOT = Path(__file__).parents[2]


def program(arguments: str, **environ: str) -> str:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "folder_sync"],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT), "COMP_WORDS": f"folder-sync {arguments}", **environ},
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "folder_sync.cli" in loaded
    assert not loaded & set(HEAVY)
    return done.stdout


@pytest.fixture
def bash(tmp_path: Path) -> Iterator[Terminal]:
    command = tmp_path / "bin" / "folder-sync"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m folder_sync "$@"\n')
    command.chmod(0o755)
    (tmp_path / "completion").write_text(program("", _FOLDER_SYNC_COMPLETE="bash_source"))
    (tmp_path / "4006381333931__Front.jpg").touch()
    path = f"{command.parent}:{os.environ['PATH']}"
    environ = {"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "TERM": "dumb", "PS1": "ready> "}
    with Terminal(["bash", "--norc", "-i"], tmp_path, environ) as terminal:
        terminal.type("", until="ready> ")
        yield terminal


def test_tab_in_bash_completes_commands_options_states_and_files(bash: Terminal) -> None:
    """Ctrl-U empties the line; Ctrl-C could meet bash before it reads keys again, and be lost."""
    bash.type(". ./completion\n", until="ready> ")
    bash.type("folder-sync li\t", until="folder-sync list ")
    bash.type("--sta\t", until="--state ")
    bash.type("rej\t", until="rejected ")
    bash.type("--format c\t", until="csv ")
    bash.type("\x15folder-sync parse 40\t", until="4006381333931__Front.jpg ")
    bash.type("\x15folder-sync --con\t", until="--config ")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_has_its_script(shell: str) -> None:
    assert f"_FOLDER_SYNC_COMPLETE={shell}_complete" in program("", _FOLDER_SYNC_COMPLETE=f"{shell}_source")


@pytest.mark.parametrize(
    ("typed", "number", "offered"),
    [
        ("", 1, "plain,check"),
        ("show ", 2, "file,"),
        ("retry 1 ", 3, "file,"),
        ("init --path ", 3, "dir,"),
        ("init --key-file ", 3, "file,"),
        ("list --state un", 3, "plain,unconfirmed"),
    ],
)
def test_what_is_offered(typed: str, number: int, offered: str) -> None:
    environ = {"_FOLDER_SYNC_COMPLETE": "bash_complete", "COMP_CWORD": str(number)}
    assert offered in program(typed, **environ).splitlines()
