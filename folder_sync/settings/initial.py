"""The configuration that `init` writes: what it found out as values, everything else as comments with the defaults."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Literal, get_origin

from pydantic_core import PydanticUndefined

from folder_sync.settings.keys import about, expected, known, sections
from folder_sync.settings.tables import Watch
from folder_sync.text import display

_HEAD = """\
# folder-sync, written by `folder-sync init`. `folder-sync check` says whether it is right. A line that begins with #
# shows the default: remove the # to change it. The key itself never goes into this file.
"""


def configuration(
    *,
    base_url: str,
    organization_id: str,
    organization: str,
    key_file: Path | None,
    folder: Path,
    names: Sequence[str],
    formats: Sequence[str],
    store_url: str,
) -> str:
    """TOML. ``organization`` is its name, for the reader; empty where it could not be found out."""
    found: dict[tuple[str, str], str | list[str]] = {
        ("accounts", "base_url"): base_url,
        ("accounts", "organization_id"): organization_id,
        ("accounts", "key_file"): str(key_file) if key_file else "",
        ("watch", "path"): str(folder),
        ("watch", "names"): list(names) if tuple(names) != Watch.model_fields["names"].default else "",
        ("convert", "formats"): list(formats),
        ("store", "url"): store_url,
    }
    remarks = {("accounts", "organization_id"): display(organization)}
    return "\n".join([_HEAD, *(_section(name, found, remarks) for name in sections())])


def _section(name: str, found: dict[tuple[str, str], str | list[str]], remarks: dict[tuple[str, str], str]) -> str:
    heading = {"accounts": "[accounts.main]", "watch": "[[watch]]", "shots": "# [[shots]]"}.get(name, f"[{name}]")
    lines = [f"# {about(name)}", heading]
    for key, field in known().items():
        if key[0] != name or key[-1] == "key":
            continue
        place = (name, key[-1])
        value, remark = found.get(place, ""), remarks.get(place, "")
        if value:
            lines.append(f"{key[-1]} = {json.dumps(value, ensure_ascii=False)}" + (f"  # {remark}" if remark else ""))
        else:
            choices = f"{expected(field)}. " if get_origin(field.annotation) is Literal else ""
            lines.append(f"# {key[-1]} = {_default(field.default)}  # {choices}{field.description}")
    return "\n".join([*lines, ""])


def _default(value: object) -> str:
    return json.dumps("" if value is None or value is PydanticUndefined else value)
