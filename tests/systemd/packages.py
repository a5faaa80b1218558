"""What is installed: the package as `make deb` builds it, one of a later version, and a checkout with its wheels."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).parents[2]
LATER_VERSION: Final = "99.0"

_LATER_MIGRATION: Final = """

STEPS["m9999_later"] = ("CREATE TABLE later (id INTEGER PRIMARY KEY) STRICT",)  # what a later version might need
VERSION = len(STEPS)
"""


def checkout(to: Path) -> Path:
    """A clean checkout, as an operator has it: what git knows, as it stands here."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=CHECKOUT,
        capture_output=True,
        check=True,
    )
    for name in map(os.fsdecode, listed.stdout.split(b"\0")):
        if name and (CHECKOUT / name).exists():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(CHECKOUT / name, to / name)
    return to


def wheels(to: Path) -> Path:
    """The libraries, fetched once by this machine's pip: the guest gets them from a folder, and needs no index."""
    version = _output("/usr/bin/python3", "-c", "import platform; print(platform.python_version())")
    _output(
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--require-hashes"),
        *(
            "--only-binary",
            ":all:",
            "--python-version",
            version,
            "--requirement",
            "requirements.txt",
            "--dest",
            str(to),
        ),
    )
    return to


def offline(folder: Path | str) -> dict[str, str]:
    """The environment in which pip takes everything from a folder of wheels."""
    return {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(folder), "PIP_CONFIG_FILE": os.devnull}


def package(sources: Path, found: Path, to: Path, *, quickly: bool = False) -> Path:
    """The .deb of a checkout, from the wheels that were ``found``; ``quickly``: a larger one."""
    env = {**offline(found), **({"DEB_COMPRESSION": "none"} if quickly else {})}
    return Path(_output(str(sources / "packaging/build-deb"), str(to), **env).splitlines()[-1])


def later(sources: Path) -> Path:
    """Makes a checkout one of a later version, with one more migration."""
    project, schema = sources / "pyproject.toml", sources / "folder_sync/store/sqlite/schema.py"
    text = project.read_text()
    version = next(line for line in text.splitlines() if line.startswith("version = "))
    project.write_text(text.replace(version, f'version = "{LATER_VERSION}"'))
    schema.write_text(schema.read_text() + _LATER_MIGRATION)
    return sources


def _output(*command: str, **env: str) -> str:
    done = subprocess.run(
        command,
        cwd=CHECKOUT,
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}: {done.stdout}"
    return done.stdout.strip()
