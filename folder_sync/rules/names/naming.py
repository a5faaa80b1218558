"""How the names in one watched folder are read: by one entry after the other, until one fits."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Collection, Iterator, Sequence
from typing import Final, Protocol

from folder_sync.photo import EXTENSIONS, Format, Reason, ReasonCode
from folder_sync.rules.conversion import SOURCE_EXTENSIONS, Source
from folder_sync.rules.names import copies, extensions, house, ignored, letters, per_folder
from folder_sync.rules.names.by_template import ByTemplate
from folder_sync.rules.names.gs1 import Gs1
from folder_sync.rules.names.house import House
from folder_sync.rules.names.meaning import Fault, Ignored, Named, Proposal, Reading, Rejected, Understanding
from folder_sync.rules.names.parts import LONGEST
from folder_sync.rules.names.per_folder import PerFolder
from folder_sync.rules.names.products import Products
from folder_sync.rules.names.shots import Shots
from folder_sync.rules.names.template import BadTemplate, compiled
from folder_sync.text import code_point, quoted, unseen

WORDS: Final = ("house", "gs1", "folder")
"""Entries that are not templates."""

_PROPOSALS: Final = 12
"""How many are tried; a name made of nothing but numbers would take too long."""

_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_NOT_UTF8: Final = re.compile(r"[\ud800-\udfff]")
_ENDING: Final = re.compile(r"[ .\u00a0]+$")
_ENDINGS: Final = frozenset(" .\u00a0")


class Scheme(Protocol):
    """One way of reading names. ``entry`` is what stands for it in the configuration."""

    @property
    def entry(self) -> str: ...

    def read(self, folders: Sequence[str], stem: str) -> Reading | Fault:
        """``folders``: those between the watched one and the file, outermost first."""


class Naming:
    """The entries of one watched folder, with the shots and products that they refer to.

    Whatever a name says to one entry, no later one reads it otherwise. No text of any kind raises.
    """

    def __init__(
        self,
        entries: Sequence[str] = ("house",),
        shots: Shots | None = None,
        products: Products | None = None,
        converts: Collection[Source] = (),
    ) -> None:
        self.converts = frozenset(converts)
        self.entries = tuple(entries)
        self.shots = shots or Shots()
        self.products = products or Products()
        self._schemes = tuple(map(self._scheme, self.entries))
        # Every photo's name is asked for more than once on its way in.
        self.understand = functools.lru_cache(maxsize=1024)(self._understand)

    def _scheme(self, entry: str) -> Scheme:
        match entry:
            case "house":
                return House()
            case "gs1":
                return Gs1(self.shots)
            case "folder":
                return PerFolder()
        return ByTemplate(compiled(entry), self.shots, self.products)

    def _understand(self, path: str) -> Understanding:
        """What a file is, by its path below the watched folder, ``/`` between folders.

        Bytes that are not UTF-8 come as lone surrogates (``os.fsdecode``).
        """
        *folders, name = path.split("/")
        if why := self.ignored_file(name, folders):
            return Ignored(why)
        judged = self._judge(folders, name)
        return judged if isinstance(judged, Named) else self._refused(judged, folders, name)

    def by_bytes(self, path: str, found: Format) -> Understanding:
        """What a file is that is ``found`` by its bytes: a JPEG called ``.jfif`` has only to be renamed."""
        understood = self.understand(path)
        if not isinstance(understood, Rejected) or understood.reason.code != ReasonCode.UNSUPPORTED_FORMAT:
            return understood
        *folders, name = path.split("/")
        stem, extension = extensions.split(_ENDING.sub("", letters.cleaned(name)))
        read = self._read(folders, stem)
        if not isinstance(read, Reading) or extension.lower() in EXTENSIONS:
            return understood
        return self._refused([extensions.known_by_its_bytes(stem, found, read)], folders, name)

    def ignored_file(self, name: str, folders: Sequence[str] = ()) -> str | None:
        """Why a file of this name is ignored, as a sentence; None where it is a photo to deliver, or called like one:
        somebody waits for what is in ``00012345678905__Front.zip``.
        """
        name = letters.cleaned(name)
        why = ignored.ignored_file(name)
        if why is None:
            return None
        stem, extension = extensions.split(name)
        if why == ignored.BESIDE_PHOTOS and SOURCE_EXTENSIONS.get(extension.lower()) in self.converts:
            return None
        if extension.lower() not in extensions.NO_PHOTOS or extensions.has_known_extension(stem):
            return why
        schemes = [scheme for scheme in self._schemes if scheme.entry in {"house", "gs1"}]  # the others fit too much
        return None if any(isinstance(scheme.read(folders, stem), Reading) for scheme in schemes) else why

    def _judge(self, folders: Sequence[str], name: str) -> Named | list[Fault]:
        name = letters.cleaned(name)
        if fault := _wrong_characters(name):
            return [fault]
        trimmed = _ENDING.sub("", name) if name[-1:] in _ENDINGS else name
        stem, extension = extensions.split(trimmed)
        image_format, source = EXTENSIONS.get(extension.lower()), SOURCE_EXTENSIONS.get(extension.lower())
        if source in self.converts:
            image_format = Format.JPEG
        else:
            source = None
        if image_format is None and extensions.has_known_extension(stem):
            stem = extensions.split(stem)[0]  # Front.jpg.lock is no copy, and what is wrong with it is its ending
        read = self._read(folders, stem)
        if isinstance(read, list):
            return read
        if image_format is None:
            return [extensions.wrong(stem, extension, read)]
        if trimmed != name:
            return [extensions.bad_ending(name, trimmed, read)]
        shot = read.shot
        if shot is None and read.label.title and (of_title := self.shots.of_title(read.label.title)):
            shot = of_title.name
        return Named(read.label, image_format, read.remarks, shot, read.entry, read.explanation, source)

    def _read(self, folders: Sequence[str], stem: str) -> Reading | list[Fault]:
        """Among several faults the one that knows the product comes first: its entry came nearest."""
        faults: list[Fault] = []
        for scheme in self._schemes:
            found = scheme.read(folders, stem)
            if not isinstance(scheme, House) and (original := _original(stem)):  # the house looks at its parts, too
                copied = scheme.read(folders, original)
                found = house.copy(original, copied) if isinstance(copied, Reading) else found
            if isinstance(found, Reading):
                return self._held_against_the_folder(folders, found)
            if found.decides:
                return [found]
            faults.append(found)
        return sorted(faults, key=lambda fault: fault.gtin is None)

    def _held_against_the_folder(self, folders: Sequence[str], read: Reading) -> Reading | list[Fault]:
        is_asked = folders and "folder" in self.entries and read.entry != "folder"  # which has asked it already
        product = per_folder.product_of(folders) if is_asked else None
        if product and product[1] != read.label.gtin:
            return [per_folder.two_products(read.label.gtin, product[1], product[0])]
        return read

    def _refused(self, faults: Sequence[Fault], folders: Sequence[str], name: str) -> Rejected:
        for fault in faults if len(name) <= LONGEST else ():
            proposals = itertools.chain(fault.proposals, self._by_folder(fault, folders, name))
            for proposal in itertools.islice(proposals, _PROPOSALS):
                extension = extensions.split(name)[1] if proposal.extension is None else proposal.extension
                suggestion = f"{proposal.stem}.{extension}"
                if self._would_do(folders, suggestion):
                    question = f"Did you mean {quoted(suggestion, LONGEST)}"
                    if proposal.otherwise and self._would_do(folders, other := f"{proposal.otherwise}.{extension}"):
                        question += f", or {quoted(other, LONGEST)} for another photo"
                    message = " ".join(filter(None, (fault.message, proposal.hint, f"{question}?")))
                    return Rejected(Reason(fault.code, message), fault.gtin, suggestion, fault.copy_of)
        fault = faults[0]
        return Rejected(Reason(fault.code, f"{fault.message} {fault.advice}".strip()), fault.gtin, None, fault.copy_of)

    def _by_folder(self, fault: Fault, folders: Sequence[str], name: str) -> Iterator[Proposal]:
        """Where only the folder says which product it is, and folders are not read here."""
        if fault.code is not ReasonCode.BAD_NAME or fault.gtin is not None or "folder" in self.entries:
            return
        if product := per_folder.product_of(folders):
            parts = filter(None, per_folder.named_parts(extensions.split(name)[0]))
            digits = product[1].lstrip("0").zfill(12)
            yield Proposal("__".join((digits, *parts)), "Its folder is named by a GTIN.")

    def _would_do(self, folders: Sequence[str], name: str) -> bool:
        return self.ignored_file(name, folders) is None and isinstance(self._judge(folders, name), Named)


def _original(stem: str) -> str | None:
    return copies.original(stem) if len(stem) <= LONGEST else None


def check(entries: Sequence[str], *, has_products: bool, has_codes: bool, recursive: bool) -> None:
    """Raises ``BadTemplate`` for entries that no name could ever fit, or that mean nothing."""
    if not entries:
        raise BadTemplate("has names that are empty", 'Leave it out, or write ["house"].')
    for at, entry in enumerate(entries):
        if entry in entries[:at]:
            raise BadTemplate(f'has "{entry}" twice', "Keep one.")
        if entry == "folder" and not recursive:
            raise BadTemplate('has "folder", and recursive is false', "Without folders there is nothing to read.")
        if entry in WORDS:
            continue
        template = compiled(entry)
        if "sku" in template.fields and not has_products:
            raise BadTemplate(f'has "{entry}", and no products are listed', "Set products_file in [catalogue].")
        if "shot" in template.fields and not has_codes:
            raise BadTemplate(f'has "{entry}", and no shot has a code', "Give the codes in [[shots]].")
        if len(template.components) > 1 and not recursive:
            raise BadTemplate(f'has "{entry}", and recursive is false', "Without folders it never fits.")


def _wrong_characters(name: str) -> Fault | None:
    if name.isascii() and name.isprintable():
        return None
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
