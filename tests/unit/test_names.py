from __future__ import annotations

import pytest

from folder_sync.photo import Format, Gtin14, Label
from folder_sync.rules.names import convention
from folder_sync.rules.names.convention import Named, Rejected

GTIN = Gtin14("00012345678905")


def rejected(name: str) -> Rejected:
    understood = convention.parse(name)
    assert isinstance(understood, Rejected), understood
    return understood


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("00012345678905.jpg", Label(GTIN)),
        ("012345678905.jpg", Label(GTIN)),
        ("00012345678905__Front_of_package__primary.jpg", Label(GTIN, "Front of package", is_primary=True)),
        ("00012345678905__primary__Front.jpg", Label(GTIN, "Front", is_primary=True)),
        ("00012345678905__Front__2__PRIMARY.jpg", Label(GTIN, "Front", is_primary=True, number=2)),
        ("00012345678905__007.jpg", Label(GTIN, number=7)),
        ("00012345678905__0.jpg", Label(GTIN, number=0)),
        ("00012345678905__999__Back.jpg", Label(GTIN, "Back", number=999)),
        ("00012345678905__1000.jpg", Label(GTIN, "1000")),
        ("00012345678905__٣.jpg", Label(GTIN, "٣")),  # a digit, but not an ASCII one
        ("00012345678905____Front____2__.jpg", Label(GTIN, "Front", number=2)),
        ("00012345678905___Front_.jpg", Label(GTIN, "Front")),
        ("00012345678905__ _ __Front.jpg", Label(GTIN, "Front")),
        ("00012345678905__ Front _ of\u00a0\u3000package .jpg", Label(GTIN, "Front of package")),
        ("00012345678905__Cafe\u0301.jpg", Label(GTIN, "Café")),
        ("00012345678905__v1.2.jpg", Label(GTIN, "v1.2")),
        ("00012345678905__hero.jpg", Label(GTIN, "hero")),
        ("00012345678905__primary_display.jpg", Label(GTIN, "primary display")),
        ("00012345678905__primaries.jpg", Label(GTIN, "primaries")),
        ("00012345678905__" + "x" * 255 + ".jpg", Label(GTIN, "x" * 255)),
        ("00012345678905__" + "e\u0301" * 255 + ".jpg", Label(GTIN, "é" * 255)),
    ],
)
def test_a_good_name_is_understood(name: str, label: Label) -> None:
    assert convention.parse(name) == Named(label, Format.JPEG)


@pytest.mark.parametrize(
    ("extension", "expected"),
    [
        ("jpg", Format.JPEG),
        ("jpeg", Format.JPEG),
        ("JPeG", Format.JPEG),
        ("png", Format.PNG),
        ("GIF", Format.GIF),
        ("webp", Format.WEBP),
        ("svg", Format.SVG),
        ("Bmp", Format.BMP),
    ],
)
def test_every_extension_in_any_letter_case(extension: str, expected: Format) -> None:
    assert convention.parse(f"00012345678905.{extension}") == Named(Label(GTIN), expected)


@pytest.mark.parametrize(
    ("name", "code", "gtin"),
    [
        ("", "bad_name", None),
        ("x", "bad_name", None),
        ("notes.docx", "bad_name", None),
        (" 00012345678905.jpg", "bad_name", None),
        ("__00012345678905.jpg", "bad_name", None),
        ("00012345678905_.jpg", "bad_name", None),
        ("00012345678905__a\tb.jpg", "bad_name", None),
        ("00012345678905.jpg\n", "bad_name", None),
        ("00012345678905__\udcff.jpg", "bad_name", None),
        ("00012345678905.jp\udce9g", "bad_name", None),
        ("00012345678906__a\x85b.jpg", "bad_name", None),
        ("12345.jpg", "bad_gtin", None),
        ("00012345678906__primay.heic", "bad_gtin", None),
        ("00000000000000.jpg", "bad_gtin", None),
        ("00012345678905__1__2.jpg", "bad_name", GTIN),
        ("00012345678905__1__1.jpg", "bad_name", GTIN),
        ("00012345678905__primary__Front__Primary.jpg", "bad_name", GTIN),
        ("00012345678905__Front__side.heic", "unknown_flag", GTIN),
        ("00012345678905__" + "x" * 256 + ".heic", "title_too_long", GTIN),
        ("00012345678905.heic", "unsupported_format", GTIN),
        ("00012345678905__Front.", "unsupported_format", GTIN),
        ("00012345678905", "unsupported_format", GTIN),
        ("00012345678905.jpg ", "unsupported_format", GTIN),
    ],
)
def test_a_name_is_refused_for_the_first_thing_wrong_with_it(name: str, code: str, gtin: str | None) -> None:
    refused = rejected(name)
    assert (refused.reason.code, refused.gtin) == (code, gtin)


