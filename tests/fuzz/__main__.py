"""``python -m tests.fuzz names|images|answers [--seconds N]``: one target, guided by coverage where atheris is there.

An input that fails is kept in the corpus, where the tests replay it from then on, and the exit code is not 0. What
atheris finds merely interesting is kept for the run only; ``--keep FOLDER`` keeps it for good.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib
import importlib.util
import sys
import tempfile
from pathlib import Path


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("target", choices=("names", "images", "answers"))
    parser.add_argument("--seconds", type=int, default=60, metavar="N")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    if importlib.util.find_spec("atheris") is None:
        _say("atheris is not installed: changing the corpus at random, without guidance.")
        return _unguided(options.target, options.seconds, options.seed)
    with tempfile.TemporaryDirectory() as folder:
        kept: Path = options.keep or Path(folder)
        kept.mkdir(parents=True, exist_ok=True)
        _guided(options.target, options.seconds, options.seed, kept)
    return 0


def _unguided(name: str, seconds: int, seed: int) -> int:
    from tests.fuzz import mutating, targets

    corpus = targets.CORPUS / name
    count, failed = mutating.run(
        targets.TARGETS[name], [path.read_bytes() for path in sorted(corpus.iterdir())], seconds, seed
    )
    _say(f"{name}: {count} inputs, {count / seconds:.0f} a second, {'one' if failed is not None else 'none'} failed")
    if failed is None:
        return 0
    (corpus / f"crash-{hashlib.sha256(failed).hexdigest()[:16]}").write_bytes(failed)
    return 1


def _guided(name: str, seconds: int, seed: int, kept: Path) -> None:
    """libFuzzer ends the process where an input fails, with a code that is not 0."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["folder_sync", "defusedxml", "PIL"]):
        targets = importlib.import_module("tests.fuzz.targets")
    corpus = targets.CORPUS / name
    atheris.Setup(
        [
            sys.argv[0],
            f"-max_total_time={seconds}",
            f"-seed={seed}",
            f"-artifact_prefix={corpus}/",
            f"-max_len={4096 if name != 'images' else 65536}",
            "-timeout=10",
            "-rss_limit_mb=1024",
            "-print_final_stats=1",
            str(kept),
            str(corpus),
        ],
        targets.TARGETS[name],
    )
    atheris.Fuzz()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
