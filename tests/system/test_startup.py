"""What a command loads before it does anything: the answer to a typing question must not wait for libraries."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.studio import GTIN
from tests.support.waiting import PATIENCE_SECONDS

HEAVY = ("pydantic", "httpx", "rich", "sqlite_utils", "PIL", "structlog", "watchdog", "starlette", "sqlite3")


def loaded_by(*arguments: str) -> set[str]:
    """The heavy libraries among the modules of a process that ran this command."""
    program = (
        "import sys\n"
        "from folder_sync.cli import main\n"
        "try:\n"
        "    main(sys.argv[1:])\n"
        "except SystemExit:\n"
        "    print('loaded', *sys.modules, file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
        check=False,
    )
    assert done.stdout
    modules = done.stderr.rpartition("loaded ")[2].split()
    assert "folder_sync.cli" in modules
    return set(HEAVY) & set(modules)


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["parse", f"{GTIN}.jpg"], ["run", "--help"]], ids=" ".join
)
def test_light_commands_load_nothing_heavy(arguments: list[str]) -> None:
    if "coverage" in sys.modules:
        # Coverage keeps its own data in SQLite.
        assert loaded_by(*arguments) <= {"sqlite3"}
    else:
        assert loaded_by(*arguments) == set()
