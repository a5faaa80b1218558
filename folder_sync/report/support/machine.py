"""What runs here, in which version: the program, Python, the libraries, the system."""

from __future__ import annotations

import importlib.metadata
import platform
import re
from typing import Any, Final

from folder_sync.store.opening import engine_version
from folder_sync.version import program_version

_LIBRARIES: Final = frozenset(
    {"apprise", "click", "defusedxml", "httpcore", "httpx", "jinja2", "pathspec", "pi-heif", "pillow"}
    | {"prometheus-client", "psycopg", "pydantic", "pydantic-settings", "python-stdnum", "rich"}
    | {"sqlite-utils", "starlette", "structlog", "uvicorn", "watchdog", "zxing-cpp"}
)
_DISTRIBUTIONS: Final = frozenset(
    {"debian", "ubuntu", "fedora", "rhel", "centos", "rocky", "almalinux", "arch", "alpine", "opensuse-leap", "sles"}
    | {"raspbian", "linuxmint", "nixos", "amzn"}
)
_NUMBERS: Final = re.compile(r"[0-9]{1,5}(\.[0-9]{1,5}){0,3}", re.ASCII)


def versions() -> dict[str, Any]:
    return {
        "folder_sync": _version(program_version()),
        "python": _version(platform.python_version()),
        "sqlite": _version(engine_version()),
        "libraries": dict(filter(lambda found: found[1], ((name, _of(name)) for name in sorted(_LIBRARIES)))),
        "system": {"kernel": _version(platform.release()), **_distribution()},
    }


def _of(library: str) -> str | None:
    try:
        return _version(importlib.metadata.version(library))
    except importlib.metadata.PackageNotFoundError:
        return None


def _version(text: str) -> str | None:
    """Its numbers: whoever builds a kernel may append a name to them."""
    match = _NUMBERS.match(text)
    return match[0] if match else None


def _distribution() -> dict[str, str | None]:
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        return {"distribution": None, "version": None}
    name = release.get("ID", "")
    return {
        "distribution": name if name in _DISTRIBUTIONS else "other",
        "version": _version(release.get("VERSION_ID", "")),
    }
