"""File names: ``<gtin>[__<title>][__<flag>…].<ext>``, read and written.

A name is judged in one order, so that each is refused for the first thing wrong with it: ignored, characters,
GTIN, flags and title, extension. No text of any kind raises.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from folder_sync.photo import EXTENSIONS, TITLE_MAX, Format, Gtin14, Label, Reason, ReasonCode
from folder_sync.rules.names import gtin, suggestions
from folder_sync.rules.names.ignored import ignored_file, is_ignored_folder, matches_globs
from folder_sync.rules.names.parts import PRIMARY, clean_title, is_flag, is_slip_of_primary, meant_flag
from folder_sync.rules.names.suggestions import Proposal
from folder_sync.text import quoted

__all__ = [
    "Ignored",
    "Named",
    "Rejected",
    "Understanding",
    "format",
    "ignored_file",
    "is_ignored_folder",
    "matches_globs",
    "parse",
]

NAME_MAX: Final = 255
"""Bytes in a file's name, on every file system that Linux writes itself (``NAME_MAX`` in limits.h)."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NOT_UTF8: Final = re.compile(r"[\ud800-\udfff]")
_EXAMPLE: Final = '"00012345678905__Front_of_package__primary.jpg"'


@dataclass(frozen=True, slots=True)
class Named:
    """A photo to deliver. ``format`` is what the extension says, not yet what the bytes are."""

    label: Label
    format: Format


@dataclass(frozen=True, slots=True)
class Rejected:
    """A name that can't go. ``suggestion`` is a name that would; the reason's message tells it too."""

    reason: Reason
    gtin: Gtin14 | None = None
    suggestion: str | None = None


@dataclass(frozen=True, slots=True)
class Ignored:
    """Not a photo that anyone meant to deliver; ``why`` is a sentence."""

    why: str


Understanding = Named | Rejected | Ignored


@dataclass(frozen=True, slots=True)
class _Fault:
    """What is wrong, before a suggestion was looked for; ``advice`` is what to do where none is found."""

    code: ReasonCode
    message: str
    advice: str
    gtin: Gtin14 | None = None
    proposals: Iterable[Proposal] = ()


@functools.lru_cache(maxsize=1024)  # every photo's name is asked for more than once on its way in
def parse(name: str) -> Understanding:
    """What a file's name, without folders, says.

    Bytes that are not UTF-8 come as lone surrogates (``os.fsdecode``).
    """
    judged = _judge(name)
    if not isinstance(judged, _Fault):
        return judged
    # No file has a longer name, and looking for suggestions takes longer than in proportion.
    for proposal in judged.proposals if len(name) <= NAME_MAX else ():
        suggestion = f"{proposal.stem}.{_split(name)[1]}"
        if isinstance(_judge(suggestion), Named):
            sentences = (judged.message, proposal.hint, f"Did you mean {quoted(suggestion)}?")
            return Rejected(Reason(judged.code, " ".join(filter(None, sentences))), judged.gtin, suggestion)
    return Rejected(Reason(judged.code, f"{judged.message} {judged.advice}"), judged.gtin)


def format(label: Label, image_format: Format) -> str:  # noqa: A001 - read as naming.format, beside naming.parse
    """The canonical name of a photo, such that ``parse`` gives the label back.

    Raises ``ValueError`` for a label that no file's name can say: its title reads as a flag, has ``_``, ``/`` or
    two spaces in it, is not NFC, or is too long for a file system.
    """
    parts = (
        label.gtin,
        label.title.replace(" ", "_"),
        PRIMARY if label.is_primary else "",
        "" if label.number is None else str(label.number),
    )
    name = f"{'__'.join(filter(None, parts))}.{image_format}"
    if "/" in name or parse(name) != Named(label, image_format) or len(name.encode()) > NAME_MAX:
        raise ValueError(f"No file name says {label!r}.")
    return name


