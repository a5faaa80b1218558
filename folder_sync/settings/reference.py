"""Writes docs/configuration.md from the model, so that it can't say anything else than the program does.

``python -m folder_sync.settings.reference [--check] FILE``; with ``--check`` it writes nothing, and exits with 1
where FILE is not what it would write.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from pydantic.fields import FieldInfo

from folder_sync.settings.keys import CONFIG_VARIABLE, LISTS, NAME, NUMBER, about, expected, known, sections, variable

_INTRODUCTION = f"""\
<!-- Written by `python -m folder_sync.settings.reference docs/configuration.md`. Change the model, not this file. -->

# Configuration

One TOML file. It is looked for in this order: `--config FILE`, `${CONFIG_VARIABLE}`,
`~/.config/folder-sync/config.toml`, `/etc/folder-sync/config.toml`. `config.example.toml` has every key with its
default; `folder-sync init` writes a file that fits your account; `folder-sync check` says whether yours is right.

Every key is an environment variable too, and that wins over the file. In their names, `MAIN` stands for the name of
the account, in capitals and with `_` for `-`; `0` for the first watched folder or shot. Lists are written as JSON, and
whole tables may be: `FOLDER_SYNC_INTAKE__IGNORE='["*_proof.*"]'`, `FOLDER_SYNC_WATCH='[{{"path": "/srv/export"}}]'`.

Every duration is in seconds and may be any positive number, fractions included. `~` is the home folder of the user
that the service runs as, and files that are named relatively are looked for beside the configuration file.

The key of an account is read from the first of these that is there: its environment variable, its `key_file`, the
systemd credential named after the account (`main.key`).
"""


def reference() -> str:
    """The whole page, in Markdown."""
    return "\n".join([_INTRODUCTION, *(_section(name) for name in sections())])


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write the reference of the configuration.")
    parser.add_argument("file", type=Path, help="docs/configuration.md")
    parser.add_argument("--check", action="store_true", help="write nothing; exit with 1 if it is out of date")
    options = parser.parse_args(arguments)
    if not options.check:
        options.file.write_text(reference(), encoding="utf-8")
        return 0
    return int(not options.file.is_file() or options.file.read_text(encoding="utf-8") != reference())


def _section(name: str) -> str:
    heading = "[accounts.NAME]" if name == "accounts" else f"[[{name}]]" if name in LISTS else f"[{name}]"
    rows = [_row(key, field) for key, field in known().items() if key[0] == name]
    table = ["| key | must be | default | meaning | environment |", "|---|---|---|---|---|", *rows]
    return "\n".join([f"## `{heading}`", "", about(name), "", *table, ""])


def _row(key: tuple[str, ...], field: FieldInfo) -> str:
    path = [{NAME: "main", NUMBER: "0"}.get(part, part) for part in key]
    cells = (f"`{key[-1]}`", expected(field), _default(field), field.description or "", f"`{variable(path)}`")
    return f"| {' | '.join(cells)} |"


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "none: needed"
    match field.default:
        case None | "":
            return "empty"
        case bool() as truth:
            return f"`{str(truth).lower()}`"
        case tuple() as items:
            return f"`{json.dumps(items)}`"
        case str() as text:
            return f'`"{text}"`'
    return f"`{field.default}`"


if __name__ == "__main__":
    raise SystemExit(main())
