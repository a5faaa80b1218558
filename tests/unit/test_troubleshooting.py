"""docs/troubleshooting.md quotes what the program says: every quoted message has to stand in the source, and every
reason, pause and failed check has to be found on the page by what is seen of it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from folder_sync.photo import ReasonCode
from folder_sync.rules.outcome import Scope

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/troubleshooting.md").read_text(encoding="utf-8")

LETTERS = 8
"""So many letters of its own a text in the source needs, or it would fit anything."""
FILLED_IN = re.compile(
    r"Tried again at [-0-9: ]+\.|\[Errno \d+\] [A-Z][a-z ]+|The title is not allowed|Payload too large"
    r"|Failed to send JSON POST notification: .*|\w*://\S*|notify\.urls|^(ok|FAILED) +[\w ]+: "
    r"|^\{.*\"reason\": |^[a-z_]+: |^Error: |^Paused, \w+:(main|/[^:]*): |\S*__\S*|\"[^\"]*\"|\[\[watch\]\]|/[\w./-]*\w"
)
"""The frame of a message, and in it the words of the kernel, of servers and of Apprise, and names of photos, files and
keys."""


def in_source(folder: Path) -> Iterator[ast.AST]:
    for file in sorted(folder.rglob("*.py")):
        yield from ast.walk(ast.parse(file.read_text(encoding="utf-8")))


def parts_of(text: ast.AST) -> list[str | None]:
    """The pieces of a text; None where something is filled in."""
    match text:
        case ast.JoinedStr(values=values):
            return [str(part.value) if isinstance(part, ast.Constant) else None for part in values]
        case ast.Constant(value=str(value)):
            pieces: list[str | None] = [*re.split(r"\{\w*\}", value)]  # str.format
            return [part for piece in pieces for part in (piece, None)][:-1]
    return []


def pattern(parts: list[str | None]) -> re.Pattern[str]:
    """What is filled in at an end is a word; inside it may be anything."""
    holes = [r"\S*" if place in {0, len(parts) - 1} else ".+?" for place in range(len(parts))]
    return re.compile(
        "".join(hole if part is None else re.escape(part) for part, hole in zip(parts, holes, strict=True))
    )


@cache
def texts() -> tuple[re.Pattern[str], ...]:
    """Every text in the source."""
    found = [parts_of(node) for node in in_source(ROOT / "folder_sync")]
    return tuple(pattern(parts) for parts in found if sum(map(str.isalpha, "".join(filter(None, parts)))) >= LETTERS)


def unknown_part(message: str) -> str:
    """What of a message no text in the source accounts for."""
    left = list(message)
    for text in (FILLED_IN, *texts()):
        for match in text.finditer(message):
            left[slice(*match.span())] = " " * len(match[0])
    return " ".join(re.findall(r"[A-Za-z]{3,}", "".join(left)))


def quoted() -> list[str]:
    blocks = re.findall(r"^ *```\n(.*?)^ *```", PAGE, flags=re.DOTALL | re.MULTILINE)
    return [line.strip() for block in blocks for line in block.splitlines() if line.strip()]


@pytest.mark.parametrize("message", quoted())
def test_what_is_quoted_is_said(message: str) -> None:
    assert unknown_part(message) == ""


@pytest.mark.parametrize("code", [code for code in ReasonCode if code is not ReasonCode.IGNORED])
def test_every_reason_is_found_by_its_code(code: ReasonCode) -> None:
    assert re.search(rf"^{code}: |`{code}`", PAGE, flags=re.MULTILINE)


@pytest.mark.parametrize("scope", [*(scope.value for scope in Scope), "folder"])
def test_every_kind_of_pause_is_found_as_status_shows_it(scope: str) -> None:
    assert f"Paused, {scope}:" in PAGE


def failed_checks() -> list[list[str | None]]:
    """What `check` says of whatever is not as it should be."""
    found = []
    for node in in_source(ROOT / "folder_sync"):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Finding":
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            verdict = given.get("ok")
            if isinstance(verdict, ast.Constant) and verdict.value is False and (parts := parts_of(given["detail"])):
                found.append(parts)
    return found


def test_every_failed_check_is_found_by_what_it_says() -> None:
    assert len(failed_checks()) >= 8
    flowing = " ".join(PAGE.split())
    assert [parts for parts in failed_checks() if not pattern(parts).search(flowing)] == []
