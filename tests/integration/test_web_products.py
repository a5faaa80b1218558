"""Products on the page: the shot list, the products file, and names in the way of the folder."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator

import pytest

from folder_sync.photo import State
from folder_sync.store.held_files import HeldFile, HeldFiles, WhyHeld
from folder_sync.store.sqlite.lock import InstanceLock
from folder_sync.web import completeness
from folder_sync.web.pages import names
from tests.support.page import Page, running_page
from tests.support.shelf import Shelf
from tests.support.studio import GTIN, OTHER, THIRD, Studio
from tests.support.waiting import wait_for

SHOTS = """names = ["{sku}.{shot}", "house"]
[[shots]]
name = "Front of package"
codes = ["MAIN"]
primary = true
required = true
[[shots]]
name = "Back"
codes = ["BACK"]
required = true
[catalogue]
products_file = "%s"
"""
LIST = f"gtin,sku,name\n{GTIN},AB-12,Hand soap\n{OTHER},AB-13,<b>Shampoo</b>\n{THIRD},AB-14,Nothing yet\n"


@pytest.fixture
def studio(studio: Studio) -> Studio:
    """One product has both of its shots in the catalogue, another one of them, the third has no photo."""
    products = studio.home / "products.csv"
    products.write_text(LIST)
    studio.configure(watch=SHOTS % products)
    studio.database.parent.mkdir()
    shelf = Shelf(studio.database)
    for name in (f"{GTIN}__Front_of_package__primary.jpg", f"{GTIN}__Back.jpg", f"{OTHER}__Back.jpg"):
        shelf.add(name, name)
        shelf.upload()
    shelf.add(f"{OTHER}__Extra.jpg", "extra")
    shelf.db.close()
    return studio


@pytest.fixture
def page(studio: Studio) -> Iterator[Page]:
    with running_page(studio) as page:
        yield page


def test_what_of_the_shot_list_is_missing(page: Page) -> None:
    text = page.text("/products")
    assert "1 of 3 products are complete." in text
    rows = {row.split("</a>")[0][-14:]: row for row in text.split("<tr>")[2:]}
    assert ("complete" in rows[GTIN], "Front of package" in rows[GTIN]) == (True, False)
    assert ">Front of package</td>" in rows[OTHER]
    assert ">Front of package, Back</td>" in rows[THIRD]
    assert "&lt;b&gt;Shampoo&lt;/b&gt;" in rows[OTHER]
    assert "AB-14" in rows[THIRD]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("incomplete=1", [OTHER, THIRD]),
        ("without_hero=1", [OTHER, THIRD]),
        ("q=ab-13", [OTHER]),
        ("q=SOAP", [GTIN]),
        ("q=Extra", [OTHER]),
        (f"q={THIRD[4:]}", [THIRD]),
        ("q=no+such", []),
        (f"after={GTIN}", [OTHER, THIRD]),
        (f"after={OTHER}&incomplete=1", [THIRD]),
    ],
)
def test_which_products_are_shown(page: Page, query: str, found: list[str]) -> None:
    text = page.text(f"/products?{query}")
    assert [gtin for gtin in (GTIN, OTHER, THIRD) if f'href="/products/{gtin}"' in text] == found


def test_a_page_looks_through_so_many_products(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("folder_sync.web.pages.products.LOOKED_THROUGH", 1)
    text = page.text("/products?incomplete=1")
    assert "“Next” continues." in text
    assert f'href="/products?incomplete=1&amp;after={GTIN}"' in text


@pytest.mark.parametrize(("after", "status"), [("", 200), ("1", 400), ("x" * 14, 400)])
def test_a_broken_cursor(page: Page, after: str, status: int) -> None:
    assert page.get(f"/products?after={after}").status_code == status


def test_the_page_of_a_product(page: Page) -> None:
    text = page.text(f"/products/{OTHER}")
    assert "1 photo is in the catalogue. Missing: Front of package. None of them is the hero." in text
    assert "AB-13" in text
    nothing = page.text(f"/products/{THIRD}")
    assert "None of its photos is in the catalogue yet." in nothing
    assert "Nothing yet" in nothing
    assert page.get("/products/00040000000013").status_code == 404
    assert page.get("/products/1").status_code == 404


def test_the_hero_that_is_shown_now_is_told_from_those_before(page: Page, studio: Studio) -> None:
    before = studio.records()[0]
    assert ">Hero now<" in page.text(f"/photos/{before.id}")
    shelf = Shelf(studio.database)
    later = shelf.add(f"{GTIN}__Other_side__primary.jpg", "later")
    while shelf.again(later).state is not State.UPLOADED:  # another one is before it
        shelf.upload()
    shelf.db.close()
    assert ">Hero now<" in page.text(f"/photos/{later.id}")
    assert ">Hero<" in page.text(f"/photos/{before.id}")
    product = page.text(f"/products/{GTIN}")
    assert (product.count(">Hero now<"), product.count(">Hero<")) == (1, 1)


def test_taken_along(page: Page) -> None:
    rows = list(csv.DictReader(io.StringIO(page.get("/products.csv").text.removeprefix("\ufeff"))))
    assert [row["gtin"] for row in rows] == [f'="{gtin}"' for gtin in (GTIN, OTHER, THIRD)]
    assert [row["complete"] for row in rows] == ["true", "false", "false"]
    (only,) = page.get("/products.json?incomplete=1&q=ab-13").json()
    assert (only["gtin"], only["sku"], only["missing"]) == (OTHER, "AB-13", ["Front of package"])


def test_the_wall_and_today_tell_how_far_the_list_is(page: Page) -> None:
    for path in ("/", "/wall"):
        assert "<b>1<small> / 3</small></b><span>products complete</span>" in page.text(path)


def test_what_products_are_searched_for_does_not_stand_in_the_search_for_photos(page: Page) -> None:
    assert page.text("/products?q=ab-13").count('value="ab-13"') == 1
    assert page.text("/photos?q=ab-13").count('value="ab-13"') == 2


def test_a_list_that_changes_and_one_that_goes(page: Page, studio: Studio) -> None:
    products = studio.home / "products.csv"
    products.write_text(LIST.replace("Nothing yet", "Something new"))
    assert "Something new" in page.text("/products")
    products.unlink()
    text = page.text("/products")
    assert "products.csv is not there." in text
    assert "Something new" in text


def test_a_list_that_is_back_as_it_was(page: Page, studio: Studio) -> None:
    """As on a share that was away for a moment."""
    products = studio.home / "products.csv"
    there = products.rename(studio.home / "list.csv")
    products.symlink_to(there)
    assert "Nothing yet" in page.text("/products")
    products.unlink()
    assert "products.csv is not there." in page.text("/products")
    products.symlink_to(there)
    assert "products.csv is not there." not in page.text("/products")


def test_where_counting_takes_long_nobody_waits_for_it(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(completeness, "FEW", 0)
    with running_page(studio) as page:
        page.text("/products")
        wait_for(lambda: "1 of 3 products are complete." in page.text("/products"), "it was counted meanwhile")


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("gtin=AB-12&shot=Front+of+package", '<b class="mono">AB-12.MAIN.jpg</b>'),
        (f"gtin={GTIN}&shot=Back", '<b class="mono">AB-12.BACK.jpg</b>'),
        (f"gtin={GTIN}&title=Side+view", f'<b class="mono">{GTIN}__Side_view.jpg</b>'),
        (f"gtin={GTIN}&title=12", "No name in this folder says that."),
        ("gtin=4006381333932", "This is neither a GTIN nor a SKU"),
        ("names=AB-12.MAIN.jpg", "Shot: Front of package"),
        ("names=AB-99.MAIN.jpg", "does not"),
        ("", "{sku}.{shot}"),
    ],
)
def test_names_are_made_and_read_in_the_way_of_the_folder(page: Page, query: str, said: str) -> None:
    assert said in page.text(f"/names?{query}")


def test_names_that_are_not_looked_at_are_not_passed_over_in_silence(page: Page) -> None:
    assert "are looked at" not in page.text("/names?names=" + "%0A".join(["a.jpg"] * names.MOST))
    assert "Only the first 200 are looked at." in page.text("/names?names=" + "%0A".join(["a.jpg"] * 201))
    pasted = "\r\n".join([f"{GTIN}__{'a' * 101}.jpg"] * 200)[: names.LONGEST + 100]  # as a form cuts it off
    text = page.http.get("/names", params={"names": pasted}).text
    assert "Only the first 65 are looked at." in text
    assert text.count(">fits<") == 65
    assert "does not" not in text


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("gtin=4006381333932", "„4006381333932“ ist keine GTIN: Die letzte Ziffer müsste 1 sein"),
        (f"names={GTIN}__primary_front.jpg", "Der Bildtitel beginnt mit „primary“, aber das Foto ist kein Hauptbild."),
        ("names=a.cr3", "Rohdateien werden nicht hochgeladen, nur die Fotos, die daraus exportiert sind."),
        (f"names={GTIN}__a__b.jpg", "„b“ ist weder der Bildtitel noch „primary“."),
    ],
)
def test_what_is_said_of_names_in_german(page: Page, query: str, said: str) -> None:
    text = page.get(f"/names?{query}", **{"Accept-Language": "de"}).text
    assert said in text
    assert '<span class="soft" lang="en"' not in text


def test_a_products_file_that_is_gone_in_german(page: Page, studio: Studio) -> None:
    (studio.home / "products.csv").unlink()
    text = page.get("/products", **{"Accept-Language": "de"}).text
    assert f"Die Produktdatei {studio.home}/products.csv ist nicht da." in text


def test_folders_whose_names_are_read_in_different_ways(studio: Studio) -> None:
    other = studio.home / "other"
    other.mkdir()
    studio.configure(watch=f'names = ["gs1"]\n[[watch]]\npath = "{other}"\nnames = ["folder"]')
    with running_page(studio) as page:
        assert "04006381333931_C1N1.jpg" in page.text("/names")
        text = page.text(f"/names?folder={other}&gtin={GTIN}&title=Side")
    assert f'<b class="mono">{GTIN}/Side.jpg</b>' in text
    assert os.fspath(studio.folder) in text


def test_what_is_not_taken_in_yet_is_named(studio: Studio) -> None:
    shelf = Shelf(studio.database)
    path = os.fsencode(studio.folder / "job 7" / "new.jpg")
    HeldFiles(shelf.db).publish(os.fsencode(studio.folder), 1, [HeldFile(path, 1_000.0, WhyHeld.INCOMPLETE)])
    shelf.db.close()
    lock = InstanceLock(studio.database)
    with running_page(studio) as page:
        text = page.text("/")
    lock.release()
    assert '<b>job 7/new.jpg</b> <span class="soft">is not complete yet</span>' in text
