"""Configuration files, written and read."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from folder_sync.settings import Settings, load

GOOD: Final = '[accounts.main]\n[[watch]]\npath = "/srv/export"\n'
"""The least that is enough."""
KEY: Final = "csb_" + "a1B2" * 8 + "_0a1b2c3d"
"""Of the right form, but for its checksum."""


def written(tmp_path: Path, toml: str | bytes) -> Path:
    path = tmp_path / "config.toml"
    path.write_bytes(toml if isinstance(toml, bytes) else toml.encode())
    return path


def loaded(tmp_path: Path, toml: str = GOOD, **environ: str) -> Settings:
    return load(written(tmp_path, toml), environ)


def account(line: str) -> str:
    """The least, with a line about the account."""
    return f'[accounts.main]\n{line}\n[[watch]]\npath = "/srv/export"\n'
