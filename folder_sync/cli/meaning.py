"""What a name was understood as, in words."""

from __future__ import annotations

from folder_sync.photo import TITLE_MAX, Reason, ReasonCode
from folder_sync.rules.names.meaning import Ignored, Named, Rejected, Understanding
from folder_sync.text import display, quoted


def reason_of(meaning: Rejected | Ignored) -> Reason:
    return meaning.reason if isinstance(meaning, Rejected) else Reason(ReasonCode.IGNORED, meaning.why)


def meaning_in_words(meaning: Understanding) -> str:
    if not isinstance(meaning, Named):
        reason = reason_of(meaning)
        return f"{reason.code}: {reason.message}"
    label = meaning.label
    said = [
        f"ok: GTIN {label.gtin}",
        f"title {quoted(label.title, TITLE_MAX)}" if label.title else "no title",
        "hero" if label.is_primary else "not the hero",
    ]
    if label.number is not None:
        said.append(f"number {label.number}")
    said.append(meaning.format.name)
    if meaning.entry != "house":
        said.append(f"read as {display(meaning.entry)} ({display(meaning.explanation)})")
    return ", ".join(said)
