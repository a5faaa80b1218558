"""Names by a template of the operator's own, such as ``{sku}_{shot}[_{number}]``.

Compiled to a row of steps, and matched left to right over sets of places, held as the bits of an integer: whatever
the template and the name, each step is taken once. Nothing is tried twice, so no name can make it slow.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from folder_sync.rules.names import gtin
from folder_sync.rules.names.house import SHORTEST
from folder_sync.rules.names.parts import PRIMARY
from folder_sync.rules.names.shots import folded

FIELDS: Final = ("gtin", "sku", "shot", "title", "number", "primary", "any")
_OF_A_PRODUCT: Final = frozenset({"gtin", "sku"})
_OPEN: Final = frozenset({"title", "any", "sku", "shot"})
"""Fields that take any text: between two of them something has to tell where the one ends."""

_DIGITS: Final = frozenset({"gtin", "number"})
_ANYTHING: Final = frozenset({"title", "any"})
TEMPLATE_MAX: Final = 200
FIELDS_MAX: Final = 12
OPTIONAL_MAX: Final = 8
NUMBER_DIGITS: Final = 3
_RUN: Final = re.compile("[0-9]+")


class BadTemplate(ValueError):
    """``str()``: what is wrong, as the rest of a sentence without its full stop. ``hint``: what to do."""

    def __init__(self, what: str, hint: str) -> None:
        super().__init__(what)
        self.hint = hint


@dataclass(frozen=True, slots=True)
class Literal:
    """``text`` is folded: letter case does not matter."""

    text: str


@dataclass(frozen=True, slots=True)
class Field:
    kind: str


@dataclass(frozen=True, slots=True)
class Open:
    """What follows may be left out, up to the step ``end``."""

    end: int


Step = Literal | Field | Open
_SKU: Final = Field("sku")
Spans = Mapping[str, tuple[int, int]]
"""Of each field that was met: where it begins and ends."""


@dataclass(frozen=True, slots=True)
class Component:
    """The name of a folder, or of the file without its extension."""

    steps: tuple[Step, ...]

    @property
    def fields(self) -> list[str]:
        return [step.kind for step in self.steps if isinstance(step, Field)]


@dataclass(frozen=True, slots=True)
class Template:
    """The last component is the file's; those before it are of the folders right above."""

    entry: str
    components: tuple[Component, ...]

    @property
    def fields(self) -> list[str]:
        return [kind for component in self.components for kind in component.fields]


def compiled(entry: str) -> Template:
    """Raises ``BadTemplate`` for one that is no template, or that no name can ever fit."""
    if "{" not in entry:
        hint = "Write house, gs1 or folder, or a template such as {sku}_{shot}."
        raise BadTemplate(f'has "{entry}", which means nothing', hint)
    if len(entry) > TEMPLATE_MAX:
        raise BadTemplate(f"has a template of more than {TEMPLATE_MAX} characters", "Write a shorter one.")
    components = tuple(_component(entry, part) for part in _split(entry))
    template = Template(entry, components)
    _check(template)
    return template


def _split(entry: str) -> list[str]:
    depth, parts = 0, [""]
    for letter in unicodedata.normalize("NFC", entry):
        depth += (letter == "[") - (letter == "]")
        if letter == "/":
            if depth > 0:
                raise BadTemplate(f'has "{entry}", with a / between [ and ]', "Write a template for each.")
            parts.append("")
        else:
            parts[-1] += letter
    if not all(parts):
        raise BadTemplate(f'has "{entry}", with a / that nothing stands before or behind', "Take it out.")
    return parts


_TOKEN: Final = re.compile(r"\{([^{}]*)\}|([\[\]])|([^{}\[\]]+)|(.)", re.DOTALL)


def _component(entry: str, text: str) -> Component:
    steps: list[Step] = []
    opened: list[int] = []
    for name, bracket, literal, stray in (found.groups() for found in _TOKEN.finditer(text)):
        if stray:
            raise BadTemplate(f'has "{entry}", with a {stray} too many', "Write fields like {gtin}.")
        if bracket == "[":
            opened.append(len(steps))
            steps.append(Open(0))
        elif bracket == "]":
            if not opened or steps[-1] == Open(0):
                raise BadTemplate(f'has "{entry}", with a ] too many', "Write what may be absent like [_{number}].")
            steps[opened.pop()] = Open(len(steps))
        elif literal:
            steps.append(Literal(folded(literal)))
        elif name in FIELDS:
            steps.append(Field(name))
        else:
            raise BadTemplate(f'has "{entry}", with the unknown field {{{name}}}', f"Fields are {', '.join(FIELDS)}.")
    if opened:
        raise BadTemplate(f'has "{entry}", with a [ that is never closed', "Write what may be absent like [_{number}].")
    return Component(tuple(steps))


