"""What the records say, said anew in German: every sentence that the rules and the look into files can write."""

from __future__ import annotations

import ast
import errno
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FunctionType

import pytest

import folder_sync
from folder_sync.closient.failures import failure
from folder_sync.errors import ProductsUnreadable, Refused, StoreUnavailable
from folder_sync.files import products
from folder_sync.files.ignoring import IgnoreRules
from folder_sync.files.limits import watch_refused
from folder_sync.files.pictures import flaws
from folder_sync.files.pictures.conversion_process import Trouble, refusal
from folder_sync.files.pictures.flaws import FlawError
from folder_sync.files.pictures.signatures import sniff
from folder_sync.files.scanning import folder_unavailable
from folder_sync.photo import Format, Gtin14, Label, Reason
from folder_sync.rules import quality
from folder_sync.rules.conversion import FIRST_PAGE
from folder_sync.rules.names import house
from folder_sync.rules.names.ignored import ignored_file
from folder_sync.rules.outcome import refused_on_the_way
from folder_sync.rules.quality import Closely, Code, Looks, Mode, Policy
from folder_sync.store.sqlite.words import InWords
from folder_sync.web.record_words import said_anew
from folder_sync.web.sentences import SENTENCES
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


def known(message: str) -> bool:
    anew = said_anew(message, GERMAN)
    return anew is not None and anew != message


@pytest.mark.parametrize("status", [302, 400, 401, 403, 408, 413, 422, 429, 500, 503])
@pytest.mark.parametrize("body", [b"", b'{"error": {"code": "x", "message": "The server\'s own words"}}'])
def test_what_closient_answers(status: int, body: bytes) -> None:
    error = failure(status, {}, body)
    assert known(str(error))  # in the history
    assert isinstance(error, Refused) or known(error.title)  # of a pause
    if body and status != 429:
        assert ": The server's own words." in (said_anew(str(error), GERMAN) or "")


@pytest.mark.parametrize("trouble", Trouble)
def test_what_cannot_be_converted(trouble: Trouble) -> None:
    assert known(refusal(trouble, 50_000_000).message)
    assert known(FIRST_PAGE.message)


@pytest.mark.parametrize(
    "error", [FileNotFoundError(), NotADirectoryError(), PermissionError(), OSError(5, "Input/output error")]
)
def test_folders_that_cannot_be_read(error: OSError) -> None:
    assert known(str(folder_unavailable(b"/srv/studio/export", error)))


@pytest.mark.parametrize("folders", [0, 1])
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EMFILE])
def test_folders_that_the_kernel_refuses_to_watch(number: int, folders: int, tmp_path: Path) -> None:
    for name in range(folders):
        (tmp_path / str(name)).mkdir()
    root = os.fsencode(tmp_path)
    assert known(str(watch_refused(root, OSError(number, "No"), IgnoreRules(root, (), ()))))


@pytest.mark.parametrize("name", ["._a.jpg", "Thumbs.db", "a.jpg.part", "a.cr3", "a.xmp"])
def test_files_that_are_left_alone(name: str) -> None:
    assert known(ignored_file(name) or "")


def test_remarks_on_a_name() -> None:
    (remark,) = house.remarks("primary front", is_primary=False)
    assert known(remark.message)


@pytest.mark.parametrize(
    "code",
    [
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_IOERR,
    ],
)
def test_a_database_that_cannot_be_read(code: int, tmp_path: Path) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = code
    with pytest.raises(StoreUnavailable) as raised, InWords(tmp_path / "photos.db"):
        raise error
    assert known(raised.value.title)
    assert known(raised.value.hint)


def test_a_products_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.csv").write_bytes(b"gtin,name\n1,\xe4")
    for file, most in (
        (tmp_path / "none.csv", 9),
        (tmp_path, 9),
        (tmp_path / "latin.csv", 3),
        (tmp_path / "latin.csv", 99),
    ):
        with pytest.raises(ProductsUnreadable) as raised:
            products.read(file, most)
        assert known(raised.value.title)


PROGRAM = Path(folder_sync.__file__).parent

PUT_TOGETHER = (
    "This is not a picture of any kind known here",
    "The drawing contains",
    "{file} can't be read: ",
    "The picture is in the colours of",
    "An image of this product could be",
    "{number} images of this product could be",
    "image {id} adopted by title and time",
    "{folder} is watched by another folder-sync",
    "{folder} can't be watched: it needs",
)
"""Sentences of parts that no text of the program has one behind the other."""


def text_of(node: ast.AST) -> str | None:
    match node:
        case ast.Constant(value=str() as text):
            return text
        case ast.JoinedStr(values=parts):
            return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts)
    return None


def nodes_of(file: Path) -> Iterator[ast.AST]:
    return ast.walk(ast.parse(file.read_text("utf-8")))


def test_every_sentence_is_written_somewhere() -> None:
    """Else it was changed there, and whoever reads German reads English again."""
    files = [file for file in PROGRAM.rglob("*.py") if "web" not in file.relative_to(PROGRAM).parts]
    text = "\n".join(text for file in files for node in nodes_of(file) if (text := text_of(node)) is not None)
    gone = [
        sentence
        for sentence in SENTENCES
        if not sentence.startswith(PUT_TOGETHER)
        and not all(piece.strip(" .:") in text for piece in re.split(r"\{\w+\}|(?<=[.:?]) ", sentence))
    ]
    assert gone == []


@pytest.mark.parametrize(
    "file", ["opening.py", "postgres/tables.py", "postgres/words.py", "sqlite/opening.py", "sqlite/words.py"]
)
def test_every_trouble_of_the_records_that_the_page_can_meet(file: str) -> None:
    """Word for word: the shape of a shorter sentence may take the rest of a longer one for a name."""
    known_shapes = {re.sub(r"\{\w+\}", "{}", sentence) for sentence in SENTENCES}
    said = {
        text
        for call in nodes_of(PROGRAM / "store" / file)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id.startswith("Store")
        for part in call.args
        if (text := text_of(part)) is not None
    }
    assert said - known_shapes == set()


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
