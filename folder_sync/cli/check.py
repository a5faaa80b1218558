"""``folder-sync check``: everything that is needed to run, a line each."""

from __future__ import annotations

import os
import shutil
import sys
from typing import TYPE_CHECKING, Final

import click

from folder_sync.cli.common import print_json, settings_of
from folder_sync.errors import ConfigInvalid

if TYPE_CHECKING:
    from folder_sync.report.checks.finding import Finding

_INDENT: Final = " " * 8


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
@click.option("--notify", is_flag=True, help="Send a test message to each address in [notify].")
@click.pass_context
def check(context: click.Context, *, as_json: bool, notify: bool) -> None:
    """Check everything that is needed to run, one line each. Exits with 1 where something is missing."""
    from folder_sync.cli.process import close_memory
    from folder_sync.report import checks
    from folder_sync.report.checks import messages
    from folder_sync.report.checks.finding import Finding

    close_memory()
    try:
        settings = settings_of(context)
    except ConfigInvalid as error:
        findings = [Finding("configuration", ok=False, detail=error.title, hint=error.hint)]
        exit_code = error.exit_code
    else:
        findings = checks.check(settings, os.environ)
        findings += messages.check(settings.notify, send=notify)
        exit_code = 0 if all(finding.ok for finding in findings) else 1
    if as_json:
        print_json([finding.as_json() for finding in findings])
    else:
        for finding in findings:
            _print(finding)
    context.exit(exit_code)


def _print(finding: Finding) -> None:
    mark = click.style("ok    ", fg="green") if finding.ok else click.style("FAILED", fg="red", bold=True)
    first, *rest = _folded(f"{finding.check}: {finding.detail}")
    click.echo(f"{mark}  {first}")
    if finding.hint and not finding.ok:
        rest += _folded(finding.hint)
    for line in rest:
        click.echo(f"{_INDENT}{line}")


def _folded(text: str) -> list[str]:
    """Wraps lines between words on a terminal; in a pipe each finding is one line."""
    from folder_sync.cli.folding import fold
    from folder_sync.text import display

    if not sys.stdout.isatty():
        return [display(text)]
    return fold(display(text), shutil.get_terminal_size().columns - len(_INDENT))