def _check(template: Template) -> None:
    entry, fields = template.entry, template.fields
    if sum(isinstance(step, Open) for component in template.components for step in component.steps) > OPTIONAL_MAX:
        raise BadTemplate(f'has "{entry}", with more than {OPTIONAL_MAX} pairs of [ and ]', "Write a shorter one.")
    if len(fields) > FIELDS_MAX:
        raise BadTemplate(f'has "{entry}", with more than {FIELDS_MAX} fields', "Write a shorter one.")
    products = [kind for kind in fields if kind in _OF_A_PRODUCT]
    if len(products) != 1:
        what = (
            "both {gtin} and {sku}"
            if len(set(products)) > 1
            else "two products"
            if products
            else "no {gtin} and no {sku}"
        )
        raise BadTemplate(f'has "{entry}", with {what}', "A name says one product, by {gtin} or by {sku}.")
    twice = next((kind for kind in fields if kind != "any" and fields.count(kind) > 1), None)
    if twice:
        raise BadTemplate(f'has "{entry}", with {{{twice}}} twice', "Use {any} for the other.")
    for component in template.components:
        _check_component(entry, component)
    last = template.components[-1].steps[-1]
    if isinstance(last, Literal) and re.search(r"\.[a-z]{3,4}$", last.text):
        raise BadTemplate(f'has "{entry}", with an extension', "Leave it out; it is not part of the template.")
    for component in template.components:
        first = component.steps[0]
        if isinstance(first, Literal) and first.text.startswith("."):
            raise BadTemplate(
                f'has "{entry}", for names that begin with a dot', "Those are hidden files, and passed over."
            )


def _check_component(entry: str, component: Component) -> None:
    optional = 0
    for at, step in enumerate(component.steps):
        if isinstance(step, Open):
            optional = max(optional, step.end)
        if isinstance(step, Field) and step.kind in _OF_A_PRODUCT and at < optional:
            raise BadTemplate(f'has "{entry}", in which {{{step.kind}}} may be absent', "Put it outside of [ and ].")
        if isinstance(step, Literal) and any(ord(letter) < 32 for letter in step.text):
            raise BadTemplate(f'has "{entry}", with a control character', "Write it anew.")
        for other in _behind(component.steps, at + 1):
            _check_neighbours(entry, step, other)


def _check_neighbours(entry: str, step: Step, other: Step) -> None:
    match step, other:
        case Field(one), Field(two) if one in _OPEN and two in _OPEN:
            what = f"with nothing between {{{one}}} and {{{two}}}"
            raise BadTemplate(f'has "{entry}", {what}', "Something has to tell where the one ends.")
        case (Field(one), Field(two)) if one in _DIGITS and two in _DIGITS:
            raise BadTemplate(f'has "{entry}", with {{{one}}} right before {{{two}}}', "Digits run together.")
        case (Field(one), Literal(text)) if one in _DIGITS and text[0].isdigit():
            raise BadTemplate(f'has "{entry}", with a digit right behind {{{one}}}', "Digits run together.")
        case (Literal(text), Field(two)) if two in _DIGITS and text[-1].isdigit():
            raise BadTemplate(f'has "{entry}", with a digit right before {{{two}}}', "Digits run together.")


def _behind(steps: Sequence[Step], at: int) -> Iterator[Step]:
    """What may come next."""
    while at < len(steps):
        step = steps[at]
        if not isinstance(step, Open):
            yield step
            return
        yield from _behind(steps, at + 1)
        at = step.end


