"""A template of the operator's own, such as ``{sku}_{shot}[_{number}]``: what it is, and whether any name can fit."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from folder_sync.rules.names.shots import folded

FIELDS: Final = ("gtin", "sku", "shot", "title", "number", "primary", "any")
_OF_A_PRODUCT: Final = frozenset({"gtin", "sku"})
_OPEN: Final = frozenset({"title", "any", "sku", "shot"})
"""Fields that take any text: between two of them something has to tell where the one ends."""

DIGITS: Final = frozenset({"gtin", "number"})
TEMPLATE_MAX: Final = 200
FIELDS_MAX: Final = 12
OPTIONAL_MAX: Final = 8


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
    """Raises ``BadTemplate`` for one that is not a template, or that no name can ever fit."""
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
        raise BadTemplate(f'has "{entry}", with nothing before or after a /', "Take it out.")
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
            raise BadTemplate(f'has "{entry}", {what}', "Something has to show where the first one ends.")
        case (Field(one), Field(two)) if one in DIGITS and two in DIGITS:
            raise BadTemplate(f'has "{entry}", with {{{one}}} right before {{{two}}}', "Digits run together.")
        case (Field(one), Literal(text)) if one in DIGITS and text[0].isdigit():
            raise BadTemplate(f'has "{entry}", with a digit right after {{{one}}}', "Digits run together.")
        case (Literal(text), Field(two)) if two in DIGITS and text[-1].isdigit():
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
