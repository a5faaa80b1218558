"""A Debian that runs under its own systemd, in a container that shares this machine's network and nothing else."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from tests.support.waiting import wait_for

_BOOT: Final = Path(__file__).with_name("boot.sh")
_ENVIRONMENT: Final = {
    "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    "HOME": "/root",
    "LANG": "C.UTF-8",
    "TERM": "dumb",
    "COLUMNS": "240",
}
_NONE: Final[Mapping[str, str]] = {}
COMMAND_SECONDS: Final = 90.0


class Guest:
    """``run`` is what root does at its console."""

    def __init__(self, launcher: subprocess.Popen[bytes], console: Path) -> None:
        self._launcher = launcher
        self._console = console
        self._leader = 0
        self._wait_until_up()

    def run(
        self, command: str, *, user: str = "", fails: bool = False, stdin: bytes = b"", env: Mapping[str, str] = _NONE
    ) -> str:
        """A shell command, as root or as a ``user`` who logs in; standard output and error.

        It has to succeed, or, with ``fails``, to fail.
        """
        variables = [f"{name}={value}" for name, value in {**_ENVIRONMENT, **env}.items()]
        shell = ["/bin/bash", "-euc", command]
        if user:
            names = ",".join(["XDG_RUNTIME_DIR", *env])
            variables.append(f"XDG_RUNTIME_DIR=/run/user/{self._uid(user)}")
            shell = ["runuser", "--login", user, f"--whitelist-environment={names}", "--command", f"set -eu\n{command}"]
        done = subprocess.run(
            [*self._enter(), "env", "--ignore-environment", *variables, *shell],
            input=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        output = done.stdout.decode("utf-8", "replace")
        assert (done.returncode != 0) is fails, f"{command}: exit code {done.returncode}\n{output}"
        return output.strip()

    def property(self, name: str, unit: str = "folder-sync") -> str:
        return self.run(f"systemctl show --value --property {name} {shlex.quote(unit)}")

    def reboot(self) -> None:
        before = self._leader
        self.run("systemctl --no-block reboot")
        wait_for(lambda: self._find_leader() not in (0, before), "the guest is booting again", 60)
        self._wait_until_up()

    def told(self) -> str:
        """For failures: what its services have said."""
        return self.run("journalctl --no-pager --boot --lines 80; systemctl --failed --no-pager")

    def _enter(self) -> list[str]:
        return ["nsenter", f"--target={self._leader}", "--mount", "--uts", "--ipc", "--pid", "--root", "--wd"]

    def _uid(self, user: str) -> str:
        return self.run(f"id --user {shlex.quote(user)}")

    def _wait_until_up(self) -> None:
        wait_for(lambda: self._find_leader() != 0 and self._answers(), f"it boots: {self._console}", 60)
        # Degraded: units fail that make no sense in a container, and they are not what is tested.
        state = self.run("systemctl is-system-running --wait || true")
        assert state in ("running", "degraded"), state

    def _answers(self) -> bool:
        self._leader = self._find_leader()
        done = subprocess.run(
            [*self._enter(), "systemctl", "is-system-running"], capture_output=True, text=True, check=False
        )
        return done.stdout.strip() in ("starting", "running", "degraded")

    def _find_leader(self) -> int:
        """The guest's process 1, as this machine numbers it; 0 while there is none."""
        if self._launcher.poll() is not None:
            raise AssertionError(f"The guest has ended: {self._console.read_text()}")
        below = [self._launcher.pid]
        for process in below:  # grows: launcher, boot.sh, systemd-nspawn, its leader
            below += _children(process)
            if _command(process) == "systemd":
                return process
        return 0

    def shut_down(self) -> None:
        self.run("systemctl --no-block poweroff")
        self._launcher.wait(60)


def _children(process: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{process}/task/{process}/children").read_text().split()]
    except FileNotFoundError:  # it has just ended
        return []


def _command(process: int) -> str:
    try:
        return Path(f"/proc/{process}/comm").read_text().strip()
    except FileNotFoundError:
        return ""


@contextmanager
def booted(tree: Path, exchange: Path, home: Path) -> Iterator[Guest]:
    """A guest with a fresh ``tree``; ``exchange`` is its /exchange, read-only. Nothing of it is left at the end."""
    console = home / "console"
    name = f"folder-sync-{os.getpid()}-{home.name}"
    with console.open("wb") as log:
        # Should this process die, the guest dies with it: everything of it lives in namespaces that end with it.
        bound = ["setpriv", "--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child"]
        launcher = subprocess.Popen(
            [*bound, "--mount-proc", _BOOT, tree, exchange, name],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    try:
        guest = Guest(launcher, console)
        yield guest
        guest.shut_down()
    finally:
        if launcher.poll() is None:
            launcher.send_signal(signal.SIGKILL)
            launcher.wait()
