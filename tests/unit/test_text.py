from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folder_sync.text import display, quoted, unseen


@pytest.mark.parametrize("harmful", [*"\x00\t\n\x1b\x7f\x85\x9b\u2028\u2029\ud800\udcff"])
def test_what_acts_or_cannot_be_shown_is_replaced(harmful: str) -> None:
    assert display(f"a{harmful}b") == "a\ufffdb"


@pytest.mark.parametrize(
    "harmless",
    [
        "\u00e9",
        "e\u0301",
        "日本",
        "عربي",
        "👩\u200d🔧",
        " ",
        "\u2027",
        "\u202f",
        "می\u200cخواهم",
        "\u0600\u0661",
        "❤\ufe0f",
    ],
)
def test_what_people_write_stays(harmless: str) -> None:
    assert display(harmless) == harmless


@pytest.mark.parametrize(
    ("hidden", "shown"),
    [
        ("\u200b", "<U+200B>"),
        ("\u00ad", "<U+00AD>"),
        ("\u202e", "<U+202E>"),
        ("\u206a", "<U+206A>"),
        ("\u200d", "<U+200D>"),  # joins nothing here
        ("\uf022", "<U+F022>"),
        ("\uffff", "<U+FFFF>"),
        ("\u3164", "<U+3164>"),  # a letter by its category, and blank
        ("\U000e0041", "<U+E0041>"),
    ],
)
def test_letters_that_nobody_sees_are_shown(hidden: str, shown: str) -> None:
    assert display(f"a{hidden}b") == f"a{shown}b"
    assert unseen(f"a{hidden}b") == hidden
    assert unseen(f"é{shown}") == ""


def test_a_long_text_loses_its_middle_so_that_the_extension_is_seen() -> None:
    assert display("0123456789.jpg", 10) == "012345…jpg"
    assert display("0123456789", 10) == "0123456789"
    assert display("0" * 1000) == "0" * 1000


def test_quotes_show_blanks_at_the_ends() -> None:
    assert quoted(" a ") == '" a "'


@given(st.text(st.characters(exclude_categories=())), st.integers(8, 50))
def test_the_result_can_be_printed_and_is_no_longer_than_asked(text: str, limit: int) -> None:
    shown = display(text, limit)
    assert len(shown) <= limit
    shown.encode()
    assert len(shown.splitlines()) <= 1
