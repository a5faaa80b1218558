"""docs/troubleshooting.md quotes what the program says: every quoted sentence has to stand in the source, and every
reason, pause and failed check has to be found on the page by what is seen of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Final

import pytest

from folder_sync.photo import ReasonCode
from folder_sync.rules.outcome import Scope

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")
SOURCES: Final = sorted((ROOT / "folder_sync").rglob("*.py"))

FILLED_IN: Final = (
    "Connection refused", "Permission denied", "Read-only file system", "Address already in use",  # the kernel's
    "The title is not allowed", "Payload too large", "The product belongs to another organization",  # the server's
    "Failed to send JSON POST notification", "Unauthorized - Invalid Token", "error=401",  # Apprise's
    "unable to open database file",  # SQLite's
    "photos on", "connection refused",  # a database's name, libpq's
    "Invalid value",  # Python's
    "a PNG", "a JPEG", "a ZIP archive", "a script", "2 images", "2 photos",
    "acme, zenith", "at line 3, column 9 (level = …)", "which holds no certificates",
)  # fmt: skip
"""What is filled in where messages are quoted: words that are not of this program's making, and examples."""
RUN: Final = 3
"""So many words that follow each other have to do so in the source, too."""


def runs(text: str) -> Iterator[tuple[str, ...]]:
    """The words of a text, by three, as far as nothing stands between them."""
    for part in re.split(r"[^A-Za-z' -]+", text):
        words = re.findall(r"[A-Za-z]+(?:'[a-z]+)?", part)
        yield from (tuple(words[start : start + RUN]) for start in range(max(len(words) - RUN, 0) + 1))


@cache
def in_source() -> frozenset[tuple[str, ...]]:
    """All runs of words in the source, and what they begin with; texts over several lines are one."""
    joined = (re.sub(r'"\n\s*f?"|\\(?=\')', "", file.read_text(encoding="utf-8")) for file in SOURCES)
    found = {run for text in joined for run in runs(text)}
    return frozenset(run[start:end] for run in found for start in range(RUN) for end in range(start + 1, RUN + 1))


def not_said(message: str) -> list[str]:
    """What of a message does not stand in the source; names, numbers and foreign words aside."""
    for words in FILLED_IN:
        message = message.replace(words, "|")
    message = re.sub(r'^(ok|FAILED) +[\w ]+: |"[^"]*"', "|", message)  # what was checked, and names
    message = re.sub(r"\S*(?:[/_@*=0-9]|\w\.\w)\S*", "|", message)  # paths, numbers, keys of logs
    return [" ".join(run) for run in runs(message) if run and run not in in_source()]


def quoted() -> list[str]:
    blocks = re.findall(r"^ *```\n(.*?)^ *```", PAGE, flags=re.DOTALL | re.MULTILINE)
    lines = [line.strip() for block in blocks for line in block.splitlines() if line.strip()]
    reasons = [re.fullmatch(r'\{.*"reason": "(.*?)"(?:, "again_in": .*)?\}', line) for line in lines]
    return [line if reason is None else reason[1] for line, reason in zip(lines, reasons, strict=True)]


def test_every_event_of_the_log_is_named() -> None:
    """Whoever meets one in the log looks for it here: of eleven there was not a word."""
    handbook = "".join(page.read_text("utf-8") for page in (ROOT / "docs").glob("*.md"))
    program = (file.read_text("utf-8") for file in SOURCES)
    events = {event for text in program for event in re.findall(r'\blog\.\w+\(\s*"(\w+)"', text)}
    assert len(events) > 20
    assert {event for event in events if f"`{event}`" not in handbook and f'"{event}"' not in handbook} == set()


@pytest.mark.parametrize("message", quoted())
def test_what_is_quoted_is_said(message: str) -> None:
    assert not_said(message) == [], "Words that are filled in in the source have to stand in FILLED_IN."


def test_a_sentence_that_nobody_says_is_noticed() -> None:
    assert not_said("empty: The file is quite empty: nothing was written into it. Export it again.") == [
        "file is quite", "is quite empty",
    ]  # fmt: skip


@pytest.mark.parametrize("code", [code for code in ReasonCode if code is not ReasonCode.IGNORED])
def test_every_reason_is_found_by_its_code(code: ReasonCode) -> None:
    assert re.search(rf"^{code}: |`{code}`", PAGE, flags=re.MULTILINE)


@pytest.mark.parametrize("scope", [*(scope.value for scope in Scope), "folder"])
def test_every_kind_of_pause_is_found_as_status_shows_it(scope: str) -> None:
    assert f"Paused, {scope}:" in PAGE


def failed_checks() -> list[str]:
    """What `check` says of whatever is not as it should be, without what is filled in."""
    calls = [
        {keyword.arg: keyword.value for keyword in node.keywords}
        for file in SOURCES
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding"
    ]
    details = [call["detail"] for call in calls if isinstance(call.get("ok"), ast.Constant) and not call["ok"].value]  # type: ignore[attr-defined]
    constants = [node for detail in details for node in ast.walk(detail) if isinstance(node, ast.Constant)]
    return [text for node in constants if len(text := str(node.value).strip()) >= 8]


def test_every_failed_check_is_found_by_what_it_says() -> None:
    assert len(failed_checks()) >= 8
    flowing = " ".join(PAGE.split())
    assert [text for text in failed_checks() if text not in flowing] == []
