"""The page's languages: the same sentences in each, with the same places for values."""

from __future__ import annotations

import ast
import re
import time
from dataclasses import replace
from pathlib import Path

import pytest

from folder_sync.photo import State
from folder_sync.report.status import status
from folder_sync.store.ports import Machine
from folder_sync.web import another_try, name_faults, problems, sentences, views, words
from folder_sync.web.languages import de
from folder_sync.web.pages import home, names, photos, product, products
from folder_sync.web.words import Words, chosen
from tests.support.engines import ON_SQLITE
from tests.support.shelf import Shelf

WEB = Path(words.__file__).parent
IN_TEMPLATES = re.compile(r"""\b_\(\s*(?:"([^"]+)"|'([^']+)')""")
PLACE = re.compile(r"\{(\w+)\}")


def in_templates() -> set[str]:
    texts = (file.read_text("utf-8") for file in (WEB / "templates").iterdir())
    return {one or other for text in texts for one, other in IN_TEMPLATES.findall(text)}


def in_code() -> set[str]:
    """What is given to ``words(…)``, ``said(…)`` and ``words.count(number, one, many)``, and tables of sentences."""
    found: set[str] = set()
    for file in WEB.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            match node.func:
                case ast.Name(id="words" | "said"):
                    arguments = node.args[:1]
                case ast.Attribute(value=ast.Name(id="words"), attr="count"):
                    arguments = node.args[1:3]
                case ast.Attribute(value=ast.Name(id="words"), attr="on"):
                    arguments = node.args[:2]
                case ast.Name(id="Wrong"):
                    arguments = node.args[:2]
                case _:
                    continue
            for argument in arguments:
                found |= {
                    one.value
                    for one in ast.walk(argument)
                    if (isinstance(one, ast.Constant) and isinstance(one.value, str) and " " in one.value)
                    or (isinstance(one, ast.Constant) and one.value in ("minute", "hour", "day", "paused", "watched"))
                }
    return found


def in_tables() -> set[str]:
    return {
        *(sentence for sentence, _ in views.STATES.values()),
        *views.HAPPENS.values(),
        *views.TO_DO.values(),
        *views.NOTES.values(),
        *(sentence for pair in problems.TURNED_AWAY.values() for sentence in pair),
        *(sentence for pair in problems.SENTENCES.values() for sentence in pair),
        *another_try.ONE.values(),
        *another_try.MANY.values(),
        *sentences.SENTENCES,
        *sentences.THINGS,
        *home.WINDOWS.values(),
        *home.HELD.values(),
        *name_faults.FAULTS.values(),
        *name_faults.NAMES,
        name_faults.UPC_E,
        name_faults.MEANT,
        *(sentence for sentence, _ in names.WAYS.values()),
        *names.PROBLEMS.values(),
        names.TEMPLATE,
        product.MISSING,
        *(name for _, name in photos.TABS),
        *(name for _, name in products.TABS),
        views.HERO,
        views.HERO_NOW,
        "Photos with remarks, with “{text}”",
        "Photos with “{text}”",
        "moved",
    }


def said_somewhere() -> set[str]:
    return in_templates() | in_code() | in_tables()


def test_sentences_are_found_where_they_are_written() -> None:
    assert {"Skip to the content", "{n} photos need you.", "needs you", "minute"} <= said_somewhere()


def test_german_has_every_sentence_and_no_other() -> None:
    assert sorted(said_somewhere() - de.SENTENCES.keys()) == []
    assert sorted(de.SENTENCES.keys() - said_somewhere()) == []


@pytest.mark.parametrize("english", de.SENTENCES)
def test_values_have_the_same_places(english: str) -> None:
    assert sorted(PLACE.findall(de.SENTENCES[english])) == sorted(PLACE.findall(english))


def test_every_state_and_reason_has_words() -> None:
    assert set(views.STATES) == set(State)


@pytest.mark.parametrize(
    ("asked", "kept", "accepted", "tag"),
    [
        (None, None, "", "en"),
        (None, None, "de-AT,de;q=0.9,en;q=0.5", "de"),
        (None, None, "fr,de;q=0.4,en;q=0.5", "en"),
        (None, None, "de;q=nonsense,en", "en"),
        (None, "de", "en", "de"),
        ("en", "de", "de", "en"),
        ("xx", "yy", "fr", "en"),
    ],
)
def test_the_readers_language(asked: str | None, kept: str | None, accepted: str, tag: str) -> None:
    assert chosen(asked, kept, accepted).tag == tag


def test_times_on_the_clock_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    at = 1_795_732_830.0  # 2026-11-26 23:40:30 CET
    said = [
        (words.moment(at), words.on("today at {time}", "on {date} at {time}", at, now))
        for words in (Words("en"), Words("de"))
        for now in (at + 600, at + 1_800)
    ]
    monkeypatch.undo()
    time.tzset()
    assert said == [
        ("2026-11-26 23:40:30", "today at 23:40"),
        ("2026-11-26 23:40:30", "on 2026-11-26 at 23:40"),
        ("26.11.2026, 23:40:30", "today at 23:40"),
        ("26.11.2026, 23:40:30", "on 26.11.2026 at 23:40"),
    ]


def test_numbers_and_counts() -> None:
    assert Words("en").number(1234567) == "1,234,567"
    assert Words("de").number(1234567) == "1.234.567"
    english = Words("en")
    assert english.count(1, "{n} photo", "{n} photos") == "1 photo"
    assert english.count(2000, "{n} photo", "{n} photos") == "2,000 photos"


@ON_SQLITE
def test_of_several_machines_one_that_is_silent_stands_above_all_else(shelf: Shelf) -> None:
    machines = [
        Machine("set1", None, None, 0.0, "0.1.0"),
        Machine("set2", None, None, 0.0, "0.1.0", is_silent=True),
    ]
    found = replace(status(shelf.db, {}, 0.0), machines=machines)
    ((english,), (german,)) = (home._pauses(found, Words(tag)) for tag in ("en", "de"))
    assert (english.where, english.reason) == ("set2", "Nothing is heard from it, and photos in its own folders wait.")
    assert german.reason == "Er meldet sich nicht, und Fotos in seinen eigenen Ordnern warten."
