"""What the records say, said anew in German: every sentence that the rules and the look into files can write."""

from __future__ import annotations

import re
from collections.abc import Callable
from types import FunctionType

import pytest

from folder_sync.files.pictures import flaws
from folder_sync.files.pictures.flaws import FlawError
from folder_sync.files.pictures.signatures import sniff
from folder_sync.photo import Format, Gtin14, Label, Reason
from folder_sync.rules import quality
from folder_sync.rules.outcome import refused_on_the_way
from folder_sync.rules.quality import Closely, Code, Looks, Mode, Policy
from folder_sync.web.record_words import SENTENCES, said_anew
from folder_sync.web.views import explained
from folder_sync.web.words import Words

GERMAN = Words("de")
GTIN = Gtin14("04006381333931")

FLAWS: dict[Callable[..., FlawError | Reason], tuple[object, ...]] = {
    flaws.empty: (),
    flaws.truncated: (),
    flaws.never_written: (),
    flaws.corrupt: (Format.JPEG,),
    flaws.oversized_text: (),
    flaws.too_many_parts: (),
    flaws.second_kind: ("a web page, a document or a program", Format.GIF),
    flaws.too_many_bytes: (61_250_000, 50_000_000),
    flaws.too_many_pixels: (40_000, 30_000),
    flaws.misnamed: (Format.PNG, Format.JPEG),
    flaws.foreign: (None, Format.JPEG),
    flaws.unsafe: ("a link to something outside of it (https://example.com/a. b)",),
    flaws.oversized_part: (8_000_000,),
}

LOOKS = [
    Looks(width=300, height=200),
    *(
        Looks(colours=colours)
        for colours in (
            "is in CMYK",
            "has 16 bits a colour",
            'is in the colours of "Adobe RGB (1998)"',
            "is in the colours of another kind of screen",
        )
    ),
    Looks(is_rotated=True),
    Looks(has_location=True),
    Looks(frames=7),
]


def test_every_flaw_of_a_file_is_tried_here() -> None:
    made = {
        one
        for one in vars(flaws).values()
        if isinstance(one, FunctionType) and one.__annotations__.get("return") in ("FlawError", "Reason")
    }
    assert made == FLAWS.keys()


@pytest.mark.parametrize("flaw", FLAWS, ids=lambda flaw: flaw.__name__)
def test_flaws_of_a_file(flaw: Callable[..., FlawError | Reason]) -> None:
    found = flaw(*FLAWS[flaw])
    why, further = explained(Reason(found.code, found.message), GERMAN)
    assert (why, further) == (said_anew(found.message, GERMAN), "")
    assert explained(Reason(found.code, found.message), Words("en")) == (found.message, "")


@pytest.mark.parametrize(
    "head",
    [
        *(b"II*\0", b"8BPS", b"%PDF", b"%!PS", b"PK\x03\x04", b"\x1f\x8b", b"\xff\x0a", b"\0\0\0\x0cjP  ", b"\0\0\1\0"),
        *(
            b"RIFF0000WAVE",
            b"0000ftypheic",
            b"0000ftypavif",
            b"0000ftypcrx ",
            b"0000ftypmp42",
            b"<html>",
            b"<a>",
            b"Hi",
        ),
    ],
)
def test_whatever_else_a_file_is(head: bytes) -> None:
    found = sniff(head)
    assert isinstance(found, str)
    message = flaws.foreign(found, Format.JPEG).message
    assert "heißt aber wie ein JPEG (.jpg)" in (said_anew(message, GERMAN) or "")


@pytest.mark.parametrize("looks", LOOKS)
def test_remarks(looks: Looks) -> None:
    policy = Policy(dict.fromkeys(Code, Mode.NOTE), heavy_bytes=5_500_000)
    closely = Closely(white=0.91, gtins=(Gtin14("00012345678905"),))
    said, _ = policy.judged(looks, 7_100_000, Label(GTIN, "Front", is_primary=True), closely)
    assert len(said) >= 4
    for reason in [*said, quality.other_product(GTIN, "a.b.jpg")]:
        assert said_anew(reason.message, GERMAN)
    assert "Die Datei hat 7,1 MB; höchstens 5,5 MB" in " ".join(explained(reason, GERMAN)[0] for reason in said)


def test_what_is_between_here_and_the_catalogue() -> None:
    reason = refused_on_the_way(451).reason
    assert reason is not None
    assert "(Status 451)" in explained(reason, GERMAN)[0]


def test_what_is_embedded_keeps_its_details() -> None:
    message = flaws.unsafe("a script (onload)").message
    assert said_anew(message, GERMAN) == "Die Zeichnung enthält ein Skript (onload). " + (
        "Bitte entfernen, oder das Bild als PNG exportieren."
    )


@pytest.mark.parametrize("message", ["Closient says no.", "The drawing contains a dragon. Remove that, or run.", ""])
def test_what_others_said_stays_as_it_is(message: str) -> None:
    assert said_anew(message, GERMAN) is None
    assert explained(Reason("api_422", message), GERMAN) == ("Closient hat es abgelehnt.", message)


@pytest.mark.parametrize("sentence", SENTENCES)
def test_no_sentence_hides_another(sentence: str) -> None:
    places = re.findall(r"\{(\w+)\}", sentence)
    message = sentence.format(**dict.fromkeys(places, "a PNG"))
    values = {place: {"thing": "ein PNG", "format": "PNG", "again": "PNG"}.get(place, "a PNG") for place in places}
    assert said_anew(message, GERMAN) == GERMAN(sentence, **values)
