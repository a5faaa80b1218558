"""The page's languages: sentences are written in English in the templates, and looked up here in others."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from folder_sync.web.languages import de

LANGUAGES: Final[Mapping[str, Mapping[str, str]]] = {"en": {}, "de": de.SENTENCES}
"""Language → English sentence → that sentence. English is itself."""

COOKIE: Final = "folder_sync_lang"


@dataclass(frozen=True, slots=True)
class Words:
    """What is said in one language. ``tag`` as in the ``lang`` attribute."""

    tag: str

    def __call__(self, sentence: str, **values: object) -> str:
        """The sentence, with ``{name}`` replaced by values."""
        return LANGUAGES[self.tag].get(sentence, sentence).format(**values)

    def count(self, number: int, one: str, many: str, **values: object) -> str:
        """One of two sentences, by the number of things; both may show it as ``{n}``."""
        return self(one if number == 1 else many, n=self.number(number), **values)

    @property
    def point(self) -> str:
        """What stands before the tenths."""
        return "," if self.tag == "de" else "."

    def moment(self, at: float) -> str:
        """On the clock of this machine, whose zone stands below every page."""
        return time.strftime("%d.%m.%Y, %H:%M:%S" if self.tag == "de" else "%Y-%m-%d %H:%M:%S", time.localtime(at))

    def on(self, today: str, another_day: str, at: float, now: float) -> str:
        """One of two sentences, by the day: ``{time}`` is of ``at``, and the second one has its ``{date}``, too."""
        then = time.localtime(at)
        date = time.strftime("%d.%m.%Y" if self.tag == "de" else "%Y-%m-%d", then)
        is_today = then[:3] == time.localtime(now)[:3]
        return self(today if is_today else another_day, time=time.strftime("%H:%M", then), date=date)

    def number(self, number: int) -> str:
        """With its thousands apart."""
        text = f"{number:,}"
        return text.replace(",", ".") if self.tag == "de" else text


def chosen(asked: str | None, kept: str | None, accepted: str) -> Words:
    """``asked``: the page's own ``?lang=``; ``kept``: the cookie; ``accepted``: the ``Accept-Language`` header."""
    for tag in (asked, kept):
        if tag is not None and tag in LANGUAGES:
            return Words(tag)
    return Words(_best(accepted))


def _best(accepted: str) -> str:
    wishes: list[tuple[float, int, str]] = []
    for place, wish in enumerate(accepted.split(",")[:20]):
        tag, _, weight = wish.strip().partition(";q=")
        primary = tag.split("-")[0].lower()
        try:
            quality = float(weight) if weight else 1.0
        except ValueError:
            continue
        if primary in LANGUAGES:
            wishes.append((-quality, place, primary))
    return min(wishes, default=(0, 0, "en"))[2]


Translate = Callable[..., str]
