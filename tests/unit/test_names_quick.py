"""What most names are read by finds exactly the reading that the thorough way finds, and no name makes it slow."""

from __future__ import annotations

from typing import Final

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folder_sync.rules.names import by_template, quick
from folder_sync.rules.names.by_template import ByTemplate
from folder_sync.rules.names.meaning import Fault, Reading
from folder_sync.rules.names.products import Products, parse
from folder_sync.rules.names.shots import Shot, Shots
from folder_sync.rules.names.template import BadTemplate, compiled

GTIN: Final = "4006381333931"
SKUS: Final = ("A", "AB", "A_B", "A_B_2", "AB-1", "B 2", "A_front", "ä")
PRODUCTS: Final = parse("gtin,sku\n" + "".join(f"{GTIN},{sku}\n" for sku in SKUS))
SHOTS: Final = Shots([Shot("Front", ("front", "FRONT_2", "f"), primary=True), Shot("Back", ("back", "2b"))])

PIECES: Final = st.sampled_from(
    ["{sku}", "{gtin}", "{shot}", "{title}", "{number}", "{primary}", "{any}", "_", "-", "[", "]", "x", "/", " "]
)
TEMPLATES: Final = st.lists(PIECES, min_size=1, max_size=9).map("".join)
USUAL: Final = st.sampled_from(
    [
        "{sku}_{shot}[_{number}]",
        "{sku}_{title}",
        "{sku}[_{title}][_{number}]",
        "{gtin}[_{shot}][_{primary}]",
        "{gtin}-{title}[-{number}]",
        "{any}_{gtin}_{title}",
        "{sku}/{title}",
        "{sku}/{any}_{shot}",
        "{shot}_{gtin}",
    ]
)
NAMES: Final = st.lists(
    st.sampled_from(
        [*SKUS, GTIN, GTIN[:12], "front", "FRONT", "2", "b", "02", "1000", "primary", "_", "-", " ", "İ", "x"]
    ),
    max_size=9,
).map("".join)


class Thorough(ByTemplate):
    """Without the quick way."""

    def __init__(self, entry: str) -> None:
        super().__init__(compiled(entry), SHOTS, PRODUCTS)
        self._is_quick = False


@given(st.one_of(USUAL, TEMPLATES), st.lists(NAMES, min_size=1, max_size=3))
def test_it_reads_what_the_thorough_way_reads(entry: str, names: list[str]) -> None:
    try:
        thorough = Thorough(entry)
    except BadTemplate:
        return
    *folders, stem = names
    found = ByTemplate(compiled(entry), SHOTS, PRODUCTS).read(folders, stem)
    meant = thorough.read(folders, stem)
    assert isinstance(found, Reading) == isinstance(meant, Reading)
    if isinstance(found, Fault) and isinstance(meant, Fault):
        assert (found.code, found.message) == (meant.code, meant.message)
    else:
        assert found == meant


def test_it_serves_the_usual_templates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(by_template, "matched", None)
    for entry, folders, stem in (
        ("{sku}_{shot}[_{number}]", [], "A_B_front_2"),
        ("{gtin}-{title}[-{number}]", [], f"{GTIN}-In use-2"),
        ("{sku}/{title}", ["AB-1"], "In use"),
    ):
        assert isinstance(ByTemplate(compiled(entry), SHOTS, PRODUCTS).read(folders, stem), Reading)


@pytest.mark.parametrize(
    "entry",
    ["{any}_{sku}", "{any}_{title}-{any}_{gtin}", "{gtin}[_{title}][_{number}][_{shot}]"],
)
def test_what_a_name_could_make_slow_is_left_to_the_thorough_way(entry: str) -> None:
    assert quick.pattern(compiled(entry).components[0], SHOTS.folded_codes) is None


def test_so_are_hundreds_of_codes() -> None:
    component = compiled("{gtin}_{shot}").components[0]
    assert quick.pattern(component, [f"c{number}" for number in range(100)]) is None
    without = quick.pattern(component, [])
    assert without is not None
    assert without.fullmatch(f"{GTIN}_x") is None
    assert isinstance(
        ByTemplate(compiled("{gtin}_{title}"), Shots(), Products()).read([], f"{GTIN}_{'x' * 200}"), Reading
    )
