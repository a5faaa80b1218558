"""Names to copy: in the way of the folder, and understood as what was wanted."""

from __future__ import annotations

import pytest

from folder_sync.rules.names.building import Wanted, built
from folder_sync.rules.names.gtin import parse
from folder_sync.rules.names.naming import Naming
from folder_sync.rules.names.products import Products
from folder_sync.rules.names.products import parse as listed
from folder_sync.rules.names.shots import Shot, Shots

GTIN = parse("00012345678905")
FRONT = Shot("Front of package", ("MAIN", "C1N1"), primary=True, required=True)
BACK = Shot("Back", ("BACK",))
SHOTS = Shots([FRONT, BACK])
LIST = listed("gtin;sku;name\n00012345678905;AB-12;Soap\n")


@pytest.mark.parametrize(
    ("entries", "wanted", "name"),
    [
        (["house"], Wanted("012345678905"), "012345678905.jpg"),
        (["house"], Wanted("012345678905", title=" Side  view ", primary=True), "012345678905__Side_view__primary.jpg"),
        (["house"], Wanted("012345678905", shot=FRONT), "012345678905__Front_of_package__primary.jpg"),
        (["house"], Wanted("012345678905", title="12"), None),  # it would be a number
        (["gs1", "house"], Wanted("012345678905", shot=FRONT), "012345678905_C1N1.jpg"),
        (["gs1", "house"], Wanted("012345678905", shot=BACK), "012345678905__Back.jpg"),
        (["folder"], Wanted("012345678905", shot=BACK), "012345678905/Back.jpg"),
        (["{sku}_{shot}[_{number}]"], Wanted("012345678905", "AB-12", shot=FRONT), "AB-12_MAIN.jpg"),
        (["{sku}_{shot}"], Wanted("012345678905", "AB-12", title="Side"), None),
        (["{sku}_{shot}"], Wanted("012345678905", shot=BACK), None),  # no SKU is known
        (["{gtin}/{title}[ {primary}]"], Wanted("012345678905", title="Top"), "012345678905/Top.jpg"),
        (["{sku}.{shot}", "house"], Wanted("012345678905", title="Top"), "012345678905__Top.jpg"),
    ],
)
def test_the_first_way_that_can_say_it(entries: list[str], wanted: Wanted, name: str | None) -> None:
    products = LIST if any("{" in entry for entry in entries) else Products()
    assert built(wanted, GTIN, Naming(entries, SHOTS, products)) == name
