"""Where the settings come from: one TOML file, and over it the environment."""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic_settings import EnvSettingsSource

from folder_sync.errors import ConfigInvalid
from folder_sync.settings.checks import expanded, folded, nearest
from folder_sync.settings.keys import CONFIG_VARIABLE, ENV_PREFIX, LISTS, NUMBER, general, known, sections, variable
from folder_sync.settings.model import Settings
from folder_sync.text import display, redact

Tree = dict[str, Any]
"""Tables in tables, as TOML and JSON have them; nothing in it is checked yet."""

_PLACE: Final = re.compile(r" \(at ((?:line (\d+), )?.+)\)$")
_TUPLE: Final = re.compile(r"\('[^()]*\)")
"""How tomllib writes the name of a table: ``('accounts', 'main')``."""
_IN_QUOTES: Final = re.compile(r"'([^']*)'")
_BEGINNING: Final = re.compile(r"\s*([\w.-]{1,60} =|\[+[^\]=]{1,60})")

_BARE_WORD: Final = re.compile(r"=\s*([^\W\d]\w*)")
"""A value without quotation marks."""


def home(environ: Mapping[str, str]) -> Path:
    return Path(environ.get("HOME") or expanded("~"))


def find(config: Path | None, environ: Mapping[str, str]) -> Path | None:
    """The file to read, or None. A file that was named is taken whether it exists or not."""
    if config is None and environ.get(CONFIG_VARIABLE):
        config = Path(environ[CONFIG_VARIABLE])
    if config is not None:
        return Path(expanded(str(config))).absolute()
    usual = (home(environ) / ".config/folder-sync/config.toml", Path("/etc/folder-sync/config.toml"))
    # isfile is false, too, for what lies behind a folder closed to us: a hardened unit hides the home folders.
    return next((path for path in usual if os.path.isfile(path)), None)


def read(path: Path) -> Tree:
    """Raises ConfigInvalid: missing, unreadable, not UTF-8, or not TOML."""
    try:
        text = path.read_bytes().decode("utf-8-sig")  # Windows editors put a byte order mark
        return tomllib.loads(text)
    except FileNotFoundError as exc:
        raise ConfigInvalid(
            f"The configuration file {path} does not exist.", "Write one with folder-sync init, or correct its name."
        ) from exc
    except IsADirectoryError as exc:
        raise ConfigInvalid(
            f"The configuration file {path} is a folder.", "Name the file in it, such as config.toml."
        ) from exc
    except OSError as exc:
        raise ConfigInvalid(
            f"The configuration file {path} can't be read: {exc.strerror}.", "Let the service's user read it."
        ) from exc
    except UnicodeDecodeError as exc:
        line = exc.object[: exc.start].count(b"\n") + 1
        raise ConfigInvalid(f"{path} is not UTF-8 text, at line {line}.", "Save it as UTF-8.") from exc
    except tomllib.TOMLDecodeError as exc:
        raise _not_toml(path, text, str(exc)) from exc


def _not_toml(path: Path, text: str, said: str) -> ConfigInvalid:
    """``said``: ``Invalid value (at line 3, column 8)``. Of the line only the key's name is shown: what follows it may
    be secret."""
    place = _PLACE.search(said)
    what = _TUPLE.sub(lambda names: f"[{'.'.join(_IN_QUOTES.findall(names[0]))}]", _PLACE.sub("", said))
    where = f" at {place[1]}" if place else ""
    line = text.splitlines()[int(place[2]) - 1] if place and place[2] else ""
    if name := _BEGINNING.match(line):
        where += f" ({name[1]} …)"
    word = bare[1] if (bare := _BARE_WORD.search(line)) else ""
    if word.lower() in ("true", "false") and not word.islower():
        hint = "true and false are written in small letters."
    elif what == "Invalid value" or word not in ("", "true", "false"):
        hint = 'Text needs straight quotation marks, as in level = "info".'
    else:
        hint = "Correct that line."
    return ConfigInvalid(redact(display(f"{path} is not valid TOML{where}: {what}.")), hint)


def variables(environ: Mapping[str, str]) -> dict[str, str]:
    """What the environment says about settings: by name in capitals."""
    return {
        name.upper(): value
        for name, value in environ.items()
        if name.upper().startswith(ENV_PREFIX) and name.upper() != CONFIG_VARIABLE
    }


def misnamed(name: str) -> str:
    """A hint that names the nearest known variable; empty where ``name`` is a known one."""
    path = name.removeprefix(ENV_PREFIX).lower().split("__")
    if general(path) in known() or (len(path) == 1 and path[0] in sections()):
        return ""
    account = path[1] if path[0] == "accounts" and len(path) > 2 else "main"
    number = path[1] if path[0] in LISTS and general(path)[1:2] == (NUMBER,) else "0"
    named = {"*": account, "#": number}
    return nearest(name, [CONFIG_VARIABLE, *(variable([named.get(part, part) for part in key]) for key in known())])


def is_json(value: str) -> bool:
    try:
        json.loads(value)
    except ValueError:
        return False
    return True


def over(file: Tree, variables: Mapping[str, str]) -> Tree:
    """``file`` with what the environment says instead; ``variables`` are known ones, whole tables in JSON."""
    source = EnvSettingsSource(Settings)
    source.env_vars = {name.lower(): value for name, value in variables.items()}
    said = source()
    if isinstance(said.get("accounts"), dict) and isinstance(file.get("accounts"), dict):
        written = {folded(name): name for name in file["accounts"]}
        said["accounts"] = {written.get(folded(name), name): account for name, account in said["accounts"].items()}
    for name in LISTS:
        if isinstance(said.get(name), dict) and isinstance(file.get(name, []), list):
            said[name] = _numbered(file.get(name, []), said[name])
    merged: Tree = _merge(file, said)
    return merged


def _numbered(tables: list[Any], said: Mapping[str, Any]) -> list[Any]:
    """``said`` by place in the list; what is beyond its end is added, in order."""
    places = {int(number): table for number, table in said.items()}
    changed = [_merge(table, places.pop(place, {})) for place, table in enumerate(tables)]
    return changed + [places[place] for place in sorted(places)]


def _merge(below: Any, above: Any) -> Any:
    if isinstance(below, dict) and isinstance(above, dict):
        return below | {key: _merge(below.get(key), value) for key, value in above.items()}
    return above
