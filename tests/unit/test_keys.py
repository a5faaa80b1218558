from __future__ import annotations

import copy
import pickle
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from folder_sync.closient.keys import KeyKind, MalformedKey, parse_key

BODY = "Zq3" + "x7" * 14 + "9"
CHECKSUM = f"{zlib.crc32(BODY.encode()):08x}"
KEY = f"csb_{BODY}_{CHECKSUM}"


@pytest.mark.parametrize("kind", KeyKind)
def test_a_right_key_is_read(kind: KeyKind) -> None:
    key = parse_key(f"{kind}_{BODY}_{CHECKSUM}")

    assert key.kind is kind
    assert key.value == f"{kind}_{BODY}_{CHECKSUM}"


def test_the_line_feed_of_a_key_file_is_no_part_of_the_key() -> None:
    assert parse_key(f" {KEY}\r\n").value == KEY


def test_the_checksum_keeps_its_leading_zeros() -> None:
    body = next(text for number in range(10**4) if zlib.crc32((text := f"{number:032d}").encode()) < 0x10000000)

    assert parse_key(f"csu_{body}_{zlib.crc32(body.encode()):08x}").kind is KeyKind.USER


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "does not begin with csb_, csu_ or cpk_"),
        ("sk_live_" + KEY, "does not begin with"),
        (KEY.upper(), "does not begin with"),
        (f'"{KEY}"', "more than the API key"),
        (f"export FOLDER_SYNC_ACCOUNTS__MAIN__KEY='{KEY}'", "more than the API key"),
        (f"key_file = {KEY}", "more than the API key"),
        (f"{KEY}\n{KEY}", "more than the API key"),
        (KEY[:-1], "44 characters where 45 are needed"),
        (KEY + "0", "46 characters where 45 are needed"),
        (KEY.replace("_Zq3", "_Zq4"), "checksum does not fit"),
        (f"csb_{BODY}_{CHECKSUM.upper()}", "checksum does not fit"),
        (f"csb_{BODY[:-1]}-_{zlib.crc32((BODY[:-1] + '-').encode()):08x}", "checksum does not fit"),
        (f"csb_{BODY[:-1]}é_{CHECKSUM}", "checksum does not fit"),
    ],
)
def test_a_wrong_key_is_told_in_words_that_repeat_none_of_it(text: str, says: str) -> None:
    with pytest.raises(MalformedKey, match=says) as caught:
        parse_key(text)

    assert caught.value.exit_code == 78
    assert caught.value.hint
    for piece in (BODY, BODY[3:20], CHECKSUM, "live"):
        assert piece not in str(caught.value)
    assert caught.value.__context__ is None  # nothing chained that could show it either


@given(st.text())
def test_no_text_is_more_than_malformed(text: str) -> None:
    with pytest.raises(MalformedKey):
        parse_key(text)


@given(position=st.integers(4, 44), letter=st.sampled_from("abcdefghij0123456789XYZ_"))
def test_one_wrong_character_is_always_found(position: int, letter: str) -> None:
    mistyped = KEY[:position] + letter + KEY[position + 1 :]
    if mistyped == KEY:
        assert parse_key(mistyped).value == KEY
    else:
        with pytest.raises(MalformedKey):
            parse_key(mistyped)


def test_the_secret_shows_nowhere() -> None:
    key = parse_key(KEY)

    for shown in (repr(key), str(key), f"{key}", f"{[key]}", f"{key!r:>80}"):
        assert BODY not in shown
        assert CHECKSUM not in shown


def test_a_key_is_neither_pickled_nor_copied() -> None:
    key = parse_key(KEY)

    for take in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="not pickled"):
            take(key)


def test_keys_compare_by_value() -> None:
    assert parse_key(KEY) == parse_key(KEY + "\n")
    assert parse_key(KEY) != parse_key(f"csu_{BODY}_{CHECKSUM}")
