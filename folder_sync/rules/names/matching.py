"""Matching a name against a template: left to right over sets of places, held as the bits of an integer.

Whatever the template and the name, each step is taken once, forwards and backwards. Nothing is tried twice, so no name
can make it slow.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from folder_sync.rules.names import gtin
from folder_sync.rules.names.house import SHORTEST
from folder_sync.rules.names.parts import PRIMARY
from folder_sync.rules.names.shots import folded
from folder_sync.rules.names.template import DIGITS, Component, Field, Literal, Open, Step

NUMBER_DIGITS: Final = 3
_ANYTHING: Final = frozenset({"title", "any"})
_FEW: Final = 8
_RUN: Final = re.compile("[0-9]+")

Spans = Mapping[str, tuple[int, int]]
"""Where each field that was met begins and ends."""


class Text:
    """A component's name, and where in it what begins, as far as was asked: the bits of a number are its places."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.folded = folded(text)
        self.runs = [found.span() for found in _RUN.finditer(text)]
        self._occurrences: dict[str, int] = {}

    def occurrences(self, text: str) -> int:
        """Where a folded text occurs."""
        found = self._occurrences.get(text)
        if found is None:
            found = self._occurrences[text] = self._found(text)
        return found

    def _found(self, text: str) -> int:
        found, at = 0, self.folded.find(text)
        for _ in range(_FEW):
            if at < 0:
                return found
            found |= 1 << at
            at = self.folded.find(text, at + 1)
        # So many take longer to find than to work out from where each letter stands.
        found = self._letters.get(text[0], 0)
        for distance, letter in enumerate(text[1:], 1):
            found &= self._letters.get(letter, 0) >> distance
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
        self._sku: tuple[int, int] | None = None
        self._gtins: list[tuple[int, int]] | None = None
        # reached[i]: places at which step i may begin. fitting[i]: those of them from which the rest fits.
        self._reached = self._go_forward()
        self._fitting = [0] * len(steps) + [self._reached[-1] & 1 << self._size]
        self._go_back(len(steps))

    def spans(self) -> Spans | None:
        if not self._fitting[0] & 1:
            return None
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
        if step.kind == "sku":
            return self._sku[1] if self._sku else place
        if step.kind in DIGITS:
            return next(end for start, end in self._numbers(step) if start == place)
        texts = [text for text in self._texts(step) if self._text.occurrences(text) >> place & 1]
        return max(end for text in texts if there >> (end := place + len(text)) & 1)

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
            elif step.kind == "sku" or self._takes_anything(step):
                reached[at + 1] |= everywhere & ~(((starts & -starts) << 1) - 1)
            elif step.kind in DIGITS:
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
        if step.kind == "sku":
            self._sku = self._longest_sku(at, ends)
            found = 1 << self._sku[0] if self._sku else 0
        elif step.kind in DIGITS:
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
        if self._gtins is None:
            is_right = _is_long if "gtin" in self._loose else gtin.is_gtin
            self._gtins = [(start, end) for start, end in runs if is_right(self._text.text[start:end])]
        return self._gtins

    def _texts(self, step: Field) -> Sequence[str]:
        return (PRIMARY,) if step.kind == PRIMARY else self._values.codes

    def _longest_sku(self, at: int, ends: int) -> tuple[int, int] | None:
        """From where step ``at`` may begin to where the rest fits."""
        text, skus, lengths = self._text.text, self._values.skus, self._values.sku_lengths
        starts = [
            (start, ends >> start & lengths.get(text[start : start + 1], 0)) for start in _bits(self._reached[at])
        ]
        starts = [(start, possible) for start, possible in starts if possible]
        for length in range(max((possible.bit_length() for _, possible in starts), default=0) - 1, 0, -1):
            for start, possible in starts:
                if possible >> length & 1 and text[start : start + length] in skus:
                    return start, start + length
        return None


def _bits(number: int) -> Iterator[int]:
    while number:
        lowest = number & -number
        yield lowest.bit_length() - 1
        number ^= lowest


def _is_long(digits: str) -> bool:
    return len(digits) >= SHORTEST
