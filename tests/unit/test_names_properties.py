from __future__ import annotations

import unicodedata

from hypothesis import example, given, reject
from hypothesis import strategies as st

from folder_sync.photo import TITLE_MAX, Format, Gtin14, Label, ReasonCode
from folder_sync.rules.names import convention, copies, gtin, parts

ANY_TEXT = st.text(st.characters(exclude_categories=()))
FORMATS = st.sampled_from(Format)

VALID = st.text("0123456789", min_size=13, max_size=13).filter(lambda body: body.strip("0")).map(
    lambda body: Gtin14(body + gtin.check_digit(body))
)  # fmt: skip
NEAR_GTINS = st.one_of(
    VALID,
    VALID.map(lambda text: text.lstrip("0")),
    VALID.map(lambda text: f" {text[:4]} {text[4:8]}-{text[8:]}"),
    VALID.map(lambda text: text[:6] + text[7] + text[6] + text[8:]),
    VALID.map(lambda text: "".join(chr(0x660 + int(digit)) for digit in text)),
    st.text("0123456789", max_size=18),
    ANY_TEXT,
)
PARTS = st.one_of(
    st.sampled_from(
        [
            "primary",
            "PRIMARY",
            "primay",
            "_primary",
            "hero",
            "main",
            "2",
            "(2)",
            "002",
            "1000",
            "",
            " ",
            "_",
            "primary (1)",
            "v2",
            "final",
            "Front (1)",
            "Front - Copy",
            "\u200b",
            "\uf022",
        ]
    ),
    st.sampled_from(
        ["Front", "Front_of_package", "Cafe\u0301", "a\tb", "\udcff", "\u202e", "x" * 300, "v1.2", "~", "."]
    ),
    ANY_TEXT,
)
SEPARATORS = st.sampled_from(["__", "__", "__", "_", "-", " ", "___", "____", ""])
EXTENSIONS = st.sampled_from(["jpg", "JPEG", "png", "jpeg.jpg", "heic", "tmp", "", "jpg ", "jp\udcffg"])


@st.composite
def near_names(draw: st.DrawFn) -> str:
    """Names as people get them wrong."""
    name: str = draw(NEAR_GTINS)
    for part in draw(st.lists(PARTS, max_size=4)):
        name += draw(SEPARATORS) + part
    return name + draw(st.sampled_from([".", ".", ".", ""])) + draw(EXTENSIONS)


TITLES = ANY_TEXT.map(parts.clean_title) | st.lists(PARTS, max_size=3).map("_".join).map(parts.clean_title)
CAPTIONS = st.from_regex(r"[A-Z][a-z]{2,9}( [a-z]{1,9}){0,3}", fullmatch=True).filter(
    lambda text: not parts.meant_hero(text) and not copies.original(text)
)
LABELS = st.builds(Label, VALID, TITLES, st.booleans(), st.none() | st.integers(-1, 1000))


@given(LABELS, FORMATS)
@example(Label(Gtin14("00012345678905"), "Front of package", is_primary=True, number=7), Format.JPEG)
def test_a_label_written_as_a_name_is_read_back_as_itself(label: Label, image_format: Format) -> None:
    try:
        name = convention.format(label, image_format)
    except ValueError:
        reject()
    understood = convention.parse(name)
    assert isinstance(understood, convention.Named)
    assert (understood.label, understood.format) == (label, image_format)
    assert "/" not in name
    assert len(name.encode()) <= 255


@given(VALID, CAPTIONS, FORMATS)
def test_every_plain_caption_can_be_written(number: Gtin14, title: str, image_format: Format) -> None:
    convention.format(Label(number, title), image_format)


@given(near_names() | ANY_TEXT)
def test_no_name_raises_and_every_answer_can_be_shown(name: str) -> None:
    understood = convention.parse(name)
    match understood:
        case convention.Named(label):
            assert gtin.parse(label.gtin) == label.gtin
            assert label.title == parts.clean_title(label.title)
            assert len(label.title) <= TITLE_MAX
            assert label.number is None or 0 <= label.number <= 999
        case convention.Rejected(reason):
            assert ReasonCode(reason.code)
            assert reason.message.encode().decode() == reason.message
            assert not any(unicodedata.category(character) == "Cc" for character in reason.message)
            assert reason.message.endswith((".", '"?'))
        case convention.Ignored(why):
            assert why == convention.ignored_file(name)


