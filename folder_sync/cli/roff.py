"""The little of the language of manual pages that one page needs: groff_man(7), groff_char(7)."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Final

_SPECIAL: Final = {
    "\\": r"\e",
    # Bare ones are typeset as hyphens and quotation marks, and a command copied from the page would not work.
    "-": r"\-",
    "'": r"\(aq",
    "`": r"\(ga",
    "^": r"\(ha",
    "~": r"\(ti",
    # In the quotes of a macro's argument a bare one would end it.
    '"': r"\(dq",
}

_LINE: Final = 79
"""Characters, where a line can be broken: mandoc(1) asks for less than 80."""


def escaped(text: str) -> str:
    """``text`` in one line that is shown as it is, at the beginning of a line too, and in a macro's quotes."""
    return _no_request(_characters(" ".join(text.split())))


def title(name: str, date: str, version: str) -> str:
    """``date`` is written like 2026-11-23. Words are neither hyphenated nor spread out: most of them are literal."""
    return f'.TH "{escaped(name.upper())}" 1 "{date}" "{escaped(version)}" "User Commands"\n.nh\n.ad l\n'


def section(heading: str, *parts: str) -> str:
    return f'.SH "{escaped(heading.upper())}"\n{"".join(parts)}'


def subsection(heading: str, *parts: str) -> str:
    return f'.SS "{escaped(heading)}"\n{"".join(parts)}'


def paragraphs(text: str) -> str:
    """``text``, whose paragraphs are set apart by empty lines; what stands in `backticks` is bold."""
    return ".PP\n".join(_lines(paragraph) for paragraph in text.split("\n\n"))


def items(pairs: Iterable[tuple[str, str]]) -> str:
    """A list of terms, each with what it means."""
    return "".join(f".TP\n{_term(term)}{_lines(meaning)}" for term, meaning in pairs)


def bold(text: str) -> str:
    return f'.B "{escaped(text)}"\n'


def _term(term: str) -> str:
    """Bold; of an option like ``--port N`` what it takes is in italics, for it is to be replaced."""
    option, _, value = term.partition(" ")
    if option.startswith("--") and value:
        return f'.BI "{escaped(option)} " "{escaped(value)}"\n'
    return bold(term)


def _lines(text: str) -> str:
    shown = "".join(
        f"\\fB{_characters(part)}\\fR" if number % 2 else _characters(part)
        for number, part in enumerate(" ".join(text.split()).split("`"))
    )
    lines = textwrap.wrap(shown, _LINE, break_long_words=False, break_on_hyphens=False)
    return "".join(f"{_no_request(line)}\n" for line in lines)


def _characters(text: str) -> str:
    return "".join(_SPECIAL.get(char) or (char if char.isascii() else f"\\[u{ord(char):04X}]") for char in text)


def _no_request(line: str) -> str:
    """A line that begins with a dot would be taken for a request."""
    return f"\\&{line}" if line.startswith(".") else line
