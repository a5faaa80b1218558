from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folder_sync.rules.names import gtin
from folder_sync.rules.names.gtin import Fault, NotAGtin

BODIES = st.sampled_from([7, 11, 12, 13]).flatmap(lambda size: st.text("0123456789", min_size=size, max_size=size))


def fault_of(text: str) -> Fault:
    with pytest.raises(NotAGtin) as caught:
        gtin.parse(text)
    return caught.value.fault


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("96385074", "00000096385074"),  # the examples of GS1's check digit calculator, one of each length
        ("614141007349", "00614141007349"),
        ("4006381333931", "04006381333931"),
        ("10614141007346", "10614141007346"),
        ("00012345678905", "00012345678905"),
        ("012345678905", "00012345678905"),
    ],
)
def test_each_length_becomes_fourteen_digits(text: str, expected: str) -> None:
    assert gtin.parse(text) == expected


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", Fault.NOT_DIGITS),
        ("abc", Fault.NOT_DIGITS),
        (" 96385074", Fault.NOT_DIGITS),
        ("96385074\n", Fault.NOT_DIGITS),
        ("9638-5074", Fault.NOT_DIGITS),
        ("+96385074", Fault.NOT_DIGITS),
        ("٩٦٣٨٥٠٧٤", Fault.NOT_DIGITS),
        ("9638507\uff14", Fault.NOT_DIGITS),  # a full-width 4
        ("9638507²", Fault.NOT_DIGITS),
        ("\udcff96385074", Fault.NOT_DIGITS),
        ("0", Fault.LENGTH),
        ("6385074", Fault.LENGTH),
        ("096385074", Fault.LENGTH),
        ("0096385074", Fault.LENGTH),
        ("12345678905", Fault.LENGTH),
        ("000012345678905", Fault.LENGTH),
        ("00000000", Fault.ALL_ZEROS),
        ("000000000000", Fault.ALL_ZEROS),
        ("0000000000000", Fault.ALL_ZEROS),
        ("00000000000000", Fault.ALL_ZEROS),
        ("96385075", Fault.CHECK_DIGIT),
        ("00012345678906", Fault.CHECK_DIGIT),
    ],
)
def test_anything_else_is_refused_for_what_is_wrong_with_it(text: str, fault: Fault) -> None:
    assert fault_of(text) is fault


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("01234565", "012345000065"),  # as a GTIN-8, its check digit would be right as well
        ("01245714", "012100004574"),
        ("04252614", "042100005264"),
        ("01234531", "012300000451"),
        ("01234145", "012340000015"),
        ("07838604", "078000003864"),
        ("07838605", None),
        ("00000017", None),
    ],
)
def test_eight_digits_that_begin_with_0_are_a_upc_e_or_a_number_of_a_shop(short: str, long: str | None) -> None:
    with pytest.raises(NotAGtin) as caught:
        gtin.parse(short)
    assert (caught.value.fault, caught.value.stands_for) == (Fault.SHORT_CODE, long)
    if long:
        assert gtin.parse(long) == f"00{long}"
        assert f"short for the GTIN {long}" in str(caught.value)
    else:
        assert "inside a shop" in str(caught.value)


def test_the_message_names_the_right_last_digit_and_does_not_vouch_for_it() -> None:
    with pytest.raises(NotAGtin, match="last digit would have to be 5, or another digit is wrong"):
        gtin.parse("00012345678906")


def test_a_message_never_repeats_what_a_terminal_would_obey() -> None:
    with pytest.raises(NotAGtin) as caught:
        gtin.parse("\x1b[2J\udcff" + "x" * 1000)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 150


@given(BODIES)
def test_of_ten_last_digits_exactly_the_check_digit_is_taken(body: str) -> None:
    taken = []
    for last in "0123456789":
        try:
            taken.append(gtin.parse(body + last))
        except NotAGtin:
            continue
    is_one = body.strip("0") and not (len(body) == 7 and body[0] == "0")
    assert taken == ([(body + gtin.check_digit(body)).zfill(14)] if is_one else [])


@given(BODIES)
def test_the_check_digit_makes_the_weighted_sum_a_multiple_of_ten(body: str) -> None:
    digits = [int(digit) for digit in body + gtin.check_digit(body)]
    assert (sum(digits[::-1][::2]) + 3 * sum(digits[::-1][1::2])) % 10 == 0


@given(st.text())
def test_no_text_raises_anything_else(text: str) -> None:
    try:
        parsed = gtin.parse(text)
    except NotAGtin:
        return
    assert parsed.isascii()
    assert len(parsed) == 14
    assert gtin.parse(parsed) == parsed
