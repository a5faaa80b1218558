"""A message to people, and what came of sending it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["info", "success", "warning", "failure"]
"""Apprise's kinds of notification; many targets show them as a colour or a sign."""


@dataclass(frozen=True, slots=True)
class Message:
    """Plain text. ``subject``: one line; ``body``: lines for people who don't know the program."""

    subject: str
    body: str
    severity: Severity


@dataclass(frozen=True, slots=True)
class SendResult:
    """``address``: the target, safe to show. ``problem``: a sentence, empty where the message went."""

    address: str
    problem: str = ""

    @property
    def ok(self) -> bool:
        return not self.problem
