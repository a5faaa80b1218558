"""Builds the bundle: the same state gives the same bytes, and leaves out only what it can't read."""

from __future__ import annotations

import gzip
import io
import json
import os
import tarfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from folder_sync.accounts import configured_windows
from folder_sync.errors import ConfigInvalid, StoreUnavailable
from folder_sync.records import store_of
from folder_sync.report import checks
from folder_sync.report.checks import messages
from folder_sync.report.status import status
from folder_sync.report.support import findings, log_lines, records, settings_shown
from folder_sync.report.support.machine import versions
from folder_sync.report.support.pseudonyms import Pseudonyms
from folder_sync.settings import Settings
from folder_sync.store.glances import Glances
from folder_sync.store.ports import Database
from folder_sync.store.quota import QuotaBook
from folder_sync.text import json_text

_HEAD: Final = """\
This bundle is for whoever helps with folder-sync. Only what is listed here is in it.

Left out: keys, passwords and the addresses of messages; photos; the database; all free text, such as the server's
messages and what was looked for.
Names, titles, paths, GTINs, hosts, and the ids of accounts, organizations and images are pseudonyms, the same ones
throughout: "title-4" is one title wherever it stands. Numbers of photos are true: `folder-sync show 17` tells you, and
nobody else, what photo-17 is. Times, sizes and the program's own words are as they are.
"""

_ABOUT: Final = {
    "versions.json": "the program, Python, the libraries and the system",
    "check.json": "what folder-sync check finds without asking Closient",
    "status.json": "how the service stands: counts, quota, pauses, files that are held",
    "configuration.toml": "settings that are numbers or choices; the others as pseudonyms, counted, or left out",
    "photos.jsonl": f"the newest {records.MOST_PHOTOS} photos, and as many unfinished ones, with the steps they took",
    "log.jsonl": "lines of the service's log that it wrote as JSON, without their texts",
}


@dataclass(frozen=True, slots=True)
class Log:
    """Where the log was found, or why not, in words for the manifest that hold nothing of the studio's."""

    said: str
    lines: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Bundle:
    """``manifest`` is its first file, and what people are shown before it is written."""

    manifest: str
    files: Mapping[str, bytes]

    def packed(self) -> bytes:
        """As .tar.gz, without a time, an owner or anything else of the machine's."""
        tar = io.BytesIO()
        with tarfile.open(fileobj=tar, mode="w", format=tarfile.USTAR_FORMAT) as archive:
            for name, content in {"manifest.txt": self.manifest.encode(), **self.files}.items():
                member = tarfile.TarInfo(name)
                member.size, member.mode = len(content), 0o600
                archive.addfile(member, io.BytesIO(content))
        packed = io.BytesIO()
        with gzip.GzipFile(filename="", fileobj=packed, mode="wb", mtime=0) as file:
            file.write(tar.getvalue())
        return packed.getvalue()


@dataclass(slots=True)
class _Troubles:
    """What could not be read, for the manifest."""

    said: list[str] = field(default_factory=list)

    @contextmanager
    def over(self, what: str) -> Iterator[None]:
        try:
            yield
        except (
            ConfigInvalid,
            StoreUnavailable,
            ValueError,
        ):  # a damaged database may hold values that are none of ours
            self.said.append(f"The database could not be read, or not to its end: {what}.")


def collect(settings: Settings, environ: Mapping[str, str], log: Log) -> Bundle:
    """Nothing is sent: only the database and the folders are looked at. Of a damaged database what can be read is."""
    pseudonyms, troubles = Pseudonyms(_roots(settings)), _Troubles()
    # In the order in which pseudonyms are given: whoever reads it meets number 1 first.
    configuration = settings_shown.toml(settings, pseudonyms)
    photos: list[dict[str, Any]] = []
    standing: dict[str, Any] | None = None
    with troubles.over("there is no status.json, and photos.jsonl may end too early"):
        database = store_of(settings, environ).open(read_only=True)
        with closing(database):
            with troubles.over("photos.jsonl ends too early"):
                photos.extend(records.photos(database, pseudonyms))
            standing = _status(settings, database, pseudonyms)
    found = log_lines.harmless(log.lines, pseudonyms)
    checked = checks.check(settings, environ, ask=False) + messages.check(settings.notify, send=False)
    contents = {
        "versions.json": json_text(versions()) + "\n",
        "check.json": json_text([findings.finding(one, pseudonyms) for one in checked]) + "\n",
        "status.json": json_text(standing) + "\n",
        "configuration.toml": configuration,
        "photos.jsonl": _json_lines(photos),
        "log.jsonl": _json_lines(found.lines),
    }
    files = {name: content.encode() for name, content in contents.items()}
    said = [*troubles.said, f"{log.said} {_left_out(found.foreign)}".rstrip()]
    return Bundle(_manifest(files, said), files)


def _roots(settings: Settings) -> list[bytes]:
    return [os.path.abspath(os.fsencode(watched.path)) for watched in settings.watch]


def _status(settings: Settings, database: Database, pseudonyms: Pseudonyms) -> dict[str, Any]:
    """As of the last thing that was recorded, not of now: an hour later it says the same."""
    windows = {name: configured_windows(account) for name, account in settings.accounts.items()}
    book = QuotaBook(database)
    moments = [step.at for step in Glances(database).steps(None, 1)]
    moments += [float(second) for account in windows for second, _ in book.used(account, 0)[-1:]]
    as_of = max(moments, default=0.0)
    return records.status(status(database, windows, as_of), as_of, pseudonyms)


def _json_lines(values: Iterable[object]) -> str:
    return "".join(f"{json.dumps(value)}\n" for value in values)


def _left_out(foreign: int) -> str:
    return f"{foreign} lines of it were not written by the service as JSON, and are left out." if foreign else ""


def _manifest(files: Mapping[str, bytes], said: Iterable[str]) -> str:
    lines = [f"{name:20}{len(content):>10,} bytes  {_ABOUT[name]}" for name, content in files.items()]
    return "\n".join([_HEAD, *lines, "", *said]) + "\n"
