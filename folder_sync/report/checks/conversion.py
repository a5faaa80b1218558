"""What `check` says of the formats that are converted."""

from __future__ import annotations

from collections.abc import Iterator

from folder_sync.files.pictures import decoders
from folder_sync.report.checks.finding import Finding
from folder_sync.rules.conversion import Source
from folder_sync.settings import Settings


def check(settings: Settings) -> Iterator[Finding]:
    formats = settings.convert.formats
    lacking = [lack for source in map(Source, formats) if (lack := decoders.lacking(source)) is not None]
    for what, hint in lacking:
        yield Finding("conversion", ok=False, detail=what.rstrip("."), hint=hint)
    if formats and not lacking:
        yield Finding("conversion", ok=True, detail=f"{', '.join(formats)} can be read, and go as JPEG or PNG")
