"""What each product has, counted from the photos that are known."""

from __future__ import annotations

from folder_sync.errors import UnknownProduct
from folder_sync.report import products as report
from folder_sync.store.products import Product, Products
from tests.support.shelf import GTIN, OTHER_GTIN, Shelf
from tests.support.store_model import CORRUPT


def known(shelf: Shelf) -> list[Product]:
    return list(Products(shelf.db).all())


def test_photos_are_counted_by_what_becomes_of_them(shelf: Shelf) -> None:
    for name in ("a__primary", "b", "c", "d"):
        shelf.add(f"{GTIN}__{name}.jpg", name)
    shelf.upload()
    shelf.upload()
    shelf.claim()
    shelf.add(f"{GTIN}__e.jpg", CORRUPT)
    shelf.add("nonsense.jpg", "X")
    assert known(shelf) == [
        Product("main", GTIN, has_primary=True, queued=2, waiting=0, rejected=1, uploaded=2),
    ]


def test_photos_of_a_product_that_the_catalogue_does_not_know_wait(shelf: Shelf) -> None:
    shelf.add(f"{GTIN}__a.jpg", "A")
    shelf.end(shelf.claim(), UnknownProduct("Not there."))
    (product,) = known(shelf)
    assert (product.waiting, product.uploaded, product.has_primary) == (1, 0, False)
    assert not report.Described(product).is_complete


def test_a_hero_that_was_replaced_by_none_is_shown_still(shelf: Shelf) -> None:
    shelf.add(f"{GTIN}__a__primary.jpg", "A")
    shelf.upload()
    shelf.rename(f"{GTIN}__a__primary.jpg", f"{GTIN}__a.jpg")
    shelf.upload()
    (product,) = known(shelf)
    assert (product.uploaded, product.has_primary) == (1, True)


def test_many_products_come_once_each_in_order(shelf: Shelf) -> None:
    gtins = [GTIN, OTHER_GTIN, "00000000000017", "00000000000024", "00000000000031"]
    for gtin in gtins:
        shelf.add(f"{gtin}__a.jpg", gtin)
    assert [product.gtin for product in Products(shelf.db, at_once=2).all()] == sorted(gtins)
    assert [product.gtin for product in Products(shelf.db).all([GTIN])] == [GTIN]
    assert list(Products(shelf.db).all([])) == []


def test_as_programs_read_it() -> None:
    product = Product("main", GTIN, has_primary=False, queued=1, waiting=0, rejected=2, uploaded=3)
    assert report.product(product) == {
        "account": "main",
        "gtin": GTIN,
        "sku": None,
        "name": None,
        "listed": False,
        "has_primary": False,
        "queued": 1,
        "waiting": 0,
        "rejected": 2,
        "uploaded": 3,
        "shots": [],
        "missing": [],
        "complete": True,
    }
    assert tuple(report.product(product)) == report.COLUMNS == tuple(report.flat(product))
    assert report.flat(product)["has_primary"] == "false"
    assert report.flat(product)["missing"] == ""


def test_whatever_may_change_a_product_is_progress(shelf: Shelf) -> None:
    products = Products(shelf.db)
    seen = [products.progress()]

    def moved_on() -> bool:
        seen.append(products.progress())
        return seen[-1] not in seen[:-1]

    shelf.add(f"{GTIN}__a.jpg", "A")
    assert moved_on()
    shelf.upload()
    assert moved_on()
    shelf.add(f"{GTIN}__b.jpg", CORRUPT)
    assert moved_on()
    shelf.rename(f"{GTIN}__a.jpg", f"{OTHER_GTIN}__a.jpg")
    assert moved_on()
    shelf.remove(f"{GTIN}__b.jpg")  # which leaves nothing behind, not even a step
    assert moved_on()
    assert not moved_on()
