"""Which values the configuration takes: pure functions from what was written to what is meant.

Each raises ``Wrong`` with a predicate for people; whoever catches it puts the name of the key in front.
No message repeats a value that could hold a secret.
"""

from __future__ import annotations

import difflib
import os.path
import re
from collections.abc import Collection, Sequence
from pathlib import Path, PurePosixPath
from typing import Final
from urllib.parse import parse_qs, urlsplit

from folder_sync.closient.addresses import is_loopback
from folder_sync.closient.paths import is_identifier
from folder_sync.photo import TITLE_MAX
from folder_sync.rules.names import naming, shots
from folder_sync.rules.names.parts import clean_title, is_flag, meant_hero
from folder_sync.rules.names.template import BadTemplate
from folder_sync.text import KEY_PATTERN

FOREVER: Final = 1e9
"""Seconds, 31 years. Longer durations are cut to it: clocks, dates and waits overflow not far beyond."""

CODE_MAX: Final = 50
"""Characters of a shot's code."""

_ACCOUNT_NAME: Final = re.compile(r"[A-Za-z0-9_-]+")
_KEY: Final = re.compile(KEY_PATTERN)
_MESSAGE_ADDRESS: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S.*")
_SQLITE: Final = "sqlite:///"


class Wrong(ValueError):
    """``str()``: what is wrong, as the rest of a sentence without its full stop. ``hint``: what to do."""

    def __init__(self, what: str, hint: str = "") -> None:
        super().__init__(what)
        self.hint = hint


def nearest(name: str, known: Collection[str]) -> str:
    """A sentence that names the known name nearest to ``name``; ``known`` may not be empty."""
    close = difflib.get_close_matches(name, known, n=1)
    if close:
        return f"Did you mean {close[0]}?"
    return f"The nearest known name is {difflib.get_close_matches(name, known, n=1, cutoff=0.0)[0]}."


def expanded(text: str) -> str:
    """``~`` as the home folder. Of a user unknown here it is left as it is, where pathlib would raise."""
    return os.path.expanduser(text)  # noqa: PTH111 -- pathlib's raises


def account_name(name: str) -> str:
    if not _ACCOUNT_NAME.fullmatch(name):
        raise Wrong("has a name with other characters than letters, digits, - and _", "Choose a plainer name.")
    return name


def folded(name: str) -> str:
    """What is left of an account's name in an environment variable, which knows no case and no dash."""
    return name.lower().replace("-", "_")


def organization_id(text: str) -> str:
    if text and not is_identifier(text):
        raise Wrong(
            "is not an organization id: 22 letters and digits, without 0, 1, I, O and l",
            "Leave it empty to take it from the key.",
        )
    return text


def base_url(text: str) -> str:
    """``https://host[:port]``, without a trailing slash; plain http to loopback only."""
    example = "Write it like https://www.closient.com."
    try:
        parts = urlsplit(text)
        host, _port = parts.hostname, parts.port
        (host or "").encode("idna")  # as looking it up does
    except ValueError:
        raise Wrong("is not a web address", example) from None
    if parts.scheme not in ("http", "https") or not host or re.search(r"[\s\\]", text):
        raise Wrong("is not a web address", example)
    if "@" in parts.netloc:
        raise Wrong("holds a user name or password, which does not belong there", example)
    if parts.path not in ("", "/") or "?" in text or "#" in text:
        raise Wrong("has more than a host and a port", example)
    if parts.scheme == "http" and not is_loopback(host):
        raise Wrong("must begin with https://", "Plain http would show the key to everybody on the way.")
    return f"{parts.scheme}://{parts.netloc}"


def optional_file(text: object) -> object:
    """None for an empty name, ``~`` expanded. A key written where the name of its file belongs is refused."""
    if not isinstance(text, str):
        return text
    if _KEY.search(text):
        raise Wrong("holds a key, not the name of a file", "Put the key in a file and name that file here.")
    return expanded(text) or None


def absolute_folder(text: object) -> object:
    """A normalised absolute path, ``~`` expanded. Nothing is looked up on disk: it may be away just now."""
    if not isinstance(text, (str, Path)):
        return text
    folder = expanded(str(text))
    if not os.path.isabs(folder) or "\0" in folder:
        raise Wrong("must be an absolute path", "Write it like /srv/studio/export.")
    return Path(os.path.normpath(folder))


def inner_folder(text: str) -> str:
    """A folder below the watched one: relative, at least one part, never leading out."""
    path = PurePosixPath(text)
    if not path.parts or path.is_absolute() or ".." in path.parts or "\0" in text:
        raise Wrong("must be the name of a folder inside the watched one", "Write it like uploaded.")
    return str(path)


