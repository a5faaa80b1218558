"""Writes the manual page from the commands themselves, so that it can't say anything else than ``--help`` does.

``python -m folder_sync.cli.manual > folder-sync.1``. The date on it is that of ``$SOURCE_DATE_EPOCH``, else today: a
package that is built twice is the same twice (reproducible-builds.org).

By hand, as click-man sees no command of a group that loads them late, and knows no exit codes or files, and help2man
joins words at their hyphens. The language: groff_man(7), groff_char(7).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import Final

import click

from folder_sync.cli import PROGRAM, cli, facts

_SPECIAL: Final = {"\\": r"\e", "-": r"\-", "'": r"\(aq", "`": r"\(ga", "^": r"\(ha", "~": r"\(ti", '"': r"\(dq"}
"""Unescaped, they would be typeset as something else, and a command copied from the page would not work."""


def page(date: str) -> str:
    """The whole page. ``date``: ``2026-11-23``."""
    context = click.Context(cli, info_name=PROGRAM, **cli.context_settings)
    about = (cli.help or "").rstrip(".")
    title = f'.TH "{shown(PROGRAM.upper())}" 1 "{date}" "{shown(f"{PROGRAM} {version(PROGRAM)}")}" "User Commands"\n'
    return "".join(
        (
            f"{title}.nh\n.ad l\n",  # neither hyphenated nor spread out: most words are literal
            _section("NAME", paragraphs(f"{PROGRAM} - {about[:1].lower()}{about[1:]}")),
            _section("SYNOPSIS", paragraphs(f"`{PROGRAM}` {' '.join(cli.collect_usage_pieces(context))}")),
            _section("DESCRIPTION", paragraphs(facts.DESCRIPTION)),
            _section("OPTIONS", items(_options(cli, context))),
            _section("COMMANDS", *_commands(context)),
            _section("FILE NAMES", paragraphs(facts.FILE_NAMES)),
            _section("EXIT STATUS", items(facts.EXIT_CODES)),
            _section("SIGNALS", paragraphs("They make `run`:"), items(facts.SIGNALS)),
            _section("ENVIRONMENT", items(facts.ENVIRONMENT)),
            _section("FILES", items(facts.FILES)),
            _section("EXAMPLES", items(facts.EXAMPLES)),
        )
    )


def shown(line: str) -> str:
    """A line to be shown as it is, even where a dot would make it a request, and within the quotes of a macro."""
    return r"\&" + "".join(_SPECIAL.get(char) or (char if char.isascii() else f"\\[u{ord(char):04X}]") for char in line)


def paragraphs(text: str) -> str:
    """``text``, whose paragraphs are set apart by empty lines; what stands in `backticks` is bold."""
    return ".PP\n".join(f"{_line(' '.join(paragraph.split()))}\n" for paragraph in text.split("\n\n"))


def items(pairs: Iterable[tuple[str, str]]) -> str:
    """A list of terms, each with what it means."""
    return "".join(f'.TP\n.B "{shown(term)}"\n{paragraphs(meaning)}' for term, meaning in pairs)


def _line(text: str) -> str:
    parts = enumerate(text.split("`"))
    return "".join(rf"\fB{shown(part)}\fR" if number % 2 else shown(part) for number, part in parts)


def _section(heading: str, *parts: str) -> str:
    return f".SH {heading}\n{''.join(parts)}"


def _options(command: click.Command, context: click.Context) -> Iterator[tuple[str, str]]:
    """As ``--help`` lists them: ``("--port N", "The port it answers on.  [default: 8766]")``."""
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
        if record is not None:
            yield record


def _commands(parent: click.Context) -> Iterator[str]:
    for name in cli.list_commands(parent):
        command = cli.get_command(parent, name)
        if command is None or command.hidden:
            continue
        # --help stands on the page once, among the options of the program.
        context = click.Context(command, parent, info_name=name, help_option_names=[])
        heading = f"{name} {' '.join(command.collect_usage_pieces(context))}"
        yield f'.SS "{shown(heading)}"\n{paragraphs(command.help or "")}{items(_options(command, context))}'


if __name__ == "__main__":
    moment = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH") or time.time()))
    click.echo(page(time.strftime("%Y-%m-%d", moment)), nl=False)
