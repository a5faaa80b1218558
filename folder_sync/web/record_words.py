"""What the records say, in the reader's language: sentences of ours are known by their shape, and said anew.

What a server or the system said stays as it is. A test holds that the words of the rules and of ``files`` are known.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from folder_sync.text import display
from folder_sync.web.sentences import SENTENCES, THINGS
from folder_sync.web.words import Words

_FORMATS: Final = frozenset({"format", "again"})
_PLACE: Final = re.compile(r"\\\{(\w+)\\\}")
_ARTICLE: Final = re.compile(r"an? ")
_NUMBER: Final = re.compile(r"[0-9]+\.[0-9]+")


def said_anew(message: str, words: Words) -> str | None:
    """None where it is not one of these sentences. English is as it was written."""
    if words.tag == "en":
        return message
    for sentence, shape in _shapes():
        if found := shape.fullmatch(message):
            values = {place: _in_words(place, text, words) for place, text in found.groupdict().items()}
            return None if None in values.values() else words(sentence, **values)
    return None


def in_words(message: str, words: Words) -> tuple[str, str]:
    """(in the reader's language, else in English): one of them is empty."""
    shown = display(message)
    anew = said_anew(shown, words)
    return (shown, "") if anew == shown else ("", shown) if anew is None else (anew, "")


def _in_words(place: str, text: str, words: Words) -> str | None:
    if place == "thing":
        thing = next((thing for thing in _THINGS_FIRST if text == thing or text.startswith(f"{thing} (")), None)
        return None if thing is None else words(thing) + text.removeprefix(thing)
    if place in _FORMATS:
        return _ARTICLE.sub("", text, count=1)
    return text.replace(".", words.point) if _NUMBER.fullmatch(text) else text


_THINGS_FIRST: Final = sorted(THINGS, key=len, reverse=True)


@cache
def _shapes() -> list[tuple[str, re.Pattern[str]]]:
    """The longest first: "image …" is the beginning of a longer sentence, too."""
    return [
        (sentence, re.compile(_PLACE.sub(r"(?P<\1>.+?)", re.escape(sentence)), re.DOTALL))
        for sentence in sorted(SENTENCES, key=len, reverse=True)
    ]
