"""What is said of a whole, sound photo, and when it is refused for it."""

from __future__ import annotations

import pytest

from folder_sync.photo import Gtin14, Label
from folder_sync.rules.quality import Closely, Code, Looks, Mode, Policy

GTIN, OTHER = Gtin14("00012345678905"), Gtin14("00040000000013")
FRONT, HERO = Label(GTIN, "Front"), Label(GTIN, "Front", is_primary=True)
GOOD = Looks(2000, 1500)
ALL = Policy(dict.fromkeys(Code, Mode.NOTE))


def codes(looks: Looks, size: int = 1_000, label: Label = FRONT, closely: Closely | None = None) -> list[str]:
    notes, refused = ALL.judged(looks, size, label, closely or Closely())
    assert refused is None
    return [note.code for note in notes]


@pytest.mark.parametrize(
    ("looks", "expected"),
    [
        (GOOD, []),
        (Looks(999, 700), ["small"]),
        (Looks(700, 1000), []),
        (Looks(None, None), []),
        (Looks(2000, 2000, colours="is in CMYK"), ["not_srgb"]),
        (Looks(2000, 2000, is_rotated=True, has_location=True, frames=2), ["rotated", "has_location", "animated"]),
    ],
)
def test_by_its_looks(looks: Looks, expected: list[str]) -> None:
    assert codes(looks) == expected


def test_by_its_size() -> None:
    assert codes(GOOD, 5_000_000) == []
    assert codes(GOOD, 5_000_001) == ["heavy"]


@pytest.mark.parametrize(("white", "expected"), [(None, []), (1.0, []), (0.98, []), (0.979, ["not_white"])])
def test_a_hero_on_white(white: float | None, expected: list[str]) -> None:
    assert codes(GOOD, label=HERO, closely=Closely(white)) == expected
    assert codes(GOOD, label=FRONT, closely=Closely(white)) == []


def test_a_barcode_of_another_product() -> None:
    assert codes(GOOD, closely=Closely(gtins=(OTHER,))) == ["other_barcode"]
    assert codes(GOOD, closely=Closely(gtins=(GTIN,))) == []
    assert codes(GOOD, closely=Closely(gtins=(OTHER, GTIN))) == [], "a case, and what is in it"


def test_the_messages_say_what_to_do() -> None:
    notes, _ = ALL.judged(Looks(800, 600, 'is in the colours of "Adobe RGB (1998)"'), 7_250_000, HERO, Closely(0.5))
    assert [note.message for note in notes] == [
        "The picture is 800 × 600 pixels; 1000 on the longer side are wanted. Export it larger.",
        'The picture is in the colours of "Adobe RGB (1998)". Export it in sRGB with 8 bits.',
        "50 % of the picture's edge is white or transparent; for a hero it should be 98 %.",
        "The file is 7.2 MB; at most 5 MB is wanted. Export it with stronger compression.",
    ]


def test_what_is_off_is_not_said_and_what_is_refused_is_no_note() -> None:
    policy = Policy({Code.SMALL: Mode.REJECT, Code.ROTATED: Mode.NOTE})
    notes, refused = policy.judged(Looks(10, 10, "is in CMYK", is_rotated=True), 1, FRONT)
    assert [note.code for note in notes] == ["rotated"]
    assert refused is not None
    assert refused.code == "small"


def test_what_was_refused_may_pass_once_the_settings_differ() -> None:
    policy = Policy({Code.SMALL: Mode.REJECT, Code.ROTATED: Mode.REJECT, Code.HEAVY: Mode.NOTE})
    assert policy.may_let_pass("small"), "the limit may be another one"
    assert policy.may_let_pass("heavy")
    assert policy.may_let_pass("animated")
    assert not policy.may_let_pass("rotated")
