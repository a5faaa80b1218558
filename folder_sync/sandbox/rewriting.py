"""How a server may alter what it receives: other titles, other bytes, or no address for them."""

from __future__ import annotations

import html
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from folder_sync.photo import Format

Titles = Literal["original", "html", "nfd", "trimmed", "upper", "shortened", "none"]
"""How a title is kept; ``shortened`` are its first 20 characters."""

REWRITES: Final[Mapping[Titles, Callable[[str], str]]] = {
    "original": lambda title: title,
    "html": html.escape,
    "nfd": lambda title: unicodedata.normalize("NFD", title),
    "trimmed": lambda title: " ".join(title.split()),
    "upper": str.upper,
    "shortened": lambda title: title[:20].rstrip(),
    "none": lambda title: "",  # noqa: ARG005 - whatever it was
}

ImageUrls = Literal["original", "altered", "null"]
"""What ``image_url`` leads to: the uploaded bytes; the same picture in other bytes (one is appended); or nothing."""


@dataclass(frozen=True, slots=True)
class UrlRule:
    """``mode`` holds for images of a ``format`` (None: all) from that with the number ``first`` on."""

    mode: ImageUrls
    format: Format | None = None
    first: int = 0

    def fits(self, image_format: Format) -> bool:
        return self.format in {None, image_format}


class UrlRules:
    """What ``image_url`` leads to, for every image: the last rule that fits decides."""

    def __init__(self) -> None:
        self.rules: tuple[UrlRule, ...] = (UrlRule("original"),)

    def add(self, rule: UrlRule) -> None:
        """Later than those before it; a rule for every image takes their place."""
        self.rules = (rule,) if rule == UrlRule(rule.mode) else (*self.rules, rule)

    def mode(self, number: int, image_format: Format) -> ImageUrls:
        fitting = (rule.mode for rule in reversed(self.rules) if number >= rule.first and rule.fits(image_format))
        return next(fitting)
