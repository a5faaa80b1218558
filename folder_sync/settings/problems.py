"""What is wrong with the settings, in sentences. No sentence repeats a value of an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from folder_sync.errors import ConfigInvalid
from folder_sync.settings.checks import Wrong, nearest
from folder_sync.settings.keys import LISTS, expected, general, inside, known, sections, variable
from folder_sync.settings.model import Settings
from folder_sync.settings.sources import is_json, misnamed
from folder_sync.text import display, redact

Place = Sequence[str | int]
"""Where in the settings: ``("watch", 0, "path")``."""


_TABLES: Final = {"accounts": "[accounts.NAME]", "watch": "[[watch]]", "shots": "[[shots]]"}
"""How the tables are written that there can be several of."""


@dataclass(frozen=True, slots=True)
class Problem:
    title: str
    hint: str = ""


def as_error(problems: Sequence[Problem]) -> ConfigInvalid:
    """The first of ``problems``, and how many more there are."""
    first, *more = problems
    count = "There is 1 more problem after it." if len(more) == 1 else f"There are {len(more)} more problems after it."
    hint = f"{first.hint} {count}".lstrip() if more else first.hint
    return ConfigInvalid(redact(display(first.title)), redact(display(hint)))


def in_variables(variables: Mapping[str, str]) -> list[Problem]:
    """Environment variables that nothing reads, and tables in them that are not JSON."""
    tables = {variable([section]) for section in sections()}
    problems = []
    for name, value in variables.items():
        if hint := misnamed(name):
            problems.append(Problem(f"Unknown environment variable {name}.", hint))
        elif name in tables and not is_json(value):
            problems.append(Problem(f"{name} must be a table in JSON.", "Or set its keys one by one."))
    return problems


def in_file(file: Mapping[str, Any], source: Path | None) -> list[Problem]:
    """What the model can't see: names it would take for its own options, and keys, which only the environment may hold.

    A key is secret and the file is not: it gets copied, shown around and put under version control.
    """
    unknown = [
        _unknown([name], f"{source}: ", is_table=isinstance(value, dict))
        for name, value in file.items()
        if name not in sections()
    ]
    accounts = file.get("accounts")
    tables = accounts if isinstance(accounts, dict) else {}
    keys = [
        Problem(
            f'{source}: unknown key "key" in [accounts.{name}].',
            "Did you mean key_file? Put the key in a file of its own and name that file there.",
        )
        for name, table in tables.items()
        if isinstance(table, dict) and "key" in table
    ]
    return keys + unknown


def in_values(error: ValidationError, source: Path | None, variables: Mapping[str, str]) -> list[Problem]:
    """Unknown keys first: what else is wrong often follows from them."""
    details = sorted(error.errors(include_url=False), key=lambda detail: detail["type"] != "extra_forbidden")
    return [_problem(detail, source, variables) for detail in details]


def _problem(detail: ErrorDetails, source: Path | None, variables: Mapping[str, str]) -> Problem:
    place = _key_of(detail["loc"])
    here = f"{source}: " if source else ""
    if detail["type"] == "extra_forbidden":
        return _unknown(place, here, is_table=isinstance(detail["input"], dict))
    wrong = detail.get("ctx", {}).get("error")
    subject = variable(place) if variable(place) in variables else here + _called(place)
    if isinstance(wrong, Wrong):
        return Problem(f"{subject} {wrong}.", wrong.hint)
    if detail["type"] == "missing":
        return Problem(f"{subject} is missing.", f"It must be {_expected(place)}.")
    return Problem(f"{subject} must be {_expected(place)}.")


def _key_of(place: Place) -> Place:
    """``place`` as far as it has names: items of a list have none, and an account's name has no place of its own."""
    for end in range(1, len(place)):
        if general(place[:end]) in known() or place[end] == "[key]":
            return place[:end]
    return place


def _unknown(place: Place, here: str, *, is_table: bool) -> Problem:
    *table, name = place
    what = f"unknown table [{name}]" if is_table and not table else f'unknown key "{name}"'
    where = f" in {_called(table)}" if table else ""
    belongs = [key[0] for key in known() if key[-1] == name]
    if belongs:
        hint = f"It belongs in {_TABLES.get(belongs[0], f'[{belongs[0]}]')}."
    elif table and name in sections():
        hint = f"{_TABLES.get(str(name), f'[{name}]')} is a table of its own."
    else:
        hint = ""
    names = [known for known in inside(general(table)) if not (here and known == "key")]  # which no file may have
    return Problem(f"{here}{what}{where}.", hint or nearest(str(name), names))


def _expected(place: Place) -> str:
    field = known().get(general(place))
    if field is None and len(place) == 1:
        field = Settings.model_fields[str(place[0])]
    return expected(field) if field else "a table"


def _called(place: Place) -> str:
    """``log.level``, ``[log]``, ``path of [[watch]] number 2``."""
    names = [str(part) for part in place]
    match names:
        case [name, number, *rest] if name in LISTS:
            return " of ".join([*rest, f"[[{name}]] number {int(number) + 1}"])
        case [name] if name in LISTS:
            return f"[[{name}]]"
    dotted = ".".join(names)
    return dotted if general(place) in known() else f"[{dotted}]"
