"""Everything that was ever interesting is looked at again; and for a moment, what is near it."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fuzz import mutating
from tests.fuzz.targets import CORPUS, TARGETS

KEPT = {name: [path.read_bytes() for path in sorted((CORPUS / name).iterdir())] for name in TARGETS}


@pytest.mark.parametrize("path", [path for name in TARGETS for path in sorted((CORPUS / name).iterdir())], ids=str)
def test_what_was_kept_does_no_harm(path: Path) -> None:
    assert path.stat().st_size < 10_000
    TARGETS[path.parent.name](path.read_bytes())


@pytest.mark.parametrize("name", TARGETS)
def test_what_is_near_it_does_no_harm(name: str) -> None:
    @given(st.sampled_from(KEPT[name]), st.sampled_from(KEPT[name]), st.randoms(use_true_random=False))
    def look(data: bytes, other: bytes, chance: random.Random) -> None:
        TARGETS[name](mutating.mutated(data, other, chance))

    look()


@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes_do_no_harm(name: str) -> None:
    @given(st.binary(max_size=200))
    def look(data: bytes) -> None:
        TARGETS[name](data)

    look()


def test_the_runner_runs() -> None:
    """Unguided, wherever atheris is: a second is too short to load it."""
    script = (
        "import sys, tests.fuzz.__main__ as runner\n"
        "sys.argv = ['fuzz', 'names', '--seconds', '1']\n"
        "runner.importlib.util.find_spec = lambda name: None\n"
        "sys.exit(runner.main())"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "none failed" in done.stdout


def test_a_failure_is_told_and_given_back() -> None:
    def target(data: bytes) -> None:
        assert b"\xff" not in data

    count, failed = mutating.run(target, [b"seed", b"\xff" * 9], 30.0, 7)
    assert count >= 1
    assert failed is not None
    assert b"\xff" in failed
