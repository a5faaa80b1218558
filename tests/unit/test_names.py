from __future__ import annotations

import pytest

from folder_sync.photo import Format, Gtin14, Label
from folder_sync.rules.names import convention, gtin
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
        ("00012345678905__hero_shot.jpg", Label(GTIN, "hero shot")),
        ("00012345678905__Hero_0__primary.jpg", Label(GTIN, "Hero 0", is_primary=True)),
        ("00012345678905__main-2.jpg", Label(GTIN, "main-2")),
        ("00012345678905__main_and_back.jpg", Label(GTIN, "main and back")),
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
        ("00012345678905.jpg.", "unsupported_format", GTIN),
        ("00012345678905__Front.zip", "unsupported_format", GTIN),
        ("00012345678905__Front.jpg.heic", "unsupported_format", GTIN),
        ("00012345678905__Front.jpg.lock", "unsupported_format", GTIN),
        ("01234565.jpg", "bad_gtin", None),
        ("00012345678905__Front (1).heic", "copy_name", GTIN),
        ("00012345678905__primary (1).heic", "unknown_flag", GTIN),
    ],
)
def test_a_name_is_refused_for_the_first_thing_wrong_with_it(name: str, code: str, gtin: str | None) -> None:
    refused = rejected(name)
    assert (refused.reason.code, refused.gtin) == (code, gtin)


@pytest.mark.parametrize(
    "part",
    ["primay", "Primay", "rimary", "primarys", "pprimary", "primery", "pirmary", "PRIMARY.", "pr\u0131mary",
     "_primary", " primary ", " primry "],
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
        ("00012345678905__Front\r\nside.jpg", "00012345678905__Front side.jpg"),
        # flags
        ("00012345678905__Front__hero.jpg", "00012345678905__Front__primary.jpg"),
        ("00012345678905__Front__Main.jpg", "00012345678905__Front__primary.jpg"),
        ("00012345678905__Front__(2).jpg", "00012345678905__Front__2.jpg"),
        ("00012345678905__Front____left_side__2.jpg", "00012345678905__Front_left_side__2.jpg"),
        ("00012345678905__primary__Front__PRIMARY.jpg", "00012345678905__primary__Front.jpg"),
        ("00012345678905__2__2.jpg", "00012345678905__2.jpg"),
        # to be copied, so all of it is said
        (f"00012345678905_{'long_' * 40}side.jpg", f"00012345678905__{'long_' * 40}side.jpg"),
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


@pytest.mark.parametrize(
    "name",
    [
        "614141003749__Front.jpg",  # two digits swapped
        "012435678905.jpg",
        "4006381333913.jpg",
        "07838605__Front.jpg",
        "IMG_20240517_123456.jpg",  # date and time would make a GTIN-14
        "IMG 20240110.jpg",  # and this date a GTIN-8
        "2024-01-10 12345.jpg",
    ],
)
def test_the_number_of_another_product_is_never_offered(name: str) -> None:
    assert rejected(name).suggestion is None


@pytest.mark.parametrize("short", ["01234565", "01245714", "04252614"])
def test_a_upc_e_is_met_with_the_gtin_that_it_stands_for(short: str) -> None:
    refused = rejected(f"{short}__Front.jpg")
    assert refused.reason.code == "bad_gtin"
    assert "UPC-E" in refused.reason.message
    assert refused.suggestion is not None
    assert gtin.parse(refused.suggestion.partition("__")[0])


@pytest.mark.parametrize(
    ("part", "suggestion"),
    [
        ("primary-2", "primary__2"),
        ("primary (1)", "primary"),
        ("primary copy", "primary"),
        ("primary - Kopie", "primary"),
        ("primary.jpg", "primary"),
        ("primary_1", "primary__1"),
        ("primary1", "primary__1"),
        ("Primary 2024", "2024__primary"),
        ("primay (2)", "primary"),
        ("hero", "primary"),
        ("Main", "primary"),
        ("hero (1)", "primary"),
        ("Front_primary", "Front__primary"),
        ("Front-primary", "Front__primary"),
        ("Front primary", "Front__primary"),
        ("Front, PRIMARY", "Front__primary"),
        ("Front_primay", "Front__primary"),
        ("Front_of_package_primary-2", "Front_of_package__primary__2"),
        ("Front_primary (1)", "Front__primary"),
        ("primary_display_primary", "primary_display__primary"),
    ],
)
def test_what_was_to_be_the_hero_is_asked_for_and_stays_the_hero(part: str, suggestion: str) -> None:
    refused = rejected(f"00012345678905__{part}.jpg")
    assert refused.reason.code == "unknown_flag"
    assert refused.suggestion == f"00012345678905__{suggestion}.jpg"


@pytest.mark.parametrize("part", ["primary-2", "primary (1)", "primary.jpg", "primary_1", "hero"])
def test_beside_a_title_it_stays_the_hero_too(part: str) -> None:
    suggestion = rejected(f"00012345678905__Front__{part}.jpg").suggestion
    assert suggestion is not None
    understood = convention.parse(suggestion)
    assert isinstance(understood, Named)
    assert (understood.label.title, understood.label.is_primary) == ("Front", True)


@pytest.mark.parametrize("title", ["Primary_packaging", "primary_Top", "PRIMARY"])
def test_a_title_that_begins_with_the_word_is_noted(title: str) -> None:
    understood = convention.parse(f"00012345678905__{title}.jpg")
    assert isinstance(understood, Named)
    assert [remark.code for remark in understood.remarks] == ([] if title == "PRIMARY" else ["says_primary"])
    hero = convention.parse(f"00012345678905__{title}__primary.jpg")
    assert not isinstance(hero, Named) or hero.remarks == ()


COPIES = [
    # Explorer, Finder, file managers of Linux, browsers
    "Front (1)", "Front(2)", "Front_(1)", "Front - Copy", "Front - Copy (2)", "Front-copy", "Front copy",
    "Front copy 2", "Front_copy", "Front (copy)", "Front (another copy)", "Front (3rd copy)", "Front (copy 1)",
    "Front - Copy - Copy",
    "Front - Kopie", "Front - Kopie (2)", "Front Kopie 2", "Front (Kopie)", "Front (3. Kopie)", "Front - Copie",
    "Front (autre copie)", "Front copie 2", "Front - copia", "Front - Cópia", "Front - Kopia", "Front kopi",
    "Front - Копия", "Front — копия", "Front - 副本", "Front 拷贝", "Frontのコピー", "Front - コピー", "Front 복사본",
    "Front - Másolat", "Front - Kopya", "Front.jpg", "Front.JPEG", "Front.png", "Front.jpg (1)",
    # synchronisation
    "Front.sync-conflict-20240517-123456-ABCDEFG", "Front (Jane's conflicted copy 2024-05-17)",
    "Front (conflicted copy 2024-05-17 123456)", "Front (In Konflikt stehende Kopie von Jane 2024-05-17)",
    "Front (Copie en conflit de Jane 2024-05-17)", "Front (Case Conflict)", "Front_conflict-20240517-123456",
    "Front-DESKTOP-AB12CD3", "Front (SFConflict jane@example.com 2024-05-17-12-34-56)",
    "Front_DiskStation_May-17-1234-2024_Conflict",
]  # fmt: skip


@pytest.mark.parametrize("copy", COPIES)
def test_a_copy_that_a_computer_made_is_told_from_a_photo(copy: str) -> None:
    refused = rejected(f"00012345678905__{copy}.jpg")
    assert refused.reason.code == "copy_name"
    assert refused.suggestion == "00012345678905__Front.jpg"
    assert refused.copy_of == Label(GTIN, "Front")
    assert '"00012345678905__Front.jpg", or "00012345678905__Front__2.jpg" for another photo' in refused.reason.message


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("00012345678905 (1).jpg", Label(GTIN)),
        ("00012345678905 - Copy.jpg", Label(GTIN)),
        ("00012345678905.jpeg.jpg", Label(GTIN)),
        ("Copy of 00012345678905__Top.jpg", Label(GTIN, "Top")),
        ("Kopie von 00012345678905__Top.jpg", Label(GTIN, "Top")),
        ("Copy (2) of 00012345678905__Top.jpg", Label(GTIN, "Top")),
        ("Copia de 00012345678905__Top.jpg", Label(GTIN, "Top")),
        ("00012345678905__Top__2 (1).jpg", Label(GTIN, "Top", number=2)),
        ("00012345678905__Top (1)__primary.jpg", Label(GTIN, "Top", is_primary=True)),
    ],
)
def test_a_copy_names_what_it_is_a_copy_of(name: str, label: Label) -> None:
    refused = rejected(name)
    assert (refused.reason.code, refused.copy_of) == ("copy_name", label)


