"""Writes the manual page from the commands themselves, so that it can't say anything else than ``--help`` does.

``python -m folder_sync.cli.manual > folder-sync.1``. The date on it is that of ``$SOURCE_DATE_EPOCH``, else today: a
package that is built twice is the same twice (reproducible-builds.org).
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from importlib.metadata import version

import click

from folder_sync.cli import PROGRAM, cli, facts, roff


def page(date: str) -> str:
    """The whole page. ``date``: ``2026-11-23``."""
    context = click.Context(cli, info_name=PROGRAM, **cli.context_settings)
    about = (cli.help or "").rstrip(".")
    return "".join(
        (
            roff.title(PROGRAM, date, f"{PROGRAM} {version(PROGRAM)}"),
            roff.section("Name", roff.paragraphs(f"{PROGRAM} - {about[:1].lower()}{about[1:]}")),
            roff.section("Synopsis", _usage(cli, context)),
            roff.section("Description", roff.paragraphs(facts.DESCRIPTION)),
            roff.section("Options", roff.items(_options(cli, context))),
            roff.section("Commands", *_commands(context)),
            roff.section("File names", roff.paragraphs(facts.FILE_NAMES)),
            roff.section("Exit status", roff.items(facts.EXIT_CODES)),
            roff.section("Signals", roff.paragraphs("They make `run`:"), roff.items(facts.SIGNALS)),
            roff.section("Environment", roff.items(facts.ENVIRONMENT)),
            roff.section("Files", roff.items(facts.FILES)),
            roff.section("Examples", roff.items(facts.EXAMPLES)),
        )
    )


def _usage(command: click.Command, context: click.Context) -> str:
    return roff.bold(context.command_path) + roff.paragraphs(" ".join(command.collect_usage_pieces(context)))


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
        yield roff.subsection(heading, roff.paragraphs(command.help or ""), roff.items(_options(command, context)))


if __name__ == "__main__":
    moment = time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH") or time.time()))
    click.echo(page(time.strftime("%Y-%m-%d", moment)), nl=False)
