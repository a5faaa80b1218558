"""Words of which there are only a few. A wrong one is told which there are, and which was probably meant."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import click

from folder_sync.text import quoted


class OneOf(click.Choice[str]):
    def __init__(self, words: Sequence[str]) -> None:
        super().__init__(words)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        words, word = list(self.choices), str(value)
        return word if word in words else self.fail(there_are(word, words), param, ctx)

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None) -> str:  # noqa: ARG002 -- click's signature
        return f"It is {' or '.join(self.choices)}."  # one line: click's own begins a new one for each


def there_are(word: str, words: Sequence[str]) -> str:
    """Says that a word is none of ``words``."""
    close = get_close_matches(word.casefold(), words, n=1)
    meant = f" Did you mean {close[0]}?" if close else ""
    return f"{quoted(word)} is not known.{meant} Known: {', '.join(words)}."
