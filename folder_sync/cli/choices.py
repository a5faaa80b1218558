"""Words of which there are only a few. A wrong one is told which there are, and which was probably meant."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any

import click

from folder_sync.text import quoted


class OneOf(click.Choice[str]):
    """``what`` they are called."""

    def __init__(self, what: str, words: Sequence[str]) -> None:
        super().__init__(words)
        self._what = what

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        words, word = list(self.choices), str(value)
        return word if word in words else self.fail(there_is_no(self._what, word, words), param, ctx)

    def get_missing_message(self, param: click.Parameter, ctx: click.Context | None) -> str:  # noqa: ARG002 -- click's signature
        return f"It is {' or '.join(self.choices)}."  # one line: click's own begins a new one for each


def there_is_no(what: str, word: str, words: Sequence[str]) -> str:
    """Says that a word is none of ``words``."""
    close = get_close_matches(word.casefold(), words, n=1)
    meant = f" Did you mean {close[0]}?" if close else ""
    return f"There is no {what} {quoted(word)}.{meant} There {'are' if len(words) > 1 else 'is'}: {', '.join(words)}."
