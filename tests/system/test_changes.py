"""`changes` as a program reads it: through kills, closed pipes and restarts."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import IO, Any

import pytest

from tests.support.shelf import Shelf
from tests.support.studio import GTIN, Process, Studio
from tests.support.waiting import wait_for


def lines(studio: Studio, *options: str) -> list[dict[str, Any]]:
    done = studio.command("changes", *options)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def follow(studio: Studio, *options: str) -> Process:
    return studio.start("changes", "--follow", *options, output=subprocess.PIPE)


def output_of(process: Process) -> IO[bytes]:
    assert process.stdout is not None
    return process.stdout


def read(process: Process, count: int) -> list[dict[str, Any]]:
    return [json.loads(output_of(process).readline()) for _ in range(count)]


def has_read_all(process: Process) -> Callable[[], bool]:
    """It listens: there is an inotify among what it has open."""

    def listens() -> bool:
        with suppress(FileNotFoundError):  # it closes something just now
            return any("inotify" in str(link.readlink()) for link in Path(f"/proc/{process.pid}/fd").iterdir())
        return False

    return listens


def test_all_steps_and_those_behind_a_cursor(studio: Studio, shelf: Shelf) -> None:
    shelf.add(f"{GTIN}__Front.jpg", "A")
    shelf.upload()
    found = lines(studio)
    assert [line["event"] for line in found] == ["queued", "uploading", "uploaded"]
    (photo,) = json.loads(studio.command("list", "--format", "json").stdout)
    assert all(line["photo"] == photo for line in found)
    assert lines(studio, "--after", found[0]["cursor"]) == found[1:]
    assert lines(studio, "--after", found[0]["cursor"], "--limit", "1") == found[1:2]
    assert lines(studio, "--after", found[2]["cursor"]) == []


@pytest.mark.parametrize("cursor", ["nonsense", "999-1"])
def test_a_cursor_that_is_not_understood(studio: Studio, shelf: Shelf, cursor: str) -> None:
    done = studio.command("changes", "--after", cursor)
    assert (done.returncode, done.stdout) == (2, "")
    assert "no such cursor in these records" in done.stderr


def test_what_happens_is_told_at_once(studio: Studio, shelf: Shelf) -> None:
    with follow(studio) as process:
        wait_for(has_read_all(process), "it listens")
        for number in range(3):
            shelf.add(f"{GTIN}__{number}x.jpg", str(number))
            (line,) = read(process, 1)
            assert line["photo"]["title"] == f"{number}x"
        assert process.end(signal.SIGTERM) == 0
        assert output_of(process).read() == b""
    assert studio.told() == ""


def test_it_ends_when_its_reader_leaves(studio: Studio, shelf: Shelf) -> None:
    """Nothing has to be written for it to notice."""
    with follow(studio) as process:
        wait_for(has_read_all(process), "it listens")
        output_of(process).close()
        assert process.wait(30) == 0
    assert studio.told() == ""


def test_a_reader_that_stands_still_does_not_keep_it_from_ending(studio: Studio, shelf: Shelf) -> None:
    for number in range(300):
        shelf.add(f"{GTIN}__{number}x.jpg", str(number))
    with follow(studio) as process:
        assert read(process, 1)[0]["photo"]["id"] == 1
        assert process.end(signal.SIGINT) == 0
    assert studio.told() == ""


def test_it_ends_after_so_many(studio: Studio, shelf: Shelf) -> None:
    with follow(studio, "--limit", "2") as process:
        wait_for(has_read_all(process), "it listens")
        for number in range(3):
            shelf.add(f"{GTIN}__{number}x.jpg", str(number))
        assert len(output_of(process).readlines()) == 2
        assert process.wait(30) == 0


def test_nothing_is_left_out_and_nothing_comes_twice_whatever_ends_it(studio: Studio, shelf: Shelf) -> None:
    """A reader that keeps the cursor of its last whole line; the program killed in the midst of it, again and again."""
    kept: list[dict[str, Any]] = []
    for round_ in range(6):
        for number in range(40):
            shelf.add(f"{GTIN}__{round_}x{number}.jpg", f"{round_} {number}")
        after = ["--after", kept[-1]["cursor"]] if kept else []
        with follow(studio, *after) as process:
            kept += read(process, 25)
            process.end((signal.SIGKILL, signal.SIGTERM, signal.SIGINT)[round_ % 3])
            rest = output_of(process).read()
        kept += [json.loads(line) for line in rest.splitlines(keepends=True) if line.endswith(b"\n")]
        shelf.db.change("VACUUM")
    kept += lines(studio, "--after", kept[-1]["cursor"])
    told = [(line["photo"]["id"], line["event"]) for line in kept]
    assert told == [(line["photo"]["id"], line["event"]) for line in lines(studio)]
    assert len(told) == 240


def test_another_database_in_its_place(studio: Studio, shelf: Shelf) -> None:
    with follow(studio) as process:
        wait_for(has_read_all(process), "it listens")
        studio.database.rename(studio.home / "old.db")
        Shelf(studio.database).db.close()
        assert process.wait(60) == 1
    assert "Another database has taken the place of this one" in studio.told()


def test_a_full_disk(studio: Studio, shelf: Shelf) -> None:
    shelf.add(f"{GTIN}__Front.jpg", "A")
    with Path("/dev/full").open("w") as full:
        assert studio.start("changes", output=full).wait(60) == 1
    assert studio.told() == "Error: The output can't be written: disk full.\n"


_JQ = """#!{python}
import json, sys
line = json.load(sys.stdin)
print(line[sys.argv[2][1:]] if "|" not in sys.argv[2] else f"{{line['photo']['gtin']}} {{line['photo']['image_id']}}")
"""
"""Where there is no jq: the three questions that the page asks it."""


def _holds(file: Path, text: str) -> bool:
    return file.exists() and file.read_text().strip() == text


def test_the_shell_of_the_manual(studio: Studio, shelf: Shelf) -> None:
    """docs/integrating.md: each image is told once, over ends of the program."""
    text = (Path(__file__).parents[2] / "docs" / "integrating.md").read_text(encoding="utf-8")
    script = text.split("```sh\n#!/bin/bash\n")[1].split("```")[0]
    place = studio.home / "feed"
    place.mkdir()
    (studio.home / "bin").mkdir()
    program = studio.home / "bin" / "folder-sync"
    program.write_text(f'#!/bin/sh\nexec {sys.executable} -m folder_sync --config {studio.config} "$@"\n')
    program.chmod(0o755)
    pim = studio.home / "bin" / "tell-the-pim"
    pim.write_text(f'#!/bin/sh\necho "$@" >> {studio.home}/pim\n')
    pim.chmod(0o755)
    if shutil.which("jq") is None:
        jq = studio.home / "bin" / "jq"
        jq.write_text(_JQ.format(python=sys.executable))
        jq.chmod(0o755)
    environ = studio.environment(
        PATH=f"{program.parent}:{os.environ['PATH']}", STATE_DIRECTORY=str(place), PYTHONPATH=os.getcwd()
    )
    told = studio.home / "pim"
    expected: list[str] = []
    for number in range(3):
        shelf.add(f"{GTIN}__{number}x.jpg", str(number))
        expected.append(f"{GTIN} {shelf.upload().image_id}")
        with Process(["bash", "-c", script], env=environ, start_new_session=True) as process:
            wait_for(partial(_holds, place / "cursor", lines(studio)[-1]["cursor"]), "it was told all")
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(30)
        assert told.read_text().splitlines() == expected
