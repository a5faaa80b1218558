"""Holding the bytes behind an image's URL against a photo's."""

from __future__ import annotations

from folder_sync.photo import Image, Record
from folder_sync.service.lanes import Lane


def digest(lane: Lane, image: Image, photo: Record) -> str | None:
    """The SHA-256 of what the server serves for this image; None where it can't be had. Teaches the lane something."""
    if image.image_url is None:
        return None
    served = lane.fetcher.digest(image.image_url, photo.size)
    if served == photo.sha256:
        lane.verbatim = True
    return served
