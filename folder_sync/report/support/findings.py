"""What `check` found without asking anybody, without the names in it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final

from folder_sync.report.checks.finding import Finding
from folder_sync.report.support.pseudonyms import Pseudonyms
from folder_sync.report.support.sayings import said

_TITLES: Final[tuple[tuple[re.Pattern[str], str, Callable[[str, Pseudonyms], str | None]], ...]] = (
    (re.compile("folder (.*)", re.DOTALL), "folder", lambda path, pseudonyms: pseudonyms.folder(path)),
    (re.compile("ignored in (.*)", re.DOTALL), "ignored", lambda path, pseudonyms: pseudonyms.folder(path)),
    (re.compile("key of (.*)", re.DOTALL), "key", lambda name, pseudonyms: pseudonyms.of("account", name)),
    (re.compile("connection of (.*)", re.DOTALL), "connection", lambda name, given: given.of("account", name)),
    (re.compile("products, line ([0-9]+)", re.ASCII), "products", lambda line, _: f"line {line}"),
    (re.compile("message address ([0-9]+)", re.ASCII), "messages", lambda number, _: f"address {number}"),
    (re.compile("(configuration|database|disk space|products|messages)"), "", lambda _, __: None),
)


def finding(found: Finding, pseudonyms: Pseudonyms) -> dict[str, Any]:
    check, about = "other", None
    for pattern, name, shown in _TITLES:
        if match := pattern.fullmatch(found.check):
            check, about = name or match[1], shown(match[1], pseudonyms)
            break
    return {"check": check, "about": about, "ok": found.ok, "detail": said(found.detail)}
