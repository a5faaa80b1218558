"""What holds for the program as a whole and belongs to no option: said by ``--help`` and by the manual page."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

Fact = tuple[str, str]
"""What it is about, and a sentence or a part of one."""

DESCRIPTION: Final = """\
Finished product photos land in a folder; every photo that is named by the convention below appears on the right
product in the Closient catalogue, once, with its caption and hero flag. Whoever asks can see which photo became which
image, and why one did not.

`run` is the service; `status`, `list`, `products`, `changes`, `show` and `retry` work beside it. `sync` is one pass,
from a shell or a timer. `demo` shows all of it without an account.

Every command explains itself with --help."""

FILE_NAMES: Final = """\
A photo is named `GTIN[__TITLE][__FLAG...].EXTENSION`, for example `00012345678905__Front_of_package__primary.jpg`:
two underscores set the parts apart, one underscore is a space.

The GTIN has 8, 12, 13 or 14 digits. A flag is `primary`, which makes the photo the hero of its product, or a number
that only tells files apart. The extension is jpg, jpeg, png, gif, webp, svg or bmp. Raw files, their sidecars and
hidden files are left alone; anything else that can't go is listed with the reason."""
"""Both are read by ``manual.paragraphs``: what stands in backticks is bold there."""

EXIT_CODES: Final[tuple[Fact, ...]] = (
    ("0", "done"),
    ("1", "done, and something needs attention: a rejected photo, a failed check, a name that is not understood"),
    ("2", "wrong usage"),
    ("75", "another instance runs on this database"),
    ("78", "the configuration is invalid"),
)

SIGNALS: Final[tuple[Fact, ...]] = (
    (
        "TERM, INT",
        "finish what is in flight, for at most delivery.shutdown_seconds, and leave the rest to the next start",
    ),
    ("HUP", "read the configuration and the keys again, and end all pauses"),
)
"""What ``run`` makes of them."""

FILES: Final[tuple[Fact, ...]] = (
    ("~/.config/folder-sync/config.toml", "The configuration of a person."),
    ("/etc/folder-sync/config.toml", "The configuration of the machine, where a person has none."),
    ("~/.local/state/folder-sync/folder-sync.db", "The records, unless store.url names another place."),
    ("/var/lib/folder-sync/folder-sync.db", "The records of the service under systemd."),
    ("folder-sync.db.backup-DATE", "A copy of the records beside them, made once a day; the last seven are kept."),
    ("folder-sync.db.suspect", "Left behind where damage was met in the records; the next start checks them."),
    (".folder-sync-mark, folder-sync.db.mark", "Say who works on a watched folder, and how far its records have come."),
    (".folder-sync-hearing", "Created for a moment in a watched folder, to prove that new files are noticed."),
)

ENVIRONMENT: Final[tuple[Fact, ...]] = (
    ("FOLDER_SYNC_CONFIG", "The configuration file, where --config does not name one."),
    (
        "FOLDER_SYNC_TABLE__KEY",
        "Any key of the configuration, and stronger than the file: FOLDER_SYNC_LOG__LEVEL for level in [log].",
    ),
    ("FOLDER_SYNC_ACCOUNTS__NAME__KEY", "The API key of the account NAME, in capitals; it never stands in the file."),
    ("CREDENTIALS_DIRECTORY", "Set by systemd: the folder that holds the key of the account main as main.key."),
    ("STATE_DIRECTORY", "Set by systemd: where the records are, unless store.url names another place."),
    ("NOTIFY_SOCKET, WATCHDOG_USEC", "Set by systemd: where the service reports its state, and how often."),
    ("HTTPS_PROXY, ALL_PROXY, NO_PROXY", "The way to Closient, where it leads through an HTTP proxy."),
    ("SSL_CERT_FILE, SSL_CERT_DIR", "Whose certificates to trust, in place of the public authorities."),
    ("NO_COLOR", "Set to anything: no colours."),
)

EXAMPLES: Final[tuple[Fact, ...]] = (
    ("folder-sync demo", "All of it in a few seconds, without an account."),
    ("folder-sync init --path /srv/studio/export", "Write a configuration for this folder."),
    ("folder-sync list --state rejected", "Which photos can't go, and why."),
    ("folder-sync list --excel > photos.csv", "All photos and their image ids, for a spreadsheet."),
    ("folder-sync products --without-hero", "Which products have no hero in the catalogue."),
    ("folder-sync parse 4006381333931__Front__primary.jpg", "How a file name is understood."),
)


def sentence(subject: str, facts: Iterable[Fact]) -> str:
    """``Exit codes: 0 done; 1 …``: all of them in one line, for the foot of a help text."""
    return f"{subject}: {'; '.join(f'{name} {meaning}' for name, meaning in facts)}."
