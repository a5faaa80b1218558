"""What `check` says of the barcodes that are to be read in pictures."""

from __future__ import annotations

from collections.abc import Iterator

from folder_sync.files.pictures import barcodes
from folder_sync.report.checks.finding import Finding
from folder_sync.settings import Settings


def check(settings: Settings) -> Iterator[Finding]:
    if settings.quality.other_barcode == "off":
        return
    if (lack := barcodes.lacking()) is not None:
        yield Finding("barcodes", ok=False, detail=lack[0].rstrip("."), hint=lack[1])
    else:
        yield Finding("barcodes", ok=True, detail="can be read")
