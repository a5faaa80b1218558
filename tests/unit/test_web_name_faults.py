"""Faults of names in German, made anew from the rules."""

from __future__ import annotations

import os

import pytest

from folder_sync.rules.names.convention import HOUSE
from folder_sync.rules.names.meaning import Rejected
from folder_sync.rules.names.naming import Naming
from folder_sync.rules.names.products import parse
from folder_sync.rules.names.shots import Shot, Shots
from folder_sync.web.name_faults import NAMES
from folder_sync.web.views import explained
from folder_sync.web.words import chosen


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("4006381333932__Front.jpg", "„4006381333932“ ist keine GTIN: Die letzte Ziffer müsste 1 sein, oder"),
        ("400638133393__Front.jpg", "„400638133393“ ist keine GTIN"),
        ("40063813339__Front.jpg", "Eine GTIN hat 8, 12, 13 oder 14 Ziffern; „40063813339“ hat 11."),
        ("00000000000000__Front.jpg", "besteht nur aus Nullen"),
        ("04252614__Front.jpg", "ist ein UPC-E, kurz für die GTIN"),
        ("4006381333931__primay.jpg", "Gemeint war vielleicht „4006381333931__primary.jpg“."),
        ("IMG_0001.jpg", "Der Name ist nicht lesbar."),
        ("4006381333931__Front.tiff", "Diese Art von Datei geht nicht."),
        ("4006381333931__Front (1).jpg", "Gemeint war vielleicht „"),
    ],
)
def test_in_german_nothing_english_is_left(name: str, said: str) -> None:
    understood = HOUSE.understand(name)
    assert isinstance(understood, Rejected)
    why, further = explained(understood.reason, chosen("de", None, ""), understood, name)
    assert said in why
    assert further == ""
    assert explained(understood.reason, chosen("en", None, ""), understood, name) == (understood.reason.message, "")


GTIN = "4006381333931"
PLACES = dict.fromkeys(("letter", "part", "own", "product", "pattern", "sku", "code"), "\0")
SHOTS = Shots([Shot("Front", ("MAIN",), primary=True, required=True)])
PRODUCTS = parse(f"gtin,sku\n{GTIN},AB\n")
TOLD = {
    os.fsdecode(
        b"4006381333931__caf\xe9.jpg"
    ): "Einige Zeichen des Namens sind nicht lesbar: Sie sind kein UTF-8. Bitte umbenennen.",
    f"{GTIN}__caf\ufffd.jpg": "Ein Zeichen des Namens ging unterwegs verloren.",
    f"{GTIN}__a\tb.jpg": "Im Namen steht ein Steuerzeichen",
    f"{GTIN}__Fro\u202ent.jpg": "Im Namen steht ein Zeichen, das niemand sieht: U+202E. Bitte herausnehmen.",
    f"{GTIN}__Front__1__2.jpg": "Im Namen steht mehr als eine Nummer.",
    f"{GTIN}__Front__primary__primary.jpg": "Im Namen steht „primary“ zweimal.",
    f"{GTIN}__Front__left.jpg": "„left“ ist weder der Bildtitel noch „primary“.",
    f"{GTIN}__Front__primay.jpg": "„primay“ ist weder der Bildtitel noch „primary“. Gemeint war vielleicht „",
    f"{GTIN}__Front": "Dem Namen fehlt die Endung",
    f"{GTIN}__Front.jpg.": "Der Name endet mit einem Punkt.",
    f"{GTIN}__Front.jpg ": "Der Name endet mit einem Leerzeichen.",
}
TOLD_OF_OTHERS = {
    (
        "folder",
        f"00012345678905/{GTIN}__Front.jpg",
    ): f"Der Name nennt die GTIN 0{GTIN}, der Ordner aber 00012345678905.",
    ("folder", "Front.jpg"): "Das Foto liegt in keinem Ordner, der nach einer GTIN heißt.",
    ("gs1", "Front.jpg"): "Der Name ist keiner nach GS1",
    ("{sku}_{shot}", "Front.jpg"): "Der Name passt nicht zum Muster {sku}_{shot}. Bitte umbenennen.",
    ("{sku}_{shot}", "CD_MAIN.jpg"): "Die Produktdatei kennt die SKU „CD“ nicht.",
    ("{sku}_{shot}", "AB_SIDE.jpg"): "„SIDE“ ist kein Code einer Aufnahme.",
}


@pytest.mark.parametrize(
    ("entry", "path", "said"),
    [(*("house", path), said) for path, said in TOLD.items()]
    + [(entry, path, said) for (entry, path), said in TOLD_OF_OTHERS.items()],
)
def test_in_german_too_it_is_said_what_is_wrong_and_not_only_how_names_are_made(
    entry: str, path: str, said: str
) -> None:
    understood = Naming([entry], SHOTS, PRODUCTS).understand(path)
    assert isinstance(understood, Rejected)
    why, further = explained(understood.reason, chosen("de", None, ""), understood, path)
    assert why.startswith(said)
    assert further == ""


def test_each_of_these_is_tried() -> None:
    """Else the rules may say something else by now, and German only the general."""
    german = chosen("de", None, "")
    beginnings = {german(sentence, **PLACES).partition("\0")[0] for sentence in NAMES}
    said = [*TOLD.values(), *TOLD_OF_OTHERS.values()]
    assert [one for one in beginnings if not any(one.startswith(text) or text.startswith(one) for text in said)] == []


def test_what_another_program_version_said_stays_as_it_was_where_the_name_says_something_else_now() -> None:
    refused = HOUSE.understand("IMG_0001.jpg")
    assert isinstance(refused, Rejected)
    understood = HOUSE.understand("4006381333931__Front.jpg")
    why, further = explained(refused.reason, chosen("de", None, ""), understood, "4006381333931__Front.jpg")
    assert (why[:8], further) == ("Der Name", refused.reason.message)
