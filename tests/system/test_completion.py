"""Completion as a person meets it: Tab in a real bash, and the scripts that the other shells are given."""

from __future__ import annotations

import os
import pty
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from tests.system.test_startup import HEAVY

ROOT = Path(__file__).parents[2]


def program(arguments: str, **environ: str) -> str:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "folder_sync"],
        capture_output=True,
        text=True,
        env={"PYTHONPATH": str(ROOT), "COMP_WORDS": f"folder-sync {arguments}", **environ},
        check=True,
        timeout=60,
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert "folder_sync.cli" in loaded
    assert not loaded & set(HEAVY)
    return done.stdout


class Bash:
    """An interactive shell in a terminal of its own."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self.terminal, inner = pty.openpty()
        self.process = subprocess.Popen(
            ["bash", "--norc", "-i"],
            stdin=inner,
            stdout=inner,
            stderr=inner,
            cwd=folder,
            env=environ,
            start_new_session=True,
        )
        os.close(inner)
        self.seen = ""

    def type(self, keys: str, until: str) -> None:
        """Press keys; wait until the terminal shows, after all that it showed before, what is expected."""
        start = len(self.seen)
        os.write(self.terminal, keys.encode())
        deadline = time.monotonic() + 20
        while until not in self.seen[start:]:
            assert time.monotonic() < deadline, f"no {until!r} after {keys!r}: {self.seen[start:]!r}"
            if select.select([self.terminal], [], [], 0.1)[0]:
                self.seen += os.read(self.terminal, 4096).decode()

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self.terminal)


@pytest.fixture
def bash(tmp_path: Path) -> Iterator[Bash]:
    command = tmp_path / "bin" / "folder-sync"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m folder_sync "$@"\n')
    command.chmod(0o755)
    (tmp_path / "completion").write_text(program("", _FOLDER_SYNC_COMPLETE="bash_source"))
    (tmp_path / "4006381333931__Front.jpg").touch()
    path = f"{command.parent}:{os.environ['PATH']}"
    environ = {"PATH": path, "PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "TERM": "dumb", "PS1": "ready> "}
    shell = Bash(tmp_path, environ)
    try:
        shell.type("", until="ready> ")
        yield shell
    finally:
        shell.end()


def test_tab_in_bash_completes_commands_options_states_and_files(bash: Bash) -> None:
    bash.type(". ./completion\n", until="ready> ")
    bash.type("folder-sync li\t", until="folder-sync list ")
    bash.type("--sta\t", until="--state ")
    bash.type("rej\t", until="rejected ")
    bash.type("--format c\t", until="csv ")
    bash.type("\x03", until="ready> ")
    bash.type("folder-sync parse 40\t", until="4006381333931__Front.jpg ")
    bash.type("\x03", until="ready> ")
    bash.type("folder-sync --con\t", until="--config ")


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
