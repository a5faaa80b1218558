"""The command line: ``folder-sync [--config FILE] COMMAND``. A command is only imported when it is used."""

from __future__ import annotations

import errno
import importlib
import io
import os
import sys
from difflib import get_close_matches
from typing import Any, Final, NoReturn

import click

from folder_sync.cli import facts
from folder_sync.cli.common import wants_no_colour
from folder_sync.errors import FolderSyncError
from folder_sync.text import display, quoted

PROGRAM: Final = "folder-sync"

_ELSEWHERE: Final = {
    "--config": f"It stands before the command: {PROGRAM} --config FILE COMMAND.",
    "--json": "It is --format json here.",
    "--csv": "It is --format csv.",
    "--jsonl": "It is --format jsonl.",
}
"""Options that people look for in the wrong place, where the command has none of that name."""

_DISK_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

_COMMANDS: Final = {
    "init": "init",
    "run": "run",
    "sync": "sync",
    "status": "status",
    "list": "listing",
    "products": "products",
    "changes": "changes",
    "audit": "audit",
    "show": "show",
    "retry": "retry",
    "parse": "parse",
    "check": "check",
    "support": "support",
    "store": "store",
    "web": "web",
    "sandbox": "sandbox",
    "demo": "demo",
}
"""Command → the module of this package that holds it, under the module's own name."""


class Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's signature
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 -- likewise
        module = _COMMANDS.get(cmd_name)
        if module is None:
            return None
        command: click.Command = getattr(importlib.import_module(f"folder_sync.cli.{module}"), module)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in _COMMANDS and not args[0].startswith("-"):
            close = get_close_matches(args[0], _COMMANDS, n=1)
            ctx.fail(f"No such command {quoted(args[0])}.{f' Did you mean {close[0]}?' if close else ''}")
        return super().resolve_command(ctx, args)


@click.group(
    PROGRAM,
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=facts.sentence("Exit codes", facts.EXIT_CODES),
)
@click.option(
    "--config",
    metavar="FILE",
    type=click.Path(readable=False),  # whoever reads it says whether it can be read
    help="The configuration file. Without it: $FOLDER_SYNC_CONFIG, ~/.config/folder-sync/config.toml, "
    "/etc/folder-sync/config.toml.",
)
@click.version_option(package_name=PROGRAM, prog_name=PROGRAM)
@click.pass_context
def cli(context: click.Context, config: str | None) -> None:
    """Carries product photos from a studio's export folder into the Closient catalogue, each exactly once."""
    context.obj = config
    if wants_no_colour():  # rich looks for itself
        context.color = False


def main(arguments: list[str] | None = None) -> None:
    """The program: runs a command and exits. Whatever goes wrong is reported in a sentence or two, not as a
    traceback.
    """
    for stream in (sys.stdout, sys.stderr):
        # A terminal that can't show a character gets another one, not an error.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        sys.exit(cli.main(arguments, prog_name=PROGRAM, standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        sys.exit(error.exit_code)
    except click.ClickException as error:
        # click itself would print the usage first, and the error in the fourth line.
        command = error.ctx.command_path if isinstance(error, click.UsageError) and error.ctx else ""
        advice = _ELSEWHERE.get(error.option_name, "") if isinstance(error, click.NoSuchOption) else ""
        _complain(f"Error: {error.format_message()}", advice or (command and f"{command} --help shows how to use it."))
        sys.exit(error.exit_code)
    except click.Abort:
        if sys.stderr.isatty():
            click.echo(err=True)  # the terminal has shown ^C
        _complain("Aborted!")
        sys.exit(1)
    except FolderSyncError as error:
        _complain(f"Error: {error.title}", error.hint)
        sys.exit(error.exit_code)
    except BrokenPipeError:  # the reader of our output (`head`) has had enough
        _leave_output()
        sys.exit(0)
    except OSError as error:
        if error.errno not in _DISK_FULL:
            _complain_of_defect(error)
        _leave_output()
        _complain("Error: The output can't be written: disk full.")
        sys.exit(1)
    except Exception as error:  # noqa: BLE001 -- a person is waiting for a sentence
        _complain_of_defect(error)


def _leave_output() -> None:
    """At exit, Python would stumble once more over the output that is still buffered."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _complain_of_defect(error: Exception) -> NoReturn:
    _complain(f"Error: {type(error).__name__}: {error}.", f"This is a defect of folder-sync ({_where(error)}).")
    sys.exit(1)


def _complain(*lines: str) -> None:
    for line in filter(None, lines):
        click.echo(display(line), err=True)


def _where(error: BaseException) -> str:
    traceback = error.__traceback__
    place = "unknown place"
    while traceback is not None:
        name: Any = traceback.tb_frame.f_globals.get("__name__")
        place = f"{name}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place
