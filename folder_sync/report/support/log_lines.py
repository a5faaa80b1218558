"""The service's log, each line made anew from what is known to be harmless in it."""

from __future__ import annotations

import builtins
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import folder_sync
from folder_sync import errors
from folder_sync.photo import State
from folder_sync.report.support.pseudonyms import Pseudonyms
from folder_sync.report.support.sayings import reason_code, said
from folder_sync.rules.noticing import Kind

EVENTS: Final = frozenset(
    {
        "asked_in_vain",
        "audit_failed",
        "catalogue_audited",
        "clock_set_back",
        "converted_files_not_deleted",
        "database_backed_up",
        "file_left",
        "folder_monitor_failed",
    }
    | {"housekeeping_failed", "inspection_failed", "intake_failed", "library_message", "machine_gone", "message_failed"}
    | {"machine_forgotten"}
    | {"message_sent", "message_target_wrong", "messages_impossible", "page_failed", "photo_known"}
    | {"photo_out_of_reach", "photo_queued", "photo_rejected", "photo_uploaded", "photo_waiting"}
    | {
        "product_unusable",
        "products_read",
        "products_unreadable",
        "records_behind",
        "reload_refused",
        "scan_broken_off",
    }
    | {
        "shared_folder_left",
        "shared_folder_left_to_others",
        "shared_folder_taken_back",
        "shared_folder_taken_in",
        "scan_failed",
        "service_paused",
        "service_resumed",
        "service_started",
        "service_starts_anew",
        "service_stopped",
    }
    | {"store_damaged", "store_gone", "store_taken", "store_unavailable", "telling_failed", "upload_retried"}
    | {"upload_unconfirmed", "watching_by_polling", "watching_deaf", "worker_failed"}
)
_LEVELS: Final = frozenset({"debug", "info", "warning", "error", "critical"})
_NUMBERS: Final = frozenset(
    {"again_in", "differences", "attempts", "duplicate_of", "finished", "is_primary", "line", "photo"}
    | {"products", "seconds", "size", "times", "unconfirmed", "unusable"}
)
_WORDS: Final = frozenset(map(str, State)) | frozenset(map(str, Kind))
_TIME: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)", re.ASCII)
_CALL: Final = re.compile(r"([a-z_.]+):(\d{1,6}) \S+", re.ASCII)
_RAISED: Final = re.compile(r"([A-Za-z]+): .*", re.DOTALL)


@dataclass(frozen=True, slots=True)
class LogLines:
    """``foreign``: how many lines were none of ours, or written for people, and are left out."""

    lines: list[dict[str, Any]]
    foreign: int


def harmless(lines: Iterable[str], pseudonyms: Pseudonyms) -> LogLines:
    found, foreign = [], 0
    for line in lines:
        entry = _parsed(line)
        if entry is None:
            foreign += 1
        else:
            found.append(_entry(entry, pseudonyms))
    return LogLines(found, foreign)


def _parsed(line: str) -> dict[str, Any] | None:
    """Whatever journald or a container's log put in front of it is passed over."""
    start = line.find("{")
    if start < 0:
        return None
    try:
        entry = json.loads(line[start:])
    except (ValueError, RecursionError):
        return None
    is_ours = isinstance(entry, dict) and entry.get("event") in EVENTS and entry.get("level") in _LEVELS
    return entry if is_ours else None


def _entry(entry: dict[str, Any], pseudonyms: Pseudonyms) -> dict[str, Any]:
    kept = {"timestamp": _moment(entry.get("timestamp")), "level": entry["level"], "event": entry["event"]}
    for key, value in entry.items():
        shown = _value(key, value, pseudonyms)
        if shown is not None:
            kept[key] = shown
    return kept


def _value(key: str, value: object, pseudonyms: Pseudonyms) -> Any:
    """What may be said of it; None: nothing."""
    if key in _NUMBERS and isinstance(value, (int, float)):
        return value
    match key, value:
        case "until" | "not_before", str():
            return _moment(value)
        case "state" | "kind", str():
            return value if value in _WORDS else None
        case "path", str():
            return pseudonyms.path(value)
        case "folder", str():
            return pseudonyms.folder(value)
        case "folders", list():
            return [pseudonyms.folder(folder) for folder in value if isinstance(folder, str)]
        case "scope", str():
            return pseudonyms.scope(value)
        case "gtin" | "title" | "target" | "account", str():
            return pseudonyms.of(key, value)
        case "image_id", str():
            return pseudonyms.of("image", value)
        case "reason", str():
            return said(value) or reason_code(value)
        case "raised", str():
            return _class(value)
        case "caused_by" | "traceback", list():
            texts = [text for text in value if isinstance(text, str)]
            return [_class(text) for text in texts] if key == "caused_by" else [_place(text) for text in texts]
    return None


def _moment(value: object) -> str | None:
    return value if isinstance(value, str) and _TIME.fullmatch(value) else None


def _class(raised: str) -> str:
    """An exception, without what it says."""
    match = _RAISED.fullmatch(raised)
    name = match[1] if match else ""
    named = getattr(builtins, name, None) or getattr(errors, name, None)
    return name if isinstance(named, type) and issubclass(named, BaseException) else "other"


def _place(call: str) -> str:
    """``folder_sync.store.queue:120`` of a module that exists; of another nothing but that it is another."""
    match = _CALL.fullmatch(call)
    return f"{match[1]}:{match[2]}" if match and match[1] in _modules() else "other"


@cache
def _modules() -> frozenset[str]:
    package = Path(folder_sync.__path__[0])
    found = (path.relative_to(package.parent).with_suffix("") for path in package.rglob("*.py"))
    return frozenset(".".join(path.parts).removesuffix(".__init__") for path in found)
