"""Where requests go, and what can't lead them elsewhere."""

from __future__ import annotations

import pytest

from folder_sync.closient import paths
from tests.unit.api_bodies import GTIN, ID, ORGANIZATION


def test_the_paths_are_the_documented_ones() -> None:
    images = f"/dashboard/api/v1/trade-items/{ORGANIZATION}/{GTIN}/images"

    assert paths.upload_path(ORGANIZATION, GTIN) == images
    assert paths.images_path(ORGANIZATION, GTIN, 2, 100) == f"{images}?page=2&page_size=100"
    assert paths.image_path(ORGANIZATION, GTIN, ID) == f"{images}/{ID}"
    assert paths.whoami_path() == "/account/api/v1/whoami"
    assert paths.trade_item_path(GTIN) == f"/products/api/v1/trade-items/{GTIN}"


@pytest.mark.parametrize("name", ["", "x", ID + "a", ID[:-1] + "/", ID[:-1] + "\n", ID[:-1] + "l", "../" + ID[3:]])
def test_nothing_but_an_id_gets_into_a_path(name: str) -> None:
    assert not paths.is_identifier(name)
    with pytest.raises(ValueError, match="not a Closient id"):
        paths.image_path(ORGANIZATION, GTIN, name)
    with pytest.raises(ValueError, match="not a Closient id"):
        paths.upload_path(name, GTIN)


@pytest.mark.parametrize("gtin", ["", "1234567", "123456789012345", "1234567x", "١٢٣٤٥٦٧٨", "../../x"])
def test_nothing_but_digits_gets_into_a_path(gtin: str) -> None:
    with pytest.raises(ValueError, match="not a GTIN"):
        paths.trade_item_path(gtin)
