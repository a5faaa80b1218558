"""A studio's day through the sandbox: ``python -m benchmarks.studio_day``. Nothing is measured against anything.

500 photos, 100 of them over 5 MB, are copied into the folder as fast as the disk takes them, while each request
takes the server 100 ms; then what `folder-sync list` says of them.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Final

from benchmarks import photos, running
from folder_sync.sandbox.serving import running_sandbox

LATENCY_SECONDS: Final = 0.1
SIZES: Final = (200_000, 600_000, 1_200_000, 2_500_000, 5_200_000)
"""Of the photos, in turn."""

PHOTOS: Final = 500
_SHOWN: Final = 8


def main() -> None:
    with (
        tempfile.TemporaryDirectory(prefix="folder-sync-day-") as folder,
        running_sandbox(key=running.KEY, latency=LATENCY_SECONDS, limits=((10**6, 60), (10**8, 86_400))) as sandbox,
    ):
        home = Path(folder)
        with running.service(home, sandbox.url, settle_seconds=1.0, organization_id=sandbox.organization_id) as service:
            begun = time.time()
            for number in range(PHOTOS):
                photo = photos.jpeg(SIZES[number % len(SIZES)], number)
                (service.folder / photos.name(number)).write_bytes(photo)
            copied = time.time()
            through = service.wait_uploaded(PHOTOS)
            listed = _list(home, "table").splitlines()
            records = json.loads(_list(home, "json"))
        stored = [image.sha256 for image in sandbox.ledger.stored]
    print(*listed[: _SHOWN + 3], "...", *listed[-_SHOWN:], sep="\n")
    print()
    print(f"Photos by state: {dict(Counter(record['state'] for record in records))}")
    print(f"Image ids: {len({record['image_id'] for record in records})}, all different")
    large = sum(record["size"] > 5_000_000 for record in records)
    print(f"Over 5 MB: {large}; all together {sum(record['size'] for record in records) / 1e6:.0f} MB")
    print(f"The server stored {len(stored)} images, {len(set(stored))} different ones.")
    print(f"Drawn and copied in {copied - begun:.1f} s; through {through - begun:.1f} s after the first copy began.")


def _list(home: Path, form: str) -> str:
    command = [sys.executable, "-m", "folder_sync", "--config", str(home / "config.toml"), "list", "--format", form]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    main()
