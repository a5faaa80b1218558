"""Where a page of a list begins, as written in an address."""

from __future__ import annotations

from folder_sync.web.problems import Wrong


def cursor(text: str | None) -> int | None:
    """Parse the number that the previous page gave; None: the first page. Raises Wrong."""
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise Wrong("This address of a page is not understood.", "Start at the newest.")
    return int(text)
