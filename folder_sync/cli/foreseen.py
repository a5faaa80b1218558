"""What a pass would do, for people and for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from folder_sync.cli.wording import shown_path
from folder_sync.photo import TITLE_MAX, Label
from folder_sync.report.formats import json_line
from folder_sync.service.intake.dry_run import Fate, Foreseen
from folder_sync.text import display, path_text, quoted


@dataclass(slots=True)
class Summary:
    taken_in: int = 0
    duplicates: int = 0
    rejected: int = 0
    moved: int = 0
    held: int = 0

    def add(self, file: Foreseen) -> None:
        match file.fate:
            case Fate.UPLOAD:
                self.taken_in += 1
            case Fate.DUPLICATE:
                self.duplicates += 1
            case Fate.REJECT:
                self.rejected += 1
            case Fate.MOVE:
                self.moved += 1
            case Fate.WAIT:
                self.held += 1

    def as_json(self) -> dict[str, Any]:
        """The keys of a pass that was made."""
        return {
            "taken_in": self.taken_in,
            "uploaded": 0,
            "duplicates": self.duplicates,
            "rejected": self.rejected,
            "waiting": 0,
            "left_over": 0,
            "moved": self.moved,
            "held": self.held,
        }

    def in_words(self) -> str:
        parts = [f"{self.taken_in} would be taken in"]
        for count, what in (
            (self.duplicates, "would be duplicates"),
            (self.rejected, "would be rejected"),
            (self.moved, "would only be recorded in their new places"),
            (self.held, "may still be being written"),
        ):
            if count:
                parts.append(f"{count} {what}")
        return f"{', '.join(parts)}."


def line(file: Foreseen, roots: Sequence[bytes]) -> str:
    return f"{file.fate:10} {shown_path(file.path, roots)}: {display(_why(file, roots))}"


def _why(file: Foreseen, roots: Sequence[bytes]) -> str:
    if file.reason is not None:
        return f"{file.reason.code}: {file.reason.message}"
    match file.fate:
        case Fate.DUPLICATE if file.beside is not None:
            return f"the same photo as {quoted(shown_path(file.beside, roots))}"
        case Fate.DUPLICATE:
            return f"the same photo as photo {file.other}"
        case Fate.MOVE:
            return f"the file of photo {file.other}, in another place; nothing is sent"
        case Fate.WAIT:
            return "may still be being written"
    return _label(file.label) if file.label is not None else ""


def _label(label: Label) -> str:
    title = quoted(label.title, TITLE_MAX) if label.title else "no title"
    return f"{label.gtin}, {title}{', hero' if label.is_primary else ''}"


def json_of(file: Foreseen) -> str:
    """A line of the report."""
    label, reason = file.label, file.reason
    value = {
        "path": path_text(file.path),
        "would": file.fate.value,
        "gtin": label.gtin if label else None,
        "title": label.title if label else None,
        "is_primary": label.is_primary if label else None,
        "reason": {"code": str(reason.code), "message": reason.message} if reason else None,
        "photo": file.other,
    }
    return f"{json_line(value)}\n"
