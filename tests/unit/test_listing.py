"""A list of images, page by page: what it proves if it changes, or never ends, meanwhile."""

from __future__ import annotations

import pytest

from folder_sync.closient.answers import ImagePage
from folder_sync.closient.listing import all_images
from folder_sync.errors import OutcomeUnknown, UnknownProduct
from folder_sync.photo import Image


def page(*ids: str, total: int | None, more: bool = False) -> ImagePage:
    return ImagePage(tuple(Image(id_, id_, is_primary=False, created=1.0, image_url=None) for id_ in ids), more, total)


def read(*pages: ImagePage | UnknownProduct) -> list[str]:
    asked: list[int] = []

    def ask(number: int) -> ImagePage:
        asked.append(number)
        found = pages[min(number, len(pages)) - 1]
        if isinstance(found, UnknownProduct):
            raise found
        return found

    images = all_images(ask)
    assert asked == list(range(1, len(pages) + 1))
    return [image.id for image in images]


@pytest.mark.parametrize("total", [3, None])
def test_all_pages_in_their_order(total: int | None) -> None:
    assert read(page(total=0)) == []
    assert read(page("a", "b", total=total, more=True), page("c", total=total)) == ["a", "b", "c"]


def test_an_image_that_stands_on_two_pages_is_one() -> None:
    """Else it would count as two that could be a photo, and none would be taken."""
    assert read(page("a", "b", total=3, more=True), page("b", "c", total=3)) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "second",
    [
        page("d", total=3),  # "a" was deleted, and "c" has moved to the first page
        page(total=2),
        page("c", "d", "e", total=4, more=True),  # without end
        page("a", "b", total=4, more=True),  # a cache that does not look at the number of the page
        UnknownProduct("The catalogue does not know this page."),
    ],
)
def test_a_list_that_changes_meanwhile_proves_no_absence(second: ImagePage | UnknownProduct) -> None:
    with pytest.raises(OutcomeUnknown, match="changed while it was read"):
        read(page("a", "b", total=4, more=True), second)


@pytest.mark.parametrize("pages", [[page("a", total=2)], [page("a", "b", total=4, more=True), page("c", total=4)]])
def test_a_list_that_leaves_images_out_proves_no_absence(pages: list[ImagePage]) -> None:
    """One that is left out may be the photo: taken for absent, it would be sent again."""
    with pytest.raises(OutcomeUnknown, match="left out"):
        read(*pages)


def test_an_unknown_product_is_one() -> None:
    with pytest.raises(UnknownProduct):
        read(UnknownProduct("The catalogue does not know this product."))