def _judge(name: str) -> Named | Ignored | _Fault:
    if why := ignored_file(name):
        return Ignored(why)
    stem, extension = _split(name)
    if fault := _wrong_characters(stem, name):
        return fault
    first, *rest = stem.split("__")
    try:
        number = gtin.parse(first)
    except gtin.NotAGtin as wrong:
        return _wrong_gtin(wrong, stem)
    label = _label(number, first, rest)
    if isinstance(label, _Fault):
        return label
    image_format = EXTENSIONS.get(extension.lower())
    if image_format is None:
        return _Fault(ReasonCode.UNSUPPORTED_FORMAT, *_wrong_extension(extension), number)
    return Named(label, image_format)


def _label(number: Gtin14, first: str, rest: Sequence[str]) -> Label | _Fault:
    """The parts behind the GTIN; ``first`` is the GTIN as it was written."""
    flags = [part.lower() for part in rest if is_flag(part)]
    words = [part for part in rest if not is_flag(part) and clean_title(part)]
    title = clean_title(words[0]) if words else ""
    # A slip of "primary" is never a title: a hero lost to a typing error is worse than a question.
    unknown = [*filter(is_slip_of_primary, words), *words[1:]]
    if unknown:
        proposals = suggestions.for_unknown_part(first, rest, unknown[0])
        return _Fault(ReasonCode.UNKNOWN_FLAG, *_unknown_flag(unknown[0], title), number, proposals)
    numbers = [int(flag) for flag in flags if flag != PRIMARY]
    if len(numbers) > 1 or flags.count(PRIMARY) > 1:
        message = f"The name has {'more than one number' if len(numbers) > 1 else f'the flag {PRIMARY} twice'}."
        proposals = suggestions.for_repeated_flag(first, rest)
        return _Fault(ReasonCode.BAD_NAME, message, "Keep one.", number, proposals)
    if len(title) > TITLE_MAX:
        message = f"The title has {len(title)} characters, and {TITLE_MAX} is the most."
        return _Fault(ReasonCode.TITLE_TOO_LONG, message, "Shorten it.", number)
    return Label(number, title, PRIMARY in flags, numbers[0] if numbers else None)


def _wrong_characters(stem: str, name: str) -> _Fault | None:
    if _NOT_UTF8.search(name):
        message = f"Some letters of {quoted(name)} can't be read (they are not UTF-8)."
        return _Fault(ReasonCode.BAD_NAME, message, "Rename the file.")
    if _CONTROL.search(name):
        message = f"{quoted(name)} has a control character in it, such as a tab or a line break."
        proposal = Proposal(" ".join(_CONTROL.sub(" ", stem).split()))
        return _Fault(ReasonCode.BAD_NAME, message, "Take it out.", proposals=[proposal])
    return None


def _wrong_gtin(wrong: gtin.NotAGtin, stem: str) -> _Fault:
    first, *rest = stem.split("__")
    if wrong.fault is not gtin.Fault.NOT_DIGITS:
        proposals = suggestions.for_digits(first, rest, wrong.fault)
        advice = "Compare the number with the one on the product."
        return _Fault(ReasonCode.BAD_GTIN, str(wrong), advice, proposals=proposals)
    message = f"The first part of the name, {quoted(first, 40)}, is not a GTIN in plain digits."
    proposals = suggestions.for_first_part(stem)
    return _Fault(ReasonCode.BAD_NAME, message, f"Name the photo like {_EXAMPLE}.", proposals=proposals)


def _unknown_flag(part: str, title: str) -> tuple[str, str]:
    """Message and advice."""
    if meant := meant_flag(part):
        return f"{quoted(part, 40)} is not a flag; {quoted(meant)} was probably meant.", "Rename the file."
    return (
        f"{quoted(part, 40)} is not a flag, and the name has the title {quoted(title, 40)} already.",
        f"Flags are {PRIMARY} and a number of 1 to 3 digits; use single underscores within a title.",
    )


def _wrong_extension(extension: str) -> tuple[str, str]:
    """Message and advice."""
    if not extension:
        return "The name has no file extension.", f"End it with the right one of {', '.join(sorted(EXTENSIONS))}."
    return f"Files ending in {quoted('.' + extension, 20)} can't be uploaded.", "Export the photo as JPEG."


def _split(name: str) -> tuple[str, str]:
    """The stem and what stands behind the last dot; a name without a dot is all stem."""
    stem, dot, extension = name.rpartition(".")
    return (stem, extension) if dot else (name, "")
