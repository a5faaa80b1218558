"""What intake holds back, as it is told to whoever asks."""

from __future__ import annotations

from folder_sync.store.held_files import HeldFile, HeldFiles, WhyHeld
from tests.support.shelf import Shelf


def test_what_is_published_takes_the_place_of_what_was(shelf: Shelf) -> None:
    files = HeldFiles(shelf.db)
    one, two = (HeldFile(b"/a/%d.jpg" % number, 5.0 - number, WhyHeld.WAITING) for number in (1, 2))
    files.publish(b"/a", 30, [one, two])
    files.publish(b"/b", 2, [])
    assert (files.count(), files.named()) == (32, [two, one])
    files.publish(b"/a", 1, [one])
    assert (files.count(), files.named()) == (3, [one])
    files.publish(b"/a", 0, [])
    assert (files.count(), files.named()) == (2, [])
