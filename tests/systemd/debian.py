"""A Debian root to boot, made once and kept: a minute's work, of which nothing changes from run to run."""

from __future__ import annotations

import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
from pathlib import Path
from typing import Final

PACKAGES: Final = (
    "systemd",
    "systemd-sysv",
    "libpam-systemd",  # for `systemctl --user`
    "dbus",
    "python3",
    "python3-venv",
    "pipx",
    "ca-certificates",
)
"""What a plain Debian with the documented prerequisites has."""


def root_tree() -> Path:
    """The tree, outside the checkout; its name tells what is in it. Only root can make and boot it."""
    assert os.geteuid() == 0, "Booting a Debian root takes root."
    suite = platform.freedesktop_os_release()["VERSION_CODENAME"]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "folder-sync"
    cache.mkdir(parents=True, exist_ok=True)
    contents = hashlib.sha256(" ".join(PACKAGES).encode()).hexdigest()[:8]
    tree = cache / f"{suite}-{platform.machine()}-{contents}"
    with open(cache / "lock", "w", encoding="ascii") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not tree.exists():
            part = cache / "part"
            shutil.rmtree(part, ignore_errors=True)
            _bootstrap(suite, part)
            part.rename(tree)
    return tree


def _bootstrap(suite: str, folder: Path) -> None:
    made = subprocess.run(
        ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}", suite, folder, _mirror(suite)],
        env={**os.environ, **_proxy()},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stdout[-2000:]


def _mirror(suite: str) -> str:
    """The one from which this machine installs its own packages."""
    listed = _output(
        "apt-get", "indextargets", "--format", "$(RELEASE) $(COMPONENT) $(REPO_URI)", "Created-By: Packages"
    )
    for line in listed.splitlines():
        release, component, address = line.split()
        if (release, component) == (suite, "main"):
            return address
    raise AssertionError(f"apt knows no mirror for {suite}: {listed}")


def _proxy() -> dict[str, str]:
    proxy = _output("apt-config", "shell", "proxy", "Acquire::http::Proxy/f").partition("'")[2].rstrip("'\n")
    return {"http_proxy": proxy} if proxy else {}


def _output(*command: str) -> str:
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