def message_addresses(urls: Sequence[str]) -> None:
    """Only their form: which services there are, Apprise knows. They hold secrets, so none is repeated."""
    for number, url in enumerate(urls, start=1):
        if not _MESSAGE_ADDRESS.fullmatch(url):
            raise Wrong(
                f"has something else than an address as number {number}",
                "Write it like mailto://user:password@example.com.",
            )


def not_inside_one_another(folders: Collection[Path]) -> None:
    """By name only: of links, and of what is mounted twice, `check` tells."""
    seen: list[Path] = []
    for folder in folders:
        for other in seen:
            if folder == other:
                raise Wrong(f"names {folder} twice", "Keep one of the two.")
            if folder.is_relative_to(other) or other.is_relative_to(folder):
                inner, outer = sorted((folder, other), key=lambda path: len(path.parts), reverse=True)
                raise Wrong(f"has {inner} inside {outer}", "A photo may lie in one watched folder only.")
        seen.append(folder)


def ignore_patterns(patterns: Sequence[str], roots: Collection[Path] = ()) -> None:
    if not patterns:
        return
    from folder_sync.rules.names.patterns import BadPattern, check  # noqa: PLC0415 -- slow to load, and rarely needed

    for pattern in patterns:
        try:
            check(pattern, map(str, roots))
        except BadPattern as error:
            raise Wrong(str(error), error.hint) from None


def names(entries: Sequence[str], *, has_products: bool, has_codes: bool, recursive: bool) -> None:
    """How the names of a watched folder are read."""
    try:
        naming.check(entries, has_products=has_products, has_codes=has_codes, recursive=recursive)
    except BadTemplate as error:
        raise Wrong(str(error).replace('has "', 'has names with "', 1), error.hint) from None


def shot_name(text: str) -> str:
    """A title that names can say."""
    if not text or clean_title(text) != text:
        raise Wrong("is not a title as it is sent", "Write it in single words, with single blanks and no _ between.")
    if len(text) > TITLE_MAX:
        raise Wrong(f"has more than {TITLE_MAX} characters", "Shorten it.")
    if is_flag(text) or meant_hero(text):
        raise Wrong("would be taken for a flag", "Choose another title; primary = true makes it the hero.")
    return text


def shot_code(text: str) -> str:
    if not text.strip() or text != text.strip() or "/" in text or len(text) > CODE_MAX:
        raise Wrong(
            f'has the code "{text}", which no name can have', "Write it as it stands in file names, such as MAIN."
        )
    return text


def distinct(texts: Sequence[str], what: str) -> None:
    seen: set[str] = set()
    for text in texts:
        if shots.folded(text) in seen:
            raise Wrong(f'has the {what} "{text}" twice', "Letter case makes no difference: choose another one.")
        seen.add(shots.folded(text))


def account_of(folder: Path, account: str, known: Sequence[str]) -> str:
    """The account that the photos in ``folder`` go to: the one named, or the only one."""
    if account in known:
        return account
    if account:
        raise Wrong(f'sends {folder} to an unknown account "{account}"', nearest(account, known))
    if len(known) > 1:
        raise Wrong(f"does not say which account {folder} belongs to", f"Add account, one of {', '.join(known)}.")
    return known[0]


def store_url(text: str) -> str:
    if is_server(text):
        return _server(text)
    if text and (not text.startswith(f"{_SQLITE}/") or text.endswith("/") or "\0" in text):
        raise Wrong(
            "must be the address of an SQLite file with an absolute path, or that of a PostgreSQL database",
            "Write it like sqlite:////var/lib/folder-sync/folder-sync.db, with four slashes.",
        )
    return text


def is_server(url: str) -> bool:
    """Whether a ``store_url`` names a database of a server, not a file."""
    return url.startswith(("postgresql://", "postgres://"))


def _server(text: str) -> str:
    """As libpq reads it (*Connection URIs*), without its password: the configuration gets copied and shown around."""
    example = "Write it like postgresql://folder_sync@db.example.com/photos."
    try:
        parts = urlsplit(text)
        has_password = parts.password is not None or "password" in parse_qs(parts.query, keep_blank_values=True)
    except ValueError:
        raise Wrong("is not the address of a PostgreSQL database", example) from None
    if has_password:
        raise Wrong("holds a password", "Put it in a file and name that file in store.password_file.")
    if re.search(r"[\s\0]", text) or not parts.path.strip("/"):
        raise Wrong("is not the address of a PostgreSQL database", example)
    return text


def store_path(url: str) -> Path:
    """The file that a ``store_url`` names."""
    return Path(url.removeprefix(_SQLITE))
