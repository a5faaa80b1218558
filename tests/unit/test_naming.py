"""Names of other houses: GS1's, a folder a product, templates; and what holds for all of them together."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from folder_sync.photo import Format, Gtin14, Label
from folder_sync.rules.names import naming, products
from folder_sync.rules.names.matching import Text, Values, matched
from folder_sync.rules.names.meaning import Ignored, Named, Rejected, Understanding
from folder_sync.rules.names.naming import Naming
from folder_sync.rules.names.products import SKU_MAX
from folder_sync.rules.names.shots import Shot, Shots
from folder_sync.rules.names.template import BadTemplate, compiled

GTIN = Gtin14("04006381333931")
OTHER = Gtin14("00012345678905")
SHOTS = Shots(
    [
        Shot("Front of package", ("front", "MAIN", "C1N1"), primary=True, required=True),
        Shot("Back", ("BACK", "PT01")),
        Shot("Detail"),
    ]
)
PRODUCTS = products.parse(
    "gtin;sku;name\n4006381333931;AB-12;Tee\n012345678905;AB-12_X;Kaffee\n012345678905;7;Sieben\n"
)
BY_SKU = "{sku}_{shot}[_{number}]"


def read(path: str, *entries: str, shots: Shots | None = None) -> Understanding:
    return Naming(entries, shots, PRODUCTS).understand(path)


def label(path: str, *entries: str, shots: Shots | None = None) -> Label:
    understood = read(path, *entries, shots=shots)
    assert isinstance(understood, Named), understood
    return understood.label


def refused(path: str, *entries: str, shots: Shots | None = None) -> Rejected:
    understood = read(path, *entries, shots=shots)
    assert isinstance(understood, Rejected), understood
    return understood


@pytest.mark.parametrize(
    ("stem", "title", "number"),
    [
        # as they are met with in public
        ("00068100896282_a1c1_en", "Front, from above (en)", None),
        ("00688083003790_a1c1_en", "Front, from above (en)", None),
        ("07310867561419_C1N1_s01", "Front", 1),
        ("08720181248252_H1N1_s28", "Front", 28),
        ("09556041604734_a1n1", "Front", None),
        ("3017760314497_A1L1_s03", "Front, from the left", 3),
        ("6419042392693_C1N1_s01", "Front", 1),
        ("04902430429368_C1N1_150ml_Front_White", "Front, 150ml Front White", None),
        ("00049000007640_A1N1__06655.1738184844", "06655.1738184844", None),
        ("4006381333931_A1N1_2511315_S13", "Front, 2511315", 13),
        # each character of the code
        ("4006381333931_C2N1", "Left side", None),
        ("4006381333931_C3N1", "Top", None),
        ("4006381333931_C7N1", "Back", None),
        ("4006381333931_C8N1", "Right side", None),
        ("4006381333931_C9N1", "Bottom", None),
        ("4006381333931_C0N1", "", None),
        ("4006381333931_C1R1", "Front, from the right", None),
        ("4006381333931_C1N0", "Front, out of packaging", None),
        ("4006381333931_C1NO", "Front, out of packaging", None),
        ("4006381333931_C1NA", "Front, case", None),
        ("4006381333931_C1NB", "Front, inner pack", None),
        ("4006381333931_C1NC", "Front, raw", None),
        ("4006381333931_C1ND", "Front, prepared", None),
        ("4006381333931_C1NP", "Front", None),
        ("4006381333931_Z7C0_fr-CA", "Back, from above, out of packaging (fr-ca)", None),
        ("4006381333931_C0L0", "From the left, out of packaging", None),
        ("4006381333931_C0N1_de", "(de)", None),
        # behind it
        ("4006381333931_C1N1_XL", "Front, XL", None),
        ("4006381333931_C1N1_XL_en", "Front, XL en", None),
        ("4006381333931_C1N1_s1_s2", "Front, s2", 1),
        ("4006381333931_C1N1_en__Own_title", "Own title", None),
        ("4006381333931_C1N1__2", "Front", 2),
        ("4006381333931_C1N1_", "Front", None),
        ("012345678905_c1n1", "Front", None),
        ("96385074_C1N1", "Front", None),
    ],
)
def test_gs1_names(stem: str, title: str, number: int | None) -> None:
    for name in (f"{stem}.jpg", f"some/folder/{stem}.JPG"):
        found = label(name, "gs1")
        assert (found.title, found.number, found.is_primary) == (title, number, False)


def test_a_gs1_name_is_the_hero_by_its_flag_or_by_a_shot() -> None:
    assert label("4006381333931_C1N1__primary.jpg", "gs1").is_primary
    assert not label("4006381333931_C1N1.jpg", "gs1").is_primary
    assert label("4006381333931_c1n1.jpg", "gs1", shots=SHOTS) == Label(GTIN, "Front of package", is_primary=True)
    assert label("4006381333931_A1N1.jpg", "gs1", shots=SHOTS) == Label(GTIN, "Front")
    assert label("4006381333931_C1N1_en__Own.jpg", "gs1", shots=SHOTS) == Label(GTIN, "Own", is_primary=True)


@pytest.mark.parametrize(
    ("stem", "code", "suggestion"),
    [
        ("4006381333932_C1N1", "bad_gtin", None),
        ("400638133393_C1N1", "bad_gtin", None),
        ("01234565_C1N1", "bad_gtin", "012345000065_C1N1"),
        ("4006381333931-C1N1", "bad_name", "4006381333931_C1N1"),
        ("4006381333931 C1N1", "bad_name", "4006381333931_C1N1"),
        ("4006381333931__C1N1", "bad_name", "4006381333931_C1N1"),
        ("4006381333931__C1N1__primary", "bad_name", "4006381333931_C1N1__primary"),
        ("4006381333931_CIN1", "bad_name", "4006381333931_C1N1"),
        ("4006381333931.c1n1.en", "bad_name", "4006381333931_C1N1_en"),
        ("4006381333931_C1X1", "bad_name", None),
        ("4006381333931_C1N", "bad_name", None),
        ("4006381333931_C4N1", "bad_name", None),
        ("4006381333931", "bad_name", None),
        ("4006381333931_C1N1_primary", "unknown_flag", "4006381333931_C1N1__primary"),
        ("4006381333931_C1N1_en_primay", "unknown_flag", "4006381333931_C1N1_en__primary"),
        ("4006381333931_C1N1__primay", "unknown_flag", "4006381333931_C1N1__primary"),
        ("4006381333931_C1N1_s1__2", "bad_name", None),
        ("4006381333931_C1N1 (1)", "copy_name", "4006381333931_C1N1"),
    ],
)
def test_near_misses_of_gs1_names(stem: str, code: str, suggestion: str | None) -> None:
    found = refused(f"{stem}.jpg", "gs1")
    assert found.reason.code == code
    assert found.suggestion == (suggestion and f"{suggestion}.jpg")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("4006381333931/Front__primary.jpg", Label(GTIN, "Front", is_primary=True)),
        ("4006381333931/Front_of_package__2.jpg", Label(GTIN, "Front of package", number=2)),
        ("4006381333931/1.jpg", Label(GTIN, number=1)),
        ("4006381333931_Tee/Back.jpg", Label(GTIN, "Back")),
        ("4006381333931-Tee/Back.jpg", Label(GTIN, "Back")),
        ("4006381333931 Tee, grün/Back.jpg", Label(GTIN, "Back")),
        ("autumn/4006381333931/day 2/Back.jpg", Label(GTIN, "Back")),
        ("012345678905/4006381333931/Back.jpg", Label(GTIN, "Back")),
        ("4006381333931/20240110/Back.jpg", Label(GTIN, "Back")),
        ("4006381333931/10012024/Back.jpg", Label(GTIN, "Back")),
        ("96385074/Back.jpg", Label(Gtin14("00000096385074"), "Back")),
        *((f"4006381333931/{name}.jpg", Label(GTIN)) for name in (
            "DSC_1234", "DSC01234", "_DSC1234", "DSCF1234", "IMG_0001", "IMG_20240517_123456", "_MG_0001", "P1010001",
            "PXL_20240517_123456789", "0001", "00012", "L1000123", "GOPR0001", "Untitled-1", "image1", "Scan 3",
        )),
        ("4006381333931/DSC_1234__primary.jpg", Label(GTIN, is_primary=True)),
        ("4006381333931/Designer.jpg", Label(GTIN, "Designer")),
        ("4006381333931/4006381333931__Back.jpg", Label(GTIN, "Back")),
        ("4006381333931/4006381333931_2.jpg", Label(GTIN, number=2)),
        ("4006381333931/04006381333931.jpg", Label(GTIN)),
        ("4006381333932/4006381333931__Back.jpg", Label(GTIN, "Back")),
        ("4006381333931/20240110_Back.jpg", Label(GTIN, "20240110 Back")),
    ],
)  # fmt: skip
def test_a_folder_a_product(path: str, expected: Label) -> None:
    assert label(path, "folder") == expected


@pytest.mark.parametrize(
    ("path", "code", "words"),
    [
        ("Back.jpg", "bad_name", "does not lie in a folder"),
        ("shoes/Back.jpg", "bad_name", "does not lie in a folder"),
        ("20240110/Back.jpg", "bad_name", "does not lie in a folder"),
        ("4006381333931x/Back.jpg", "bad_name", "does not lie in a folder"),
        ("4006381333932/Back.jpg", "bad_gtin", '"4006381333932"'),
        ("012345678905/4006381333932_a/Back.jpg", "bad_gtin", '"4006381333932_a"'),
        ("01234565/Back.jpg", "bad_gtin", "UPC-E"),
        ("4006381333931/primay.jpg", "unknown_flag", '"primary"'),
        ("4006381333931/Front_primary.jpg", "unknown_flag", '"Front__primary.jpg"'),
        ("4006381333931/hero.jpg", "unknown_flag", '"primary.jpg"'),
        ("4006381333931/Front (1).jpg", "copy_name", '"Front.jpg"'),
        ("4006381333931/Front.heic", "unsupported_format", "Export the photo as JPEG"),
    ],
)
def test_what_a_folder_can_not_say(path: str, code: str, words: str) -> None:
    found = refused(path, "folder")
    assert found.reason.code == code
    assert words in found.reason.message


@pytest.mark.parametrize("entries", [("house", "folder"), ("folder",), ("folder", "house"), ("house", "gs1", "folder")])
def test_a_photo_that_names_another_product_than_its_folder_is_a_question(entries: tuple[str, ...]) -> None:
    found = refused("4006381333931/012345678905__Back.jpg", *entries)
    assert found.reason.code == "bad_name"
    assert GTIN in found.reason.message
    assert OTHER in found.reason.message


def test_whichever_entry_read_it() -> None:
    assert GTIN in refused("4006381333931/012345678905_C1N1.jpg", "gs1", "folder").reason.message
    assert GTIN in refused("4006381333931/7_MAIN.jpg", BY_SKU, "folder", shots=SHOTS).reason.message
    assert label("4006381333931/AB-12_MAIN.jpg", BY_SKU, "folder", shots=SHOTS).gtin == GTIN
    assert label("4006381333931/012345678905__Back.jpg", "house").gtin == OTHER  # where no folder is read


def test_a_folder_that_is_not_read_is_suggested() -> None:
    found = refused("4006381333931/Back.jpg", "house")
    assert found.suggestion == "4006381333931__Back.jpg"
    assert refused("4006381333931/DSC_0001.jpg", "house").suggestion == "4006381333931.jpg"


@pytest.mark.parametrize(
    ("entry", "path", "expected"),
    [
        (BY_SKU, "AB-12_MAIN.jpg", Label(GTIN, "Front of package", is_primary=True)),
        (BY_SKU, "AB-12_main_2.jpg", Label(GTIN, "Front of package", is_primary=True, number=2)),
        (BY_SKU, "AB-12_X_PT01.jpg", Label(OTHER, "Back")),  # of AB-12 and AB-12_X the longer
        (BY_SKU, "any/folder/AB-12_BACK_12.png", Label(GTIN, "Back", number=12)),
        ("{sku}.{shot}", "AB-12.MAIN.jpg", Label(GTIN, "Front of package", is_primary=True)),
        ("{sku}[_{title}]", "AB-12_X.jpg", Label(OTHER)),
        ("{sku}[_{title}]", "AB-12_Top_view.jpg", Label(GTIN, "Top view")),
        ("{gtin}-{title}", "4006381333931-Top-view.jpg", Label(GTIN, "Top-view")),
        ("{gtin}-{title}[-{number}]", "4006381333931-Top-2.jpg", Label(GTIN, "Top", number=2)),
        ("{gtin}-{title}[-{number}]", "4006381333931-Top-2024.jpg", Label(GTIN, "Top-2024")),
        ("{gtin}[_{title}][_{primary}]", "4006381333931_PRIMARY.jpg", Label(GTIN, is_primary=True)),
        ("{gtin}[_{title}][_{primary}]", "4006381333931_Top_primary.jpg", Label(GTIN, "Top", is_primary=True)),
        ("{gtin}[_{title}][_{number}]", "4006381333931_2.jpg", Label(GTIN, number=2)),
        ("{gtin}[_{title}][_{number}]", "4006381333931_Top_2.jpg", Label(GTIN, "Top", number=2)),
        ("{gtin}_{title}", "4006381333931_2.jpg", Label(GTIN, "2")),
        ("{any}_{gtin}", "DSC_0001_4006381333931.jpg", Label(GTIN)),
        ("{any}{gtin}", "x4006381333931.jpg", Label(GTIN)),
        ("IMG {gtin} ({title})", "img 4006381333931 (Top).jpg", Label(GTIN, "Top")),
        ("{gtin}/{shot}", "4006381333931/main.jpg", Label(GTIN, "Front of package", is_primary=True)),
        ("{sku}/{any}/{title}", "shoes/AB-12/day 2/Top.jpg", Label(GTIN, "Top")),
        ("{sku} {any}/[{shot}_]{any}", "AB-12 Tee/main_0001.jpg", Label(GTIN, "Front of package", is_primary=True)),
        ("{sku} {any}/[{shot}_]{any}", "AB-12 Tee/0001.jpg", Label(GTIN)),
        ("{any}[_{sku2}]", "x", None),
        ("Käse_{gtin}", "KA\u0308SE_4006381333931.jpg", Label(GTIN)),
        ("{shot}_{sku}", "pt01_7.jpg", Label(OTHER, "Back")),
        ("[[{any}_]{any}-]{gtin}", "a_b-4006381333931.jpg", Label(GTIN)),
        ("{gtin}_{title}__{shot}", "4006381333931_Own__back.jpg", Label(GTIN, "Own")),
    ],
)
def test_templates(entry: str, path: str, expected: Label | None) -> None:
    if expected is None:
        with pytest.raises(BadTemplate, match="unknown field"):
            Naming([entry])
        return
    assert label(path, entry, shots=SHOTS) == expected


@pytest.mark.parametrize(
    ("entry", "path", "code", "suggestion"),
    [
        (BY_SKU, "ZZ_MAIN.jpg", "unknown_sku", None),
        (BY_SKU, "ab-12_MAIN.jpg", "unknown_sku", "AB-12_MAIN.jpg"),
        (BY_SKU, "AB 12_MAIN.jpg", "unknown_sku", "AB-12_MAIN.jpg"),
        (BY_SKU, "AB-12_MIAN.jpg", "unknown_shot", "AB-12_MAIN.jpg"),
        (BY_SKU, "AB-12_NOPE.jpg", "unknown_shot", None),
        (BY_SKU, "ZZ_NOPE.jpg", "unknown_sku", None),
        (BY_SKU, "AB-12-MAIN.jpg", "bad_name", "AB-12_MAIN.jpg"),
        (BY_SKU, "AB-12.jpg", "bad_name", None),
        (BY_SKU, "AB-12_MAIN (1).jpg", "copy_name", "AB-12_MAIN.jpg"),
        (BY_SKU, "AB-12_MAIN.jfif", "unsupported_format", "AB-12_MAIN.jpg"),
        ("{gtin}_{title}", "4006381333932_Top.jpg", "bad_gtin", None),
        ("{gtin}_{title}", "01234565_Top.jpg", "bad_gtin", "012345000065_Top.jpg"),
        ("{gtin}_{title}", "2024_Top.jpg", "bad_name", None),
        ("{gtin}_{title}", "4006381333931_Front primary.jpg", "unknown_flag", None),
        ("{gtin}_{title}", "4006381333931_primay.jpg", "unknown_flag", None),
        ("{gtin}_{title}", "4006381333931_" + "x" * 256 + ".jpg", "title_too_long", None),
        ("{gtin}_{shot}", "4006381333932_NOPE.jpg", "bad_gtin", None),
        ("{sku}/{shot}", "MAIN.jpg", "bad_name", None),
    ],
)
def test_near_misses_of_templates(entry: str, path: str, code: str, suggestion: str | None) -> None:
    found = refused(path, entry, shots=SHOTS)
    assert (found.reason.code, found.suggestion) == (code, suggestion)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ("", "means nothing"),
        ("hause", 'has "hause", which means nothing'),
        ("{title}", "no {gtin} and no {sku}"),
        ("{gtin}_{sku}", "both {gtin} and {sku}"),
        ("{gtin}_{gtin}", "two products"),
        ("{gtin}_{title}_{title}", "{title} twice"),
        ("{gtin", "too many"),
        ("{gtin}}", "too many"),
        ("{gtin}]", "a ] too many"),
        ("{gtin}[]", "a ] too many"),
        ("{gtin}[_{title}", "never closed"),
        ("{gtin}_{tilte}", "unknown field {tilte}"),
        ("[{gtin}_]{title}", "may be absent"),
        ("{gtin}_{title}{any}", "nothing between {title} and {any}"),
        ("{gtin}_{title}[_]{any}", "nothing between {title} and {any}"),
        ("{sku}{shot}", "nothing between {sku} and {shot}"),
        ("{gtin}{number}", "{gtin} right before {number}"),
        ("{gtin}0{any}", "a digit right after {gtin}"),
        ("0{gtin}", "a digit right before {gtin}"),
        ("{gtin}_{title}.jpg", "with an extension"),
        (".{gtin}", "begin with a dot"),
        ("/{gtin}", "nothing before or after a /"),
        ("{gtin}/", "nothing before or after a /"),
        ("{any}//{gtin}", "nothing before or after a /"),
        ("[{any}/]{gtin}", r"a / between \[ and \]"),
        ("{gtin}\t{title}", "control character"),
        ("{gtin}" + "_{any}" * 40, "more than 200|more than 12"),
        ("{gtin}" + "_{any}" * 12, "more than 12 fields"),
        ("{gtin}" + "[a" * 9 + "]" * 9, "more than 8 pairs"),
    ],
)
def test_a_template_that_can_not_fit_is_refused(entry: str, words: str) -> None:
    with pytest.raises(BadTemplate, match=words) as caught:
        naming.check([entry], has_products=True, has_codes=True, recursive=True)
    assert caught.value.hint.endswith(".")


@pytest.mark.parametrize(
    ("entries", "words", "given"),
    [
        ([], "names that are empty", {}),
        (["gs1", "gs1"], 'has "gs1" twice', {}),
        (["{sku}_{title}"], "no products are listed", {"has_products": False}),
        (["{gtin}_{shot}"], "no shot has a code", {"has_codes": False}),
        (["folder"], "recursive is false", {"recursive": False}),
        (["{gtin}/{title}"], "recursive is false", {"recursive": False}),
    ],
)
def test_entries_that_can_not_fit_are_refused(entries: list[str], words: str, given: dict[str, bool]) -> None:
    everything = {"has_products": True, "has_codes": True, "recursive": True}
    with pytest.raises(BadTemplate, match=words):
        naming.check(entries, **everything | given)


def test_the_first_entry_that_fits_decides() -> None:
    assert read("4006381333931__C1N1.jpg", "house", "gs1", "{gtin}__{any}") == Named(Label(GTIN, "C1N1"), Format.JPEG)
    assert refused("4006381333932__x.jpg", "house", "{any}_{gtin}", "{gtin}__{title}").reason.code == "bad_gtin"
    assert label("4006381333931__Top__final.jpg", "house", "{gtin}__{title}__{any}").title == "Top"
    assert refused("4006381333931__primay.jpg", "house", "{gtin}__{any}").reason.code == "unknown_flag"
    assert refused("4006381333931__Top (1).jpg", "house", "{gtin}__{any}").reason.code == "copy_name"
    assert refused("x_MAIN.jpg", BY_SKU, "house", shots=SHOTS).reason.code == "unknown_sku"
    assert label("4006381333931/0001.jpg", "house", "folder") == Label(GTIN)
    assert refused("4006381333931/12345678905.jpg", "house", "folder").reason.code == "bad_gtin"  # zeros got lost


def test_of_several_faults_the_one_that_knows_the_product_is_told() -> None:
    found = refused("4006381333931/Front__side.jpg", "house", "folder")
    assert (found.reason.code, found.gtin) == ("unknown_flag", GTIN)
    found = refused("4006381333931-C1N1.jpg", "folder", "gs1")
    assert found.suggestion == "4006381333931_C1N1.jpg"


def test_a_photo_is_of_the_shot_whose_code_or_title_it_has() -> None:
    def shot(path: str, *entries: str) -> str | None:
        understood = read(path, *entries, shots=SHOTS)
        assert isinstance(understood, Named)
        return understood.shot

    assert shot("4006381333931__FRONT_of_package.jpg", "house") == "Front of package"
    assert shot("4006381333931__front.jpg", "house") is None  # a code, where names have none
    assert shot("AB-12_PT01.jpg", BY_SKU) == "Back"
    assert shot("4006381333931_C1N1__Detail.jpg", "gs1") == "Front of package"
    assert shot("4006381333931_C7N1.jpg", "gs1") == "Back"
    assert not label(
        "4006381333931__Front_of_package.jpg", "house", shots=SHOTS
    ).is_primary  # only a code makes the hero


def test_what_is_no_photo_is_told_where_its_name_is_a_photos() -> None:
    assert isinstance(read("4006381333931_C1N1.zip", "house", "gs1"), Rejected)
    assert isinstance(read("4006381333931_C1N1.zip", "house"), Ignored)
    assert isinstance(read("4006381333931/notes.txt", "house", "folder"), Ignored)


FOLDERS = st.lists(
    st.sampled_from(["4006381333931", "012345678905 x", "4006381333932", "20240110", "shoes", "AB-12"]), max_size=2
)
STEMS = st.one_of(
    st.text(st.sampled_from("aAB17_-. ()x"), max_size=12),
    st.builds(
        "".join,
        st.lists(
            st.sampled_from(
                ["4006381333931", "012345678905", "4006381333932", "01234565", "_", "__", "-", " ", "C1N1", "A7L0",
                 "en", "s02", "AB-12", "AB-12_X", "7", "MAIN", "pt01", "Front", "primary", "primay", "hero", " (1)",
                 " - Copy", "DSC_0001", "2", "\u200b", "é"]
            ),
            max_size=7,
        ),
    ),
)  # fmt: skip
PATHS = st.builds(
    lambda folders, stem, ending: "/".join([*folders, stem + ending]),
    FOLDERS,
    STEMS,
    st.sampled_from([".jpg", ".JPG", ".png", ".heic", ".zip", ".jpg ", ""]),
)
ENTRIES = [
    "house", "gs1", "folder", BY_SKU, "{gtin}_{title}", "{gtin}__{any}", "{sku}/{title}", "{any}_{gtin}[_{primary}]",
    "{sku}[-{title}]",
]  # fmt: skip
NAMINGS = st.permutations(ENTRIES).flatmap(lambda order: st.integers(1, len(order)).map(lambda size: order[:size]))
MADE: dict[tuple[str, ...], Naming] = {}


def made(entries: tuple[str, ...]) -> Naming:
    if entries not in MADE:
        MADE[entries] = Naming(entries, SHOTS, PRODUCTS)
    return MADE[entries]


@given(PATHS, NAMINGS, st.integers(1, len(ENTRIES)))
@example("4006381333931/0001.jpg", ["house", "folder"], 1)
def test_what_one_entry_understands_no_later_entry_changes(path: str, entries: list[str], size: int) -> None:
    fewer, more = made(tuple(entries[:size])).understand(path), made(tuple(entries)).understand(path)
    if isinstance(fewer, Named) and fewer != more:
        # But for one question: the folder, which is read now, names another product.
        assert isinstance(more, Rejected)
        assert "folder" in entries[size:]
        assert "and its folder" in more.reason.message


@given(PATHS, NAMINGS)
def test_every_reading_is_explained_and_every_suggestion_would_do(path: str, entries: list[str]) -> None:
    names = made(tuple(entries))
    folders = path.rpartition("/")[0]
    match names.understand(path):
        case Named(entry=entry, explanation=explanation):
            assert entry in entries
            assert explanation or entry == "house"
        case Rejected(reason, _, suggestion):
            assert reason.message.endswith((".", "?"))
            if suggestion is not None:
                assert suggestion in reason.message
                assert isinstance(names.understand(f"{folders}/{suggestion}" if folders else suggestion), Named)
        case Ignored(why):
            assert why


@given(st.text(st.characters(exclude_categories=()), max_size=300), NAMINGS)
def test_no_text_raises(text: str, entries: list[str]) -> None:
    made(tuple(entries)).understand(text)


class Asked(frozenset[str]):
    """SKUs, and how often one was asked for."""

    times = 0

    def __contains__(self, sku: object) -> bool:
        self.times += 1
        return super().__contains__(sku)


WORST = [
    "{any}_{sku}_{any}",
    "{any}_{sku}_{shot}[_{number}][_{primary}]",
    "{any}a{sku}a{title}",
    "[{any}_][{title}_]{sku}[_{shot}][_{number}]",
    "{any}" + "_{any}" * 9 + "_{sku}",
]


@pytest.mark.parametrize("entry", WORST)
@pytest.mark.parametrize("text", ["a_", "a", "_", "a1_", "ab_-", "primary_", "4006381333931_"])
def test_no_name_can_make_a_template_ask_for_more_than_each_place_and_length(entry: str, text: str) -> None:
    """What takes time is looking SKUs up: here there is one of every length, and nearly every place begins one."""
    skus = Asked((text * SKU_MAX)[: length + 1] for length in range(SKU_MAX))
    every_length = dict.fromkeys(text, (2 << SKU_MAX) - 1)
    values = Values(skus, every_length, ("main", "a", "a_"))
    matched(compiled(entry).components[0], Text((text * 255)[:255]), values)
    assert skus.times <= 256 * SKU_MAX


def test_a_name_without_end_is_met_with_an_answer() -> None:
    for entries in (ENTRIES, ["house"], ["gs1"], ["folder"]):
        for text in ("a_", "1", "_", "primary", "(1)", " copy", "{", "/"):
            made(tuple(entries)).understand(text * 20_000)


@example("ab1" * 12, "b1a")
@given(st.text("ab1_", max_size=60), st.text("ab1_", min_size=1, max_size=3))
def test_where_a_text_occurs_however_often(text: str, sought: str) -> None:
    found = sum(1 << at for at in range(len(text)) if text.startswith(sought, at))
    assert Text(text).occurrences(sought) == found