class Text:
    """A component's name, and where in it what begins, as far as was asked: the bits of a number are its places."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.folded = folded(text)
        self.runs = [found.span() for found in _RUN.finditer(text)]
        self._occurrences: dict[str, int] = {}

    def occurrences(self, text: str) -> int:
        """Of a folded text."""
        found = self._occurrences.get(text)
        if found is None:
            found = 0
            at = self.folded.find(text)
            if at >= 0:
                found = self._letters.get(text[0], 0)
                for distance, letter in enumerate(text[1:], 1):
                    found &= self._letters.get(letter, 0) >> distance
            self._occurrences[text] = found
        return found

    @cached_property
    def _letters(self) -> Mapping[str, int]:
        places: dict[str, int] = {}
        for at, letter in enumerate(self.folded):
            places[letter] = places.get(letter, 0) | 1 << at
        return places


@dataclass(frozen=True, slots=True)
class Values:
    """What is known. ``codes`` are folded. In ``sku_lengths``, by a SKU's first character, the bit of 5 is set where
    one has five characters."""

    skus: Container[str] = ()
    sku_lengths: Mapping[str, int] = field(default_factory=dict)
    codes: Sequence[str] = ()


def matched(
    component: Component,
    text: Text,
    values: Values,
    loose: frozenset[str] = frozenset(),
    absent: frozenset[str] = frozenset(),
) -> Spans | None:
    """How ``text`` is read; None where it does not fit.

    Of several readings the one with the longest known SKU; what may be absent is there where it can be; and what takes
    any text takes as little as it can.

    ``loose``: fields that take what is not known, too. ``absent``: fields that are left out.
    """
    return _Match(component.steps, text, values, loose, absent).spans()


class _Match:
    def __init__(
        self, steps: Sequence[Step], text: Text, values: Values, loose: frozenset[str], absent: frozenset[str]
    ) -> None:
        self._steps = steps
        self._text = text
        self._size = len(text.text)
        self._values = values
        self._loose = loose
        self._absent = absent
        self._skus: list[tuple[int, int]] = []
        # reached[i]: places at which step i may begin. fitting[i]: those of them from which the rest fits.
        self._reached = self._go_forward()
        self._fitting = [0] * len(steps) + [self._reached[-1] & 1 << self._size]
        self._go_back(len(steps))

    def spans(self) -> Spans | None:
        if not self._fitting[0] & 1:
            return None
        self._prefer_the_longest_sku()
        spans: dict[str, tuple[int, int]] = {}
        at = place = 0
        while at < len(self._steps):
            step, there = self._steps[at], self._fitting[at + 1]
            if isinstance(step, Open):
                at = at + 1 if there >> place & 1 else step.end
                continue
            if isinstance(step, Literal):
                place += len(step.text)
            else:
                end = self._end(step, place, there)
                spans[step.kind] = (place, end)
                place = end
            at += 1
        return spans

    def _end(self, step: Field, place: int, there: int) -> int:
        if self._takes_anything(step):
            beyond = there >> (place + 1)
            return place + (beyond & -beyond).bit_length()
        if step == _SKU:
            return max(end for start, end in self._skus if start == place)
        if step.kind in _DIGITS:
            return next(end for start, end in self._numbers(step) if start == place)
        texts = [text for text in self._texts(step) if self._text.occurrences(text) >> place & 1]
        return max(end for text in texts if there >> (end := place + len(text)) & 1)

    def _prefer_the_longest_sku(self) -> None:
        if self._skus:
            at = self._steps.index(_SKU)
            longest = max(self._skus, key=lambda span: span[1] - span[0])
            self._skus = [longest]
            self._fitting[at] = 1 << longest[0]
            self._go_back(at)

    def _go_forward(self) -> list[int]:
        reached = [1] + [0] * len(self._steps)
        everywhere = (2 << self._size) - 1
        for at, step in enumerate(self._steps):
            starts = reached[at]
            if not starts:
                continue
            if isinstance(step, Open):
                reached[at + 1] |= starts
                reached[step.end] |= starts
            elif isinstance(step, Literal):
                reached[at + 1] |= (starts & self._text.occurrences(step.text)) << len(step.text)
            elif step.kind in self._absent:
                continue
            elif step == _SKU or self._takes_anything(step):
                reached[at + 1] |= everywhere & ~(((starts & -starts) << 1) - 1)
            elif step.kind in _DIGITS:
                for start, end in self._numbers(step):
                    reached[at + 1] |= (starts >> start & 1) << end
            else:
                for text in self._texts(step):
                    reached[at + 1] |= (starts & self._text.occurrences(text)) << len(text)
        return reached

    def _go_back(self, before: int) -> None:
        for at in range(before - 1, -1, -1):
            self._fitting[at] = self._starts(at, self._steps[at], self._fitting[at + 1]) & self._reached[at]

    def _starts(self, at: int, step: Step, ends: int) -> int:
        """Where the step may begin to end at one of ``ends``."""
        if isinstance(step, Open):
            return ends | self._fitting[step.end]
        if isinstance(step, Literal):
            return ends >> len(step.text) & self._text.occurrences(step.text)
        if step.kind in self._absent:
            return 0
        if self._takes_anything(step):
            return (1 << max(ends.bit_length() - 1, 0)) - 1
        found = 0
        if step == _SKU:
            self._skus = self._known_skus(at, ends)
            for start, _ in self._skus:
                found |= 1 << start
        elif step.kind in _DIGITS:
            for start, end in self._numbers(step):
                found |= (ends >> end & 1) << start
        else:
            for text in self._texts(step):
                found |= ends >> len(text) & self._text.occurrences(text)
        return found

    def _takes_anything(self, step: Field) -> bool:
        return step.kind in _ANYTHING or (step.kind in self._loose and step.kind != "gtin")

    def _numbers(self, step: Field) -> list[tuple[int, int]]:
        """Whole runs of digits: of a longer one, no part is a GTIN or a number."""
        runs = self._text.runs
        if step.kind == "number":
            return [(start, end) for start, end in runs if end - start <= NUMBER_DIGITS]
        if "gtin" in self._loose:
            return [(start, end) for start, end in runs if end - start >= SHORTEST]
        return [(start, end) for start, end in runs if _is_gtin(self._text.text[start:end])]

    def _texts(self, step: Field) -> Sequence[str]:
        return (PRIMARY,) if step.kind == PRIMARY else self._values.codes

    def _known_skus(self, at: int, ends: int) -> list[tuple[int, int]]:
        text, skus, lengths = self._text.text, self._values.skus, self._values.sku_lengths
        return [
            (start, start + length)
            for start in _bits(self._reached[at])
            for length in _bits(ends >> start & lengths.get(text[start : start + 1], 0))
            if text[start : start + length] in skus
        ]


def _bits(number: int) -> Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


def _is_gtin(digits: str) -> bool:
    try:
        gtin.parse(digits)
    except gtin.NotAGtin:
        return False
    return True