@pytest.mark.parametrize("name", ["00012345678905__primary (1).jpg", "00012345678905__Front__primary - Kopie.jpg"])
def test_the_copy_of_a_hero_is_a_question_about_the_hero_and_yet_known_as_a_copy(name: str) -> None:
    refused = rejected(name)
    assert refused.reason.code == "unknown_flag"
    assert refused.copy_of is not None
    assert refused.copy_of.is_primary


@pytest.mark.parametrize(
    "title", ["copy", "Photocopy", "Front (2024)", "Pack of 6", "Detail 2", "Kopiergerät", "Copyright", "v1.2", "(1)a"]
)
def test_what_only_looks_like_a_copy_is_a_title(title: str) -> None:
    assert convention.parse(f"00012345678905__{title}.jpg") == Named(Label(GTIN, title), Format.JPEG)


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("00012345678905__Front\u200b.jpg", Label(GTIN, "Front")),
        ("00012345678905__\u200b.jpg", Label(GTIN)),
        ("00012345678905__pri\u200b\u200bmary.jpg", Label(GTIN, is_primary=True)),
        ("00012345678905__primary\u200b.jpg", Label(GTIN, is_primary=True)),
        ("\ufeff00012345678905__Front.jpg", Label(GTIN, "Front")),
        ("\u202a00012345678905\u200b__Front.jpg", Label(GTIN, "Front")),
        ("00012345678905__Fro\u00adnt\u200e.jpg", Label(GTIN, "Front")),
        ("00012345678905__Front\uf022_side\uf028.jpg", Label(GTIN, "Front: side")),
        ("00012345678905__5\uf020.jpg", Label(GTIN, '5"')),
        ("00012345678905__می\u200cخواهم.jpg", Label(GTIN, "می\u200cخواهم")),  # belongs to the spelling
        ("00012345678905__👩\u200d🔧.jpg", Label(GTIN, "👩\u200d🔧")),
        ("00012345678905__❤\ufe0f.jpg", Label(GTIN, "❤\ufe0f")),
        ("00012345678905__Front\ufe0f.jpg", Label(GTIN, "Front")),
    ],
)
def test_letters_that_nobody_sees_are_taken_out_or_translated(name: str, label: Label) -> None:
    assert convention.parse(name) == Named(label, Format.JPEG)


