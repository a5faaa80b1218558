from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from folder_sync.cli import cli, facts
from folder_sync.cli.manual import items, page, paragraphs, shown
from tests.support.waiting import PATIENCE_SECONDS

PAGE = page("2026-11-23")
READERS = (["groff", "-man", "-Tutf8", "-ww", "-z"], ["mandoc", "-T", "lint", "-W", "warning"])


def plain(text: str) -> str:
    """What a reader sees: escapes undone, fonts and requests gone, one blank between words."""
    for escape, char in ((r"\(aq", "'"), (r"\(ga", "`"), (r"\(ha", "^"), (r"\(ti", "~"), (r"\(dq", '"'), (r"\-", "-")):
        text = text.replace(escape, char)
    text = re.sub(r"\\f[BR]|\\&|^\.[A-Z]+ ?", "", text, flags=re.MULTILINE)
    return " ".join(text.replace('"', " ").split()).replace(r"\e", "\\")


def commands() -> Iterator[tuple[str, click.Command]]:
    context = click.Context(cli)
    for name in cli.list_commands(context):
        command = cli.get_command(context, name)
        assert command is not None
        yield name, command


def test_what_a_command_does_is_said_whole_in_the_list_of_all() -> None:
    """click cuts a long one short: `show` was "One photo and its whole history, by its id, its path, or a..."."""
    context = click.Context(cli, terminal_width=80)
    _, listed = cli.get_help(context).split("Commands:")
    assert "..." not in listed


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_every_command_is_there_with_all_its_options(name: str, command: click.Command) -> None:
    (part,) = re.findall(rf'^\.SS "\\&{name} (.*?)(?=^\.S)', PAGE, flags=re.MULTILINE | re.DOTALL)
    said = plain(part)
    assert plain(paragraphs(command.help or "")) in said
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert f" {parameter.opts[0]} " in f"{said} "
            assert " ".join(str(parameter.help).split()) in said
        else:
            assert f"{parameter.name}".upper().rstrip("S") in said


def test_what_holds_for_the_whole_program_is_there() -> None:
    said = plain(PAGE)
    for text in ("folder-sync - carries product photos", "--config FILE", "-h, --help", "--version"):
        assert text in said
    for pairs in (facts.EXIT_CODES, facts.SIGNALS, facts.ENVIRONMENT, facts.FILES, facts.EXAMPLES):
        for subject, meaning in pairs:
            assert f"{subject} {meaning}" in said


@pytest.mark.parametrize(
    ("text", "roff"),
    [
        ("a-b --all", r"a\-b \-\-all"),
        (".profile", ".profile"),
        ("'quoted'", r"\(aqquoted\(aq"),
        ('say "x"', r"say \(dqx\(dq"),
        (r"C:\new", r"C:\enew"),
        ("~`^", r"\(ti\(ga\(ha"),
        ("1 … ü 📷", r"1 \[u2026] \[u00FC] \[u1F4F7]"),
    ],
)
def test_what_is_special_in_roff_is_shown_as_it_is(text: str, roff: str) -> None:
    assert shown(text) == r"\&" + roff  # which keeps a line that begins with a dot from being a request


def test_backticks_are_bold() -> None:
    assert plain(paragraphs("`run` \n it")) == "run it"
    assert r"\fB\&run\fR\& it" in paragraphs("`run` it")
    assert PAGE.isascii()


def test_readers_of_manual_pages_find_nothing_to_complain_of(tmp_path: Path) -> None:
    file = tmp_path / "folder-sync.1"
    hard = ".SH HARD\n" + paragraphs(".x 'y' \\z \"…\" -1 `~`\n\n.SH") + items([("--a B", ".c"), ('"', "'d")])
    file.write_text(PAGE + hard)
    for reader in READERS:  # where it is installed: what they would find is held by the tests above, too
        if shutil.which(reader[0]):
            done = subprocess.run(
                [*reader, str(file)], capture_output=True, text=True, check=False, timeout=PATIENCE_SECONDS
            )
            assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_it_is_written_to_the_output_with_the_date_of_the_build() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "folder_sync.cli.manual"],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_SECONDS,
        env={"SOURCE_DATE_EPOCH": "1795392000", "PYTHONPATH": str(Path(__file__).parents[2])},
    )
    assert done.stdout == page("2026-11-23")
