"""Names read by a template: what its fields say, looked up in the products and the shots."""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from folder_sync.photo import TITLE_MAX, Gtin14, Label, ReasonCode
from folder_sync.rules.names import gtin, house, letters, quick
from folder_sync.rules.names.matching import Text, Values, matched
from folder_sync.rules.names.meaning import Fault, Proposal, Reading
from folder_sync.rules.names.parts import PRIMARY, clean_title, is_flag, meant_hero, within_one_slip
from folder_sync.rules.names.products import Products
from folder_sync.rules.names.shots import Shots, folded
from folder_sync.rules.names.template import Template
from folder_sync.text import quoted

_CODES_SHOWN: Final = 12
_SEPARATOR: Final = re.compile("[-_ .]+")
_SEARCHED: Final = 100
_TRIED: Final = 8
"""Separators in a near miss that are tried to be another one."""


class ByTemplate:
    def __init__(self, template: Template, shots: Shots, products: Products) -> None:
        self.entry = template.entry
        self._template = template
        self._shots = shots
        self._products = products
        self._values = Values(products.of_sku, products.sku_lengths, shots.folded_codes)
        patterns = [quick.pattern(component, shots.folded_codes) for component in template.components]
        self._quick = [pattern for pattern in patterns if pattern is not None]
        self._is_quick = len(self._quick) == len(patterns)
        self._product = "gtin" if "gtin" in template.fields else "sku"
        self._loosened = [frozenset(), frozenset({self._product})]
        if "shot" in template.fields:
            self._loosened[1:1] = [frozenset({"shot"})]
            self._loosened.append(frozenset({"shot", self._product}))

    def read(self, folders: Sequence[str], stem: str) -> Reading | Fault:
        if self._is_quick and (fields := self._quickly(folders, stem)) is not None:
            return self._meaning(fields)
        texts = self._texts(folders, stem)
        for loose in self._loosened if texts else ():
            if (fields := self._fields(texts, loose)) is not None:
                if is_flag(fields.get("title", "")):  # where there is room for it, it is no title
                    fields = self._fields(texts, loose, absent=frozenset({"title"})) or fields
                return self._wrong_value(fields, loose, stem) if loose else self._meaning(fields)
        message = f"{quoted(stem, 60)} does not fit {quoted(self.entry, 80)}."
        return Fault(ReasonCode.BAD_NAME, message, "Rename the file.", proposals=self._nearly(folders, stem))

    def _names(self, folders: Sequence[str], stem: str) -> Sequence[str]:
        """One for each component; none where there are not so many folders."""
        above = len(self._template.components) - 1
        if not above:
            return (unicodedata.normalize("NFC", stem),)
        if len(folders) < above:
            return ()
        names = (*(letters.cleaned(folder) for folder in folders[len(folders) - above :]), stem)
        return [unicodedata.normalize("NFC", name) for name in names]

    def _texts(self, folders: Sequence[str], stem: str) -> list[Text]:
        return [Text(name) for name in self._names(folders, stem)]

    def _quickly(self, folders: Sequence[str], stem: str) -> Mapping[str, str] | None:
        """What most names say; None where it takes a closer look."""
        fields: dict[str, str] = {}
        names = self._names(folders, stem)
        if not names:
            return None
        for pattern, name in zip(self._quick, names, strict=True):
            found = pattern.fullmatch(folded(name)) if len(name) <= quick.LONGEST else None
            if found is None:
                return None
            for kind in pattern.groupindex:
                start, end = found.span(kind)
                if start >= 0:
                    fields[kind] = name[start:end]
        is_known = fields["sku"] in self._products.of_sku if "sku" in fields else gtin.is_gtin(fields["gtin"])
        return fields if is_known and not is_flag(fields.get("title", "")) else None

    def _fields(
        self, texts: Sequence[Text], loose: frozenset[str], absent: frozenset[str] = frozenset()
    ) -> Mapping[str, str] | None:
        fields: dict[str, str] = {}
        for component, text in zip(self._template.components, texts, strict=True):
            spans = matched(component, text, self._values, loose, absent)
            if spans is None:
                return None
            fields |= {kind: text.text[start:end] for kind, (start, end) in spans.items()}
        return fields

    def _meaning(self, fields: Mapping[str, str]) -> Reading | Fault:
        number = gtin.parse(fields["gtin"]) if "gtin" in fields else self._products.of_sku[fields["sku"]]
        shot = self._shots.of_code(fields["shot"]) if "shot" in fields else None
        given = fields.get("title", "")
        title = clean_title(given) or (shot.name if shot else "")
        if given and meant_hero(given):
            message = f"{quoted(given, 40)} is not a title; {quoted(PRIMARY)} was probably meant."
            return Fault(ReasonCode.UNKNOWN_FLAG, message, "Rename the file.", number, decides=True)
        if len(title) > TITLE_MAX:
            message = f"The title has {len(title)} characters, and {TITLE_MAX} is the most."
            return Fault(ReasonCode.TITLE_TOO_LONG, message, "Shorten it.", number)
        is_primary = PRIMARY in fields or bool(shot and shot.primary)
        label = Label(number, title, is_primary, int(fields["number"]) if "number" in fields else None)
        said = [f"SKU {fields['sku']}"] if "sku" in fields else []
        said += [f"shot {fields['shot']}"] if shot else []
        return Reading(
            label,
            house.remarks(title, is_primary=is_primary) if clean_title(given) else (),
            shot.name if shot else None,
            ", ".join(said) or "the fields of the template",
            self.entry,
        )

    def _wrong_value(self, fields: Mapping[str, str], loose: frozenset[str], stem: str) -> Fault:
        """What the shape has, and no product or shot is known by."""
        if "gtin" in loose:
            try:
                gtin.parse(fields["gtin"])
            except gtin.NotAGtin as wrong:
                proposals = [Proposal(stem.replace(fields["gtin"], wrong.stands_for))] if wrong.stands_for else []
                advice = "Compare the number with the one on the product."
                return Fault(ReasonCode.BAD_GTIN, str(wrong), advice, proposals=proposals, decides=True)
        if "sku" in loose:
            sku = fields["sku"]
            alike = self._products.alike(sku)
            message = f"The products file has no SKU {quoted(sku, 60)}."
            advice = "Add it there, or rename the photo; it is checked again automatically."
            proposals = [Proposal(stem.replace(sku, alike))] if alike else []
            return Fault(ReasonCode.UNKNOWN_SKU, message, advice, proposals=proposals, decides=True)
        code = fields["shot"]
        known = ", ".join(self._shots.codes[:_CODES_SHOWN]) + (" …" if len(self._shots.codes) > _CODES_SHOWN else "")
        return Fault(
            ReasonCode.UNKNOWN_SHOT,
            f"{quoted(code, 40)} is not the code of a shot.",
            f"Codes are {known}." if known else "No shot has a code.",
            self._known_product(fields),
            [
                Proposal(stem.replace(code, near))
                for near in self._shots.codes
                if within_one_slip(folded(code), folded(near))
            ],
            decides=True,
        )

    def _known_product(self, fields: Mapping[str, str]) -> Gtin14:
        return gtin.parse(fields["gtin"]) if "gtin" in fields else self._products.of_sku[fields["sku"]]

    def _nearly(self, folders: Sequence[str], stem: str) -> Iterator[Proposal]:
        """One of the separators is another one than the template has."""
        for found in itertools.islice(_SEPARATOR.finditer(stem), _TRIED if len(stem) <= _SEARCHED else 0):
            for meant in "_- ":
                other = f"{stem[: found.start()]}{meant}{stem[found.end() :]}"
                if meant != found[0] and (texts := self._texts(folders, other)) and self._fields(texts, frozenset()):
                    yield Proposal(other)