@pytest.mark.parametrize(
    "part",
    ["primay", "Primay", "rimary", "primarys", "pprimary", "primery", "pirmary", "PRIMARY.", "pr\u0131mary",
     "primary\u200b", "_primary", " primary ", " primry "],
)  # fmt: skip
def test_one_slip_from_primary_is_a_question_and_never_a_title(part: str) -> None:
    for name in (f"00012345678905__{part}.jpg", f"00012345678905__Front__{part}__2.jpg"):
        refused = rejected(name)
        assert refused.reason.code == "unknown_flag"
        assert part in refused.reason.message
        assert '"primary" was probably meant' in refused.reason.message
        assert refused.suggestion == name.replace(part, "primary")


def test_the_slip_is_named_rather_than_the_other_unknown_part() -> None:
    assert rejected("00012345678905__Front__side__primay.jpg").reason.message.startswith('"primay" is not a flag')


def test_the_flag_meant_is_named_even_where_no_whole_name_can_be_suggested() -> None:
    refused = rejected("00012345678905__primay.heic")
    assert refused.suggestion is None
    assert '"primary"' in refused.reason.message


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        # one underscore, a dash or a blank after the GTIN
        ("00012345678905_Front_side.jpg", "00012345678905__Front_side.jpg"),
        ("00012345678905-Front.jpg", "00012345678905__Front.jpg"),
        ("00012345678905 – Front.jpg", "00012345678905__Front.jpg"),
        ("00012345678905_primary.jpg", "00012345678905__primary.jpg"),
        ("00012345678905_Front_primary.jpg", "00012345678905__Front__primary.jpg"),
        ("00012345678905_Front__2.jpg", "00012345678905__Front__2.jpg"),
        ("012345678905-2.jpg", "012345678905__2.jpg"),
        ("012345678905-0.jpg", "012345678905__0.jpg"),  # 0123456789050 would be a GTIN too
        # padding, and things in front
        (" 00012345678905.jpg", "00012345678905.jpg"),
        ("00012345678905_.jpg", "00012345678905.jpg"),
        ("__00012345678905__Front.jpg", "00012345678905__Front.jpg"),
        ("Front__00012345678905__primary.jpg", "00012345678905__Front__primary.jpg"),
        ("IMG_20240517_00012345678905.jpg", "00012345678905__IMG_20240517.jpg"),
        # separators within the GTIN, digits of other scripts, lost zeros
        ("0001-2345-6789-05__Front.jpg", "00012345678905__Front.jpg"),
        ("4 006381 333931.jpg", "4006381333931.jpg"),
        ("3100 6141410074.jpg", "31006141410074.jpg"),  # 006141410074 would be a GTIN too
        ("0001234567890\uff15__2.jpg", "00012345678905__2.jpg"),
        ("٠٠٠١٢٣٤٥٦٧٨٩٠٥.jpg", "00012345678905.jpg"),
        ("12345678905_Front.jpg", "012345678905__Front.jpg"),
        ("12345678905__Front.jpg", "012345678905__Front.jpg"),
        # a second extension, a control character
        ("00012345678905.jpeg.jpg", "00012345678905.jpg"),
        ("00012345678905__Front\r\nside.jpg", "00012345678905__Front side.jpg"),
        # flags
        ("00012345678905__Front__hero.jpg", "00012345678905__Front__primary.jpg"),
        ("00012345678905__Front__Main.jpg", "00012345678905__Front__primary.jpg"),
        ("00012345678905__Front__(2).jpg", "00012345678905__Front__2.jpg"),
        ("00012345678905__Front____left_side__2.jpg", "00012345678905__Front_left_side__2.jpg"),
        ("00012345678905__primary__Front__PRIMARY.jpg", "00012345678905__primary__Front.jpg"),
        ("00012345678905__2__2.jpg", "00012345678905__2.jpg"),
    ],
)
def test_a_near_miss_is_met_with_a_name_that_would_do(name: str, suggestion: str) -> None:
    refused = rejected(name)
    assert refused.suggestion == suggestion
    assert refused.reason.message.endswith(f'Did you mean "{suggestion}"?')


