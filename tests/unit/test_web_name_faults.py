"""Faults of names in German, made anew from the rules."""

from __future__ import annotations

import pytest

from folder_sync.rules.names.convention import HOUSE
from folder_sync.rules.names.meaning import Rejected
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


def test_what_another_program_version_said_stays_as_it_was_where_the_name_says_something_else_now() -> None:
    refused = HOUSE.understand("IMG_0001.jpg")
    assert isinstance(refused, Rejected)
    understood = HOUSE.understand("4006381333931__Front.jpg")
    why, further = explained(refused.reason, chosen("de", None, ""), understood, "4006381333931__Front.jpg")
    assert (why[:8], further) == ("Der Name", refused.reason.message)
