from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folder_sync.files import products as products_file
from folder_sync.rules.names import products
from folder_sync.rules.names.products import SKU_MAX, Products
from tests.support.waiting import wait_for

GTIN = "4006381333931"


def lines(found: Products) -> list[tuple[str, str, str, int]]:
    return [(line.gtin, line.sku, line.name, line.line) for line in found.listed]


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_is_listed(separator: str, mark: str, end: str) -> None:
    rows = [["SKU", "Price", "gtin", " Name "], ["A-1", "9", GTIN, "Tee"], ["", "", "012345678905", ""]]
    found = products.parse(mark + end.join(separator.join(row) for row in rows) + end)
    assert lines(found) == [("04006381333931", "A-1", "Tee", 2), ("00012345678905", "", "", 3)]
    assert found.problems == ()
    assert dict(found.of_sku) == {"A-1": "04006381333931"}


@pytest.mark.parametrize(
    ("cell", "gtin"),
    [
        (f'"=""{GTIN}"""', "04006381333931"),  # as spreadsheets are kept from calculating
        (f"'{GTIN}", "04006381333931"),
        (f" {GTIN} ", "04006381333931"),
        ("12345678905", "00012345678905"),  # they drop leading zeros
        ("96385074", "00000096385074"),
    ],
)
def test_gtins_as_spreadsheets_write_them(cell: str, gtin: str) -> None:
    assert lines(products.parse(f"gtin,sku\n{cell},A\n")) == [(gtin, "A", "", 2)]


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ("4006381333932,B,", "last digit would have to be 1"),
        (",B,Tee", 'no GTIN, for the SKU "B"'),
        ("4.00638E+12,B,", "cut the GTIN"),
        ("12345,B,", "A GTIN has 8, 12, 13 or 14 digits"),
        ("01234565,B,", "UPC-E"),
        (f"{GTIN},A,again", 'The SKU "A" stands in line 2 already'),
        (f"{GTIN},{'x' * (SKU_MAX + 1)},", "more than 50 characters"),
    ],
)
def test_a_line_that_can_not_be_used_is_named_and_harms_no_other(row: str, words: str) -> None:
    found = products.parse(f"gtin,sku,name\n{GTIN},A,Tee\n{row}\n\n012345678905,C,\n")
    assert [(line.sku, line.line) for line in found.listed] == [("A", 2), ("C", 5)]
    ((number, message),) = [(problem.line, problem.message) for problem in found.problems]
    assert number == 3
    assert words in message


@pytest.mark.parametrize("text", ["", "\n", "sku,name\nA,B\n", "ean;sku\n1;2\n"])
def test_without_a_column_of_gtins_there_is_nothing(text: str) -> None:
    found = products.parse(text)
    assert found.listed == ()
    assert [problem.line for problem in found.problems] == [1]
    assert '"gtin"' in found.problems[0].message


def test_a_cell_may_go_over_several_lines() -> None:
    found = products.parse(f'gtin,sku,name\n{GTIN},A,"Tee,\ngreen"\n012345678905,B,x\n')
    assert lines(found) == [("04006381333931", "A", "Tee,\ngreen", 2), ("00012345678905", "B", "x", 4)]


@pytest.mark.parametrize("within", ["\v", "\f", "\x1e", "\x85", "\u2028"])
def test_only_line_ends_end_a_line(within: str) -> None:
    found = products.parse(f"gtin\tsku\tname\r\n{GTIN}\tA\tTee,{within}green\r\n012345678905\tB\tx\r\n")
    assert lines(found) == [("04006381333931", "A", f"Tee,{within}green", 2), ("00012345678905", "B", "x", 3)]
    assert found.problems == ()


def test_a_stray_quotation_mark_takes_no_other_line_along() -> None:
    found = products.parse(f'gtin,sku,name\n{GTIN},A,"5 inch\n012345678905,B,x\n96385074,C,"y"\n')
    assert [line.sku for line in found.listed] == ["A", "B", "C"]
    assert found.problems == ()


def test_a_separator_that_a_spreadsheet_announces() -> None:
    assert [line.line for line in products.parse(f"sep=;\ngtin;sku\n{GTIN};A\n").listed] == [3]


def test_skus_that_differ_in_little_are_known() -> None:
    found = products.parse(f"gtin,sku\n{GTIN},AB-12 x\n")
    assert found.alike("ab12X") == "AB-12 x"
    assert found.alike("ab13") is None


@given(st.text("gtin,sku;\t\"\n\r='0123456789", max_size=200))
def test_no_text_raises(text: str) -> None:
    found = products.parse(f"gtin,sku\n{text}")
    assert {line.line for line in found.listed}.isdisjoint({problem.line for problem in found.problems})
    products.parse(text)


def test_a_file_that_may_be_read_at_last_is_another_one(tmp_path: Path) -> None:
    """Somebody saved it for himself alone, and only its mode was changed then: it has to be read now."""
    file = tmp_path / "products.csv"
    file.write_text("gtin")
    file.chmod(0o000)
    unreadable = products_file.version(file)

    def is_another() -> bool:
        file.chmod(0o644)
        return products_file.version(file) != unreadable

    wait_for(is_another, "the file system's clock has gone on")