@pytest.mark.parametrize(
    "hidden",
    ["\u202e", "\u202d", "\u206a", "\uf03a", "\ue000", "\uffff", "\u3164", "\u2800", "\u115f", "\U000e0041", "\ufff9"],
)
def test_of_others_nobody_knows_what_was_meant_and_they_are_named(hidden: str) -> None:
    refused = rejected(f"00012345678905__Fr{hidden}ont.jpg")
    assert refused.reason.code == "bad_name"
    assert f"nobody sees: U+{ord(hidden):04X}" in refused.reason.message
    assert hidden not in refused.reason.message
    assert refused.suggestion == "00012345678905__Front.jpg"


def test_a_letter_that_got_lost_is_named() -> None:
    assert "U+FFFD" in rejected("00012345678905__Fr\ufffdnt.jpg").reason.message


@pytest.mark.parametrize(
    ("ending", "words"),
    [(" ", "ends with a space"), (".", "ends with a dot"), ("\uf028", "ends with a space"), ("\uf029", "with a dot")],
)
def test_a_blank_or_dot_at_the_end_is_named(ending: str, words: str) -> None:
    for stem in ("00012345678905", "00012345678905__Top", "00012345678905__primary"):
        refused = rejected(f"{stem}.jpg{ending}")
        assert words in refused.reason.message
        assert refused.suggestion == f"{stem}.jpg"


@pytest.mark.parametrize("extension", ["jfif", "JPE", "jif", "pjpeg"])
def test_a_jpeg_under_another_ending_has_only_to_be_renamed(extension: str) -> None:
    refused = rejected(f"00012345678905__Front.{extension}")
    assert refused.reason.code == "unsupported_format"
    assert "rename it to end in .jpg" in refused.reason.message
    assert refused.suggestion == "00012345678905__Front.jpg"


@pytest.mark.parametrize("found", Format)
def test_bytes_that_go_have_only_to_be_renamed(found: Format) -> None:
    refused = convention.parse_by_bytes("00012345678905__Front.xyz", found)
    assert isinstance(refused, Rejected)
    assert refused.reason.code == "unsupported_format"
    assert f"rename it to end in .{found}." in refused.reason.message
    assert refused.suggestion == f"00012345678905__Front.{found}"
    assert convention.parse_by_bytes("x.xyz", found) == convention.parse("x.xyz")
    assert convention.parse_by_bytes("00012345678905.jpg", found) == convention.parse("00012345678905.jpg")


@pytest.mark.parametrize(
    ("extension", "words"),
    [("zip", "a ZIP archive under a photo's name"), ("PDF", "a PDF under"), ("txt", "a text file under")],
)
def test_what_is_no_photo_but_named_as_one_is_said_to_be_none(extension: str, words: str) -> None:
    refused = rejected(f"00012345678905__Front__primary.{extension}")
    assert refused.reason.code == "unsupported_format"
    assert words in refused.reason.message
    for other in ("notes", "00012345678906", "00012345678905__Front.jpg", "00012345678905__Front__side"):
        assert isinstance(convention.parse(f"{other}.{extension}"), convention.Ignored)


@pytest.mark.parametrize("extension", ["mp4", "docx", "ini"])
def test_whoever_delivers_no_photo_is_not_told_to_export_it(extension: str) -> None:
    assert "If it is a photo" in rejected(f"00012345678905__Front.{extension}").reason.message


@pytest.mark.parametrize(
    ("name", "suggestion"),
    [
        ("00012345678905__Top__v2.jpg", "00012345678905__Top__2.jpg"),
        ("00012345678905__Top__V02.jpg", "00012345678905__Top__02.jpg"),
        ("00012345678905__Top__nr. 3.jpg", "00012345678905__Top__3.jpg"),
        ("00012345678905__Top__final.jpg", "00012345678905__Top.jpg"),
        ("4O06381333931.jpg", "4006381333931.jpg"),
        ("4oo638I33393l__Front.jpg", "4006381333931__Front.jpg"),
        ("4O06381333931_Front.jpg", "4006381333931__Front.jpg"),
    ],
)
def test_more_near_misses(name: str, suggestion: str) -> None:
    assert rejected(name).suggestion == suggestion


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
