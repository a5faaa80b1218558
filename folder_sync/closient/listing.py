"""A list in pages, read one after the other while others may change it."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from folder_sync.closient.answers import ImagePage
from folder_sync.errors import OutcomeUnknown, UnknownProduct
from folder_sync.photo import Image


def all_images(ask: Callable[[int], ImagePage]) -> list[Image]:
    """A product's images, in the order of the list, each once. ``ask``: for a page, from 1.

    Raises what that does; and OutcomeUnknown where the pages are not those of one list, or not all of it. An image that
    somebody deletes moves all after it forward by one, and the first of the next page to one that was read already:
    taken for absent, the photo would be sent again. And a cache that forgets which page was asked for would never end.
    """
    images: dict[str, Image] = {}
    first: ImagePage | None = None
    for page in count(1):
        try:
            answer = ask(page)
        except UnknownProduct as exc:
            if first is None:
                raise
            raise _changed() from exc
        known = len(images)
        images |= {image.id: image for image in answer.images if image.id not in images}
        if first is not None and (answer.total != first.total or len(images) == known):
            raise _changed()
        if answer.total is not None and len(images) > answer.total:
            raise _changed()
        first = answer
        if not answer.has_next:
            break
    if answer.total is not None and len(images) < answer.total:
        raise OutcomeUnknown("Closient left out some of the product's images.", status=200)
    return list(images.values())


def _changed() -> OutcomeUnknown:
    return OutcomeUnknown("The product's list of images changed while it was read.", status=200)
