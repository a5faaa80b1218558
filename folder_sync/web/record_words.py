"""What the records say, in the reader's language: sentences of ours are known by their shape, and said anew.

What a server or the system said stays as it is. A test holds that the words of the rules and of ``files`` are known.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from folder_sync.text import display
from folder_sync.web.words import Words

SENTENCES: Final = (
    # what is wrong with a file
    "The file is empty: nothing was written into it. Export it again.",
    "The file ends before the picture does: it was not written or copied completely. Export or copy it again.",
    "Parts of the file hold nothing: either it was not copied completely, or a copy left its zeros out. If it"
    " looks whole when you open it, `folder-sync retry PHOTO` delivers it as it is; else export it again.",
    "The file is damaged and can't be opened as {format}. Export it again, and check that it looks whole; if that does"
    " not help, open the picture and save it again.",
    "A text inside the picture unpacks to more than 1 MB, and programs refuse to open that. Save the picture again"
    " without comments and metadata.",
    "The file consists of more tiny parts than any program writes. Export it again, and check that it looks whole.",
    "The file is {format} and {thing} in one. Open the picture and export it again.",
    "The file is {size} MB; at most {limit} MB are allowed. Export it smaller or with stronger compression.",
    "The picture is {width} × {height} pixels; at most {limit} million pixels are allowed. Export it smaller.",
    "This is {thing}, but it is named as {format} (.{ending}). Rename it to end in .{right}, or export it again as"
    " {again}.",
    "This is {thing}, but it is named as {format} (.{ending}). Export it again as {again}.",
    "This is not a picture of any kind known here, though it is named as {format} (.{ending}). Export it again as"
    " {again}.",
    'The drawing contains {thing}. In Illustrator, save it without "Preserve Illustrator Editing Capabilities", or'
    " export the picture as a PNG.",
    "The drawing contains {thing}. Remove that, or export the picture as a PNG.",
    "The drawing has a part of more than {limit} MB, probably an embedded photo. Embed a smaller one, or export the"
    " picture as a PNG.",
    "{file} can't be read: Permission denied. Check the permissions of the file, or export it again.",
    "{file} can't be read: Input/output error. Check the permissions of the file, or export it again.",
    "{file} is a link that leads nowhere. Put the photo itself there.",
    "{file} is a link that leads out of the watched folder. Put the photo itself there.",
    "{file} is not a file. Remove it, or put the photo itself there.",
    # what a photo should be
    "The picture is {width} × {height} pixels; {limit} on the longer side are wanted. Export it larger.",
    "The picture is in CMYK. Export it in sRGB with 8 bits.",
    "The picture has {bits} bits a colour. Export it in sRGB with 8 bits.",
    'The picture is in the colours of "{profile}". Export it in sRGB with 8 bits.',
    "The picture is in the colours of another kind of screen. Export it in sRGB with 8 bits.",
    "{share} % of the picture's edge is white or transparent; of a hero it should be {limit} %.",
    "Only a note in the file turns the picture, and not every shop heeds it. Export it upright.",
    "The file tells where it was taken. Export it without the location.",
    "The file is {size} MB; {limit} MB at most are wanted. Export it with stronger compression.",
    "The picture moves. Export a single frame.",
    "The barcode in the picture is {found}, and the name says {said}. Check whether it shows the right product.",
    'The same picture is delivered for {gtin}, as "{file}". Check which product it shows.',
    # what became of it
    'This is an older version of "{file}", which was replaced since. `folder-sync retry` delivers it after all.',
    "The catalogue does not know this GTIN yet. The service checks again from time to time.",
    "An image of this product could be this photo: neither the bytes nor the time can tell. Look at the product in the"
    " catalogue; then `folder-sync retry` uploads it once more.",
    "{number} images of this product could be this photo: neither the bytes nor the time can tell. Look at the product"
    " in the catalogue; then `folder-sync retry` uploads it once more.",
    "Something between here and Closient refuses this photo (status {status}), and not others. Ask whoever runs the"
    " proxy or firewall; then `folder-sync retry` sends it again.",
    # steps
    "image {id}",
    "image {id} holds our bytes",
    'moved to "{place}"',
    "replaced by photo {photo}",
    "retried by the operator",
    "the catalogue does not have it; asked again later, to be sure",
    "the catalogue does not have it, asked twice: it is sent again",
    "the catalogue does not know this product now; asked again from time to time",
    "the catalogue has its image still; the photo stands here again",
    "the file is back",
    "the file is back where it came from",
    "the file is deleted",
    "the file went away",
    "its folder is no longer watched",
    "its image is gone from the catalogue: it is looked for there, and then sent again",
    "its image is there still, and is deleted",
    "the service ended while this was being sent",
    # why something is paused
    "Closient does not accept the API key.",
    "The request limit of the API key is used up.",
    "{folder} is empty, although photos should be in it. Is it mounted?",
    "{folder} is watched by {other}. Stop one of the two.",
)
"""In English, as they are written. What stands in places: ``THINGS`` for ``{thing}``, a format, or anything."""

THINGS: Final = (
    "a JPEG",
    "a PNG",
    "a GIF",
    "a WebP",
    "an SVG",
    "a BMP",
    "a TIFF",
    "a HEIC",
    "an AVIF",
    "a PDF",
    "an EPS",
    "a JPEG XL",
    "a JPEG 2000",
    "a Photoshop document",
    "a Canon raw file",
    "a ZIP archive",
    "a compressed file",
    "an icon file",
    "a text file",
    "a web page",
    "a video",
    "a sound or video file",
    "a web page, a document or a program",
    "a script",
    "a piece of a web page",
    "an animated link",
    "an animated script",
    "a link to another file in its first lines",
    "shortcuts for text (XML entities) in its first lines",
    "a link to a style sheet outside of it",
    "a link to something outside of it",
    "a style that loads something from outside of it",
    "something embedded that is neither a pixel picture nor a font",
)
"""What a file or a drawing turned out to be, or to hold; perhaps with more in brackets, which stays as it is."""

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
