"""``folder-sync parse``: how names are understood. Needs no configuration, and loads nothing but the rules."""

from __future__ import annotations

import re
from typing import Any, Final

import click

from folder_sync.cli.common import A_PATH
from folder_sync.photo import TITLE_MAX, Reason, ReasonCode
from folder_sync.rules.names import convention
from folder_sync.text import display, json_text, quoted

_SURROGATES: Final = re.compile("[\ud800-\udfff]")


@click.command(short_help="How file names are understood.")
@click.argument("names", metavar="NAME...", nargs=-1, required=True, type=A_PATH)
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@click.pass_context
def parse(context: click.Context, names: tuple[str, ...], *, as_json: bool) -> None:
    """Show how file names are understood; of a path, its last part.

    Exits with 1 where a name is not understood or is ignored.
    """
    last_parts = [name.rstrip("/").rpartition("/")[2] for name in names]
    understood = [(name, convention.parse(name)) for name in last_parts]
    if as_json:
        click.echo(json_text([_record(name, meaning) for name, meaning in understood]))
    else:
        for name, meaning in understood:
            click.echo(f"{display(name)}\n  {_sentence(meaning)}")
    context.exit(0 if all(isinstance(meaning, convention.Named) for _, meaning in understood) else 1)


def _reason(meaning: convention.Rejected | convention.Ignored) -> Reason:
    return meaning.reason if isinstance(meaning, convention.Rejected) else Reason(ReasonCode.IGNORED, meaning.why)


def _record(name: str, meaning: convention.Understanding) -> dict[str, Any]:
    """The contract's object; ``name`` with U+FFFD for bytes that are not UTF-8, all else as it is."""
    shown = {"name": _SURROGATES.sub("\ufffd", name)}
    if isinstance(meaning, convention.Named):
        label = meaning.label
        said = {"ok": True, "gtin": label.gtin, "title": label.title, "is_primary": label.is_primary, "reason": None}
        return shown | said
    reason = _reason(meaning)
    return shown | {
        "ok": False,
        "gtin": meaning.gtin if isinstance(meaning, convention.Rejected) else None,
        "title": None,
        "is_primary": None,
        "reason": {"code": reason.code, "message": reason.message},
    }


def _sentence(meaning: convention.Understanding) -> str:
    if not isinstance(meaning, convention.Named):
        reason = _reason(meaning)
        return f"{reason.code}: {reason.message}"
    label = meaning.label
    said = [
        f"ok: GTIN {label.gtin}",
        f"title {quoted(label.title, TITLE_MAX)}" if label.title else "no title",
        "hero" if label.is_primary else "not the hero",
    ]
    if label.number is not None:
        said.append(f"number {label.number}")
    return ", ".join([*said, meaning.format.name])