@pytest.mark.parametrize(
    "name",
    [
        "notes.docx",
        "IMG_0001.jpg",
        "17.jpg",  # 00000017 is a GTIN-8, by chance
        "00012345678905_Front.heic",  # would be refused again
        "00000000.jpg",
        "00000000_Front.jpg",
        "00012345678905__1__2.jpg",
        "00012345678905__primary__primay.jpg",
        "00012345678905__\udcff.jpg",
        "x" * 1000 + "00012345678905.jpg",
    ],
)
def test_nothing_is_suggested_where_nothing_is_near(name: str) -> None:
    refused = rejected(name)
    assert refused.suggestion is None
    assert "Did you mean" not in refused.reason.message
    assert refused.reason.message.endswith(".")


def test_a_swap_of_two_digits_is_suggested() -> None:
    refused = rejected("614141003749__Front.jpg")
    assert refused.suggestion == "614141007349__Front.jpg"
    assert "Two digits may be swapped." in refused.reason.message


def test_no_swap_is_suggested_where_several_would_make_a_gtin() -> None:
    for right in ("012345678905", "102435678905"):  # both are one swap away from the name below
        assert isinstance(convention.parse(f"{right}.jpg"), Named)
    assert rejected("012435678905.jpg").suggestion is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("00012345678905_Front.jpg", "two underscores"),
        ("12345678905.jpg", "Leading zeros may have got lost"),
        ("00012345678905.heic", "Export the photo as JPEG"),
        ("00012345678905", "no file extension"),
        ("00012345678905__Front__side.jpg", '"side" is not a flag'),
        ("00012345678905__" + "x" * 256 + ".jpg", "256 characters, and 255"),
        ("00012345678905__1__2.jpg", "more than one number"),
        ("00012345678905__primary__primary.jpg", "primary twice"),
        ("00012345678906.jpg", "would have to be 5, or another digit is wrong"),
        ("notes.docx", "00012345678905__Front_of_package__primary.jpg"),
    ],
)
def test_the_message_says_what_is_wrong_or_what_to_do(name: str, words: str) -> None:
    assert words in rejected(name).reason.message


@pytest.mark.parametrize(
    "hostile", ["1234567 " * 20_000, "_" * 100_000 + "x", "00012345678905" + "__x" * 50_000, "1" * 100_000]
)
def test_a_name_far_longer_than_any_file_has_gets_a_short_answer(hostile: str) -> None:
    assert len(rejected(hostile).reason.message) < 400


@pytest.mark.parametrize(
    ("label", "image_format", "name"),
    [
        (Label(GTIN), Format.JPEG, "00012345678905.jpg"),
        (Label(GTIN, "Front of package", is_primary=True), Format.PNG, "00012345678905__Front_of_package__primary.png"),
        (Label(GTIN, "Front", is_primary=True, number=2), Format.SVG, "00012345678905__Front__primary__2.svg"),
        (Label(GTIN, number=0), Format.WEBP, "00012345678905__0.webp"),
    ],
)
def test_a_label_is_written_as_its_canonical_name(label: Label, image_format: Format, name: str) -> None:
    assert convention.format(label, image_format) == name


@pytest.mark.parametrize(
    "label",
    [
        Label(GTIN, "snake_case"),
        Label(GTIN, "two  spaces"),
        Label(GTIN, " padded"),
        Label(GTIN, "a/b"),
        Label(GTIN, "a\tb"),
        Label(GTIN, "\udcff"),
        Label(GTIN, "Cafe\u0301"),
        Label(GTIN, "primary"),
        Label(GTIN, "Primay"),
        Label(GTIN, "12"),
        Label(GTIN, "x" * 256),
        Label(GTIN, "é" * 200),  # 255 characters would do for the title, but not 400 bytes for a file
        Label(GTIN, number=1000),
        Label(GTIN, number=-1),
        Label(Gtin14("012345678905")),
    ],
)
def test_a_label_that_no_name_can_say_is_not_written(label: Label) -> None:
    with pytest.raises(ValueError, match="No file name says"):
        convention.format(label, Format.JPEG)