@given(near_names())
def test_what_is_suggested_would_do_and_is_told(name: str) -> None:
    understood = convention.parse(name)
    if isinstance(understood, convention.Rejected) and understood.suggestion is not None:
        suggested = convention.parse(understood.suggestion)
        assert isinstance(suggested, convention.Named)
        assert "Did you mean" in understood.reason.message
        assert understood.gtin in {None, suggested.label.gtin}


@given(
    VALID,
    CAPTIONS,
    st.sampled_from(
        [
            "{gtin}_{title}.jpg",
            "{gtin}-{title}.jpg",
            "{gtin} {title}.jpg",
            " {gtin}__{title}.jpg",
            "__{gtin}__{title}.jpg",
            "{title}__{gtin}.jpg",
            "{four} {rest}__{title}.jpg",
            "{four}-{rest}-{title}.jpg",
            "{gtin}__{title}__1__1.jpg",
            "{gtin}__{title}__(1).jpg",
            "{gtin}_{title}.jpeg.jpg",
            "{gtin}__{title} (1).jpg",
            "{gtin}__{title}.jpg.jpg",
            "Copy of {gtin}__{title}.jpg",
            "{gtin}__{title}.jfif",
            "{gtin}__{title}.jpg.",
        ]
    ),
)
def test_a_common_mistake_is_met_with_the_product_and_title_meant(number: Gtin14, title: str, mistake: str) -> None:
    name = mistake.format(gtin=number, title=title, four=number[:4], rest=number[4:])
    refused = convention.parse(name)
    assert isinstance(refused, convention.Rejected)
    assert refused.suggestion is not None
    suggested = convention.parse(refused.suggestion)
    assert isinstance(suggested, convention.Named)
    assert (suggested.label.gtin, suggested.label.title) == (number, title)


@given(near_names() | ANY_TEXT)
def test_judging_a_name_also_answers_whether_it_is_ignored(name: str) -> None:
    assert isinstance(convention.parse(name), convention.Ignored) == (convention.ignored_file(name) is not None)
    convention.is_ignored_folder(name)


@given(ANY_TEXT | st.text(" _\t\u00a0\u3000ae\u0301\u212b"))
def test_cleaning_a_title_twice_changes_nothing_more(text: str) -> None:
    once = parts.clean_title(text)
    assert parts.clean_title(once) == once
    assert once == once.strip()
    assert "_" not in once
    assert "  " not in once


def one_edit_away(word: str, letters: str) -> set[str]:
    """By brute force: every insertion, deletion, substitution and swap of neighbours."""
    splits = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    inserted = {a + letter + b for a, b in splits for letter in letters}
    deleted = {a + b[1:] for a, b in splits}
    substituted = {a + letter + b[1:] for a, b in splits if b for letter in letters}
    swapped = {a + b[1] + b[0] + b[2:] for a, b in splits if len(b) > 1}
    return inserted | deleted | substituted | swapped | {word}


SHORT = st.text("abc", max_size=5)


@given(SHORT, SHORT)
def test_one_slip_is_what_brute_force_finds(text: str, word: str) -> None:
    assert parts.within_one_slip(text, word) == (text in one_edit_away(word, "abc"))


def test_every_slip_of_primary_is_found() -> None:
    slips = one_edit_away("primary", "abcdefghijklmnopqrstuvwxyz _.-0") - {"primary"}
    assert all(parts.is_slip_of_primary(slip) for slip in slips)
    for slip in slips:
        understood = convention.parse(f"00012345678905__{slip}.jpg")
        # "_" next to the double underscore only moves the place where the name is split
        assert understood == convention.parse("00012345678905__primary.jpg") or (
            isinstance(understood, convention.Rejected) and understood.reason.code == "unknown_flag"
        )
