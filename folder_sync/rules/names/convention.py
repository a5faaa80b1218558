"""File names: ``<gtin>[__<title>][__<flag>…].<ext>``, read and written.

A name is judged in one order, so that each is refused for the first thing wrong with it: ignored, characters,
GTIN, flags and title, extension. No text of any kind raises.
"""

from __future__ import annotations

import functools
import re
from typing import Final

from folder_sync.photo import EXTENSIONS, Format, Label, Reason, ReasonCode
from folder_sync.rules.names import extensions, house, ignored, letters
from folder_sync.rules.names.ignored import is_ignored_folder
from folder_sync.rules.names.meaning import Fault, Ignored, Named, Proposal, Reading, Rejected, Understanding
from folder_sync.rules.names.parts import LONGEST, PRIMARY
from folder_sync.text import code_point, quoted, unseen

__all__ = [
    "Ignored",
    "Named",
    "Rejected",
    "Understanding",
    "format",
    "ignored_file",
    "is_ignored_folder",
    "parse",
    "parse_by_bytes",
]

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NOT_UTF8: Final = re.compile(r"[\ud800-\udfff]")
_ENDING: Final = re.compile(r"[ .\u00a0]+$")


@functools.lru_cache(maxsize=1024)  # every photo's name is asked for more than once on its way in
def parse(name: str) -> Understanding:
    """What a file's name, without folders, says.

    Bytes that are not UTF-8 come as lone surrogates (``os.fsdecode``).
    """
    if why := ignored_file(name):
        return Ignored(why)
    judged = _judge(name)
    return judged if isinstance(judged, Named) else _refused(judged, name)


def parse_by_bytes(name: str, found: Format) -> Understanding:
    """What a name says whose file is ``found`` by its bytes: a JPEG called ``.jfif`` only has to be renamed."""
    judged = parse(name)
    if not isinstance(judged, Rejected) or judged.reason.code != ReasonCode.UNSUPPORTED_FORMAT:
        return judged
    stem = extensions.split(_ENDING.sub("", letters.cleaned(name)))[0]
    read = house.read(stem)
    if isinstance(read, Fault):
        return judged
    return _refused(extensions.known_by_its_bytes(stem, found, read), name)


def ignored_file(name: str) -> str | None:
    """Why a file of this name (no folders) is ignored, as a sentence; None where it is a photo to deliver, or called
    like one: somebody waits for what is in ``00012345678905__Front.zip``.
    """
    name = letters.cleaned(name)
    why = ignored.ignored_file(name)
    stem, extension = extensions.split(name)
    if why is None or extension.lower() not in extensions.NO_PHOTOS or extensions.has_known_extension(stem):
        return why
    return None if isinstance(house.read(stem), Reading) else why


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
    understood = parse(name)
    is_right = isinstance(understood, Named) and (understood.label, understood.format) == (label, image_format)
    if not is_right or "/" in name or len(name.encode()) > LONGEST:
        raise ValueError(f"No file name says {label!r}.")
    return name


def _judge(name: str) -> Named | Fault:
    name = letters.cleaned(name)
    if fault := _wrong_characters(name):
        return fault
    trimmed = _ENDING.sub("", name)
    stem, extension = extensions.split(trimmed)
    read = house.read(stem)
    if isinstance(read, Fault):
        return read
    image_format = EXTENSIONS.get(extension.lower())
    if image_format is None:
        return extensions.wrong(stem, extension, read)
    return (
        extensions.bad_ending(name, trimmed, read) if trimmed != name else Named(read.label, image_format, read.remarks)
    )


def _wrong_characters(name: str) -> Fault | None:
    if _NOT_UTF8.search(name):
        message = f"Some letters of {quoted(name)} can't be read (they are not UTF-8)."
        return Fault(ReasonCode.BAD_NAME, message, "Rename the file.")
    stem = extensions.split(name)[0]
    if _CONTROL.search(name):
        message = f"{quoted(name)} has a control character in it, such as a tab or a line break."
        proposal = Proposal(" ".join(_CONTROL.sub(" ", stem).split()))
        return Fault(ReasonCode.BAD_NAME, message, "Take it out.", proposals=[proposal])
    if hidden := unseen(name):
        message = f"{quoted(name)} has a letter in it that nobody sees: {code_point(hidden[0])}."
        extension = letters.without_unseen(extensions.split(name)[1])
        proposal = Proposal(letters.without_unseen(stem), extension=extension)
        return Fault(ReasonCode.BAD_NAME, message, "Take it out.", proposals=[proposal])
    if "\ufffd" in name:
        message = f"A letter of {quoted(name)} got lost on its way: U+FFFD stands in its place."
        return Fault(ReasonCode.BAD_NAME, message, "Rename the file.")
    return None


def _would_do(name: str) -> bool:
    return ignored_file(name) is None and isinstance(_judge(name), Named)


def _refused(fault: Fault, name: str) -> Rejected:
    for proposal in fault.proposals if len(name) <= LONGEST else ():
        extension = extensions.split(name)[1] if proposal.extension is None else proposal.extension
        suggestion = f"{proposal.stem}.{extension}"
        if _would_do(suggestion):
            question = f"Did you mean {quoted(suggestion)}?"
            if proposal.otherwise and _would_do(other := f"{proposal.otherwise}.{extension}"):
                question = f"Did you mean {quoted(suggestion)}, or {quoted(other)} for another photo?"
            message = " ".join(filter(None, (fault.message, proposal.hint, question)))
            return Rejected(Reason(fault.code, message), fault.gtin, suggestion, fault.copy_of)
    return Rejected(Reason(fault.code, f"{fault.message} {fault.advice}".strip()), fault.gtin, None, fault.copy_of)
