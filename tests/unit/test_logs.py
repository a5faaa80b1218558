from __future__ import annotations

import errno
import io
import json
import logging
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, TextIO

import pytest
import structlog
from pydantic import SecretStr

from folder_sync import logs
from folder_sync.settings import Log

KEY = "csu_" + "Zz9y" * 8 + "_0a1b2c3d"
Level = Literal["debug", "info", "warning", "error"]
Format = Literal["auto", "console", "json"]


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    root.handlers[:], root.level = handlers, level


class Written:
    """A log on a file, and the lines in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.stream = path.open("w", encoding="utf-8")

    def configure(self, level: Level = "info", form: Format = "json", **environ: str) -> Any:
        logs.configure(Log(level=level, format=form), self.stream, environ)
        return structlog.get_logger()

    @property
    def lines(self) -> list[str]:
        return self.path.read_text(encoding="utf-8").splitlines()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines]


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Written]:
    log = Written(tmp_path / "log")
    yield log
    log.stream.close()


class Colour(StrEnum):
    RED = "red"


def test_a_line_of_json(written: Written) -> None:
    written.configure().info("photo_uploaded", gtin="00012345678905", attempts=2, seconds=0.5, hero=True, url=None)
    (line,) = written.lines
    assert list(json.loads(line)) == [
        "timestamp", "level", "event", "gtin", "attempts", "seconds", "hero", "url",
    ]  # fmt: skip
    event = json.loads(line)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", event.pop("timestamp"))
    assert event == {
        "level": "info",
        "event": "photo_uploaded",
        "gtin": "00012345678905",
        "attempts": 2,
        "seconds": 0.5,
        "hero": True,
        "url": None,
    }


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (b"/srv/\xc3\xa9t\xe9.jpg", "/srv/ét�.jpg"),
        ("lone \udce9 surrogate", "lone � surrogate"),
        (os.fsdecode(b"\xff.jpg"), "�.jpg"),
        (Path("/srv/a.jpg"), "/srv/a.jpg"),
        ("\x1b[31mred\x07\r\n\x9b0m", "�[31mred����0m"),
        ("gpj.\u202eexe", "gpj.<U+202E>exe"),
        ({"a": {1: ["\x1b", (b"\x1b",)]}}, {"a": {"1": ["�", ["�"]]}}),
        ({"x"}, ["x"]),
        (frozenset({1}), [1]),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
        (Colour.RED, "red"),
        (SecretStr("hush"), "**********"),
        (ValueError("no\x1b"), "no�"),
        (object, "<class 'object'>"),
    ],
)
def test_values_are_made_fit_to_be_shown(written: Written, value: object, shown: object) -> None:
    written.configure().info("x", value=value)
    assert written.events[0]["value"] == shown


@pytest.mark.parametrize("key", [KEY, KEY[:30], KEY + "x", f"%20{KEY}", KEY.replace("csu", "csb"), "cpk" + KEY[3:]])
@pytest.mark.parametrize(
    "wrap",
    [
        lambda key: key,
        lambda key: f"X-API-Key: {key}, and more",
        lambda key: key.encode(),
        lambda key: {"headers": [("x-api-key", key)]},
        lambda key: {key: 1},
        lambda key: {"deep": {"deeper": (b"a", {key})}},
        lambda key: Path("/etc") / key,
        ValueError,
        lambda key: [ValueError({"key": key})],
    ],
)
@pytest.mark.parametrize("form", ["json", "console"])
def test_keys_are_never_shown(written: Written, form: Format, wrap: Callable[[str], object], key: str) -> None:
    log = written.configure(form=form)
    log.info("x", value=wrap(key))
    log.info(str(wrap(key)))
    logging.getLogger("httpx").warning("request %s", wrap(key))
    text = written.path.read_text()
    assert text.count("_***") == 3
    assert KEY[4:12] not in text


def read_disk() -> None:
    raise OSError(errno.EIO, f"disk\nsays {KEY}")


def failing() -> None:
    try:
        read_disk()
    except OSError as exc:
        raise ValueError("bad\nphoto \udcff") from exc


@pytest.mark.parametrize("form", ["json", "console"])
def test_an_exception_takes_one_line(written: Written, form: Format) -> None:
    log = written.configure(form=form)
    try:
        failing()
    except ValueError as exc:
        log.exception("worker_failed", photo=7)
        log.warning("worker_failed", photo=7, exc_info=exc)
    first, second = written.lines
    for line in (first, second):
        assert "ValueError: bad photo �" in line
        assert "OSError: [Errno 5] disk says csu_***" in line
        assert "failing" in line
        assert KEY[4:12] not in line


def test_an_exception_is_structured(written: Written) -> None:
    log = written.configure()
    try:
        failing()
    except ValueError:
        log.exception("worker_failed")
    (event,) = written.events
    assert (event["level"], event["event"]) == ("error", "worker_failed")
    assert event["raised"] == "ValueError: bad photo �"
    assert event["caused_by"] == ["OSError: [Errno 5] disk says csu_***"]
    here = __name__
    assert [re.sub(r":\d+ ", " ", call) for call in event["traceback"]] == [
        f"{here} failing",
        f"{here} test_an_exception_is_structured",
    ]


def test_what_an_exception_came_from(written: Written) -> None:
    log = written.configure()
    outer, hidden, cause = ValueError("outer"), KeyError("hidden"), OSError("cause")
    outer.__context__ = hidden
    log.error("in_context", exc_info=outer)
    outer.__suppress_context__ = True
    log.error("hidden", exc_info=outer)
    outer.__cause__, cause.__cause__ = cause, outer
    log.error("in_a_circle", exc_info=outer)
    nothing_is_raised = True
    log.error("none", exc_info=nothing_is_raised)
    causes = [event.get("caused_by") for event in written.events]
    assert causes == [["KeyError: 'hidden'"], None, ["OSError: cause"], None]
    assert "raised" not in written.events[3]


def test_a_deep_traceback_shows_its_innermost_calls(written: Written) -> None:
    def dive(depth: int) -> None:
        if depth:
            dive(depth - 1)
        raise ValueError("deep")

    log = written.configure()
    try:
        dive(40)
    except ValueError:
        log.exception("x")
    calls = written.events[0]["traceback"]
    assert len(calls) == 12
    assert all(call.endswith(" dive") for call in calls)


def test_levels(written: Written) -> None:
    log = written.configure(level="warning")
    for method in (log.debug, log.info, log.warning, log.error, log.critical):
        method("x")
    assert [event["level"] for event in written.events] == ["warning", "error", "critical"]


def test_a_logger_made_before_follows_a_new_configuration(written: Written) -> None:
    log = written.configure(level="error")
    log.info("unheard")
    written.configure(level="debug")
    log.debug("heard")
    assert [event["event"] for event in written.events] == ["heard"]


def test_auto_is_json_on_a_file_and_console_is_plain_there(written: Written) -> None:
    written.configure(form="auto").info("x", a=1)
    assert written.events[0]["a"] == 1
    written.configure(form="console").warning("photo_rejected", path=b"/a b.jpg")
    assert re.search(r"\[warning *\] photo_rejected +path='?/a b.jpg'?$", written.lines[1])
    assert "\x1b" not in written.lines[1]


@pytest.mark.parametrize(("environ", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_auto_is_for_people_on_a_terminal(environ: dict[str, str], coloured: bool) -> None:
    ours, theirs = pty.openpty()
    with open(theirs, "w", encoding="utf-8") as terminal:
        logs.configure(Log(), terminal, environ)
        structlog.get_logger().info("photo_uploaded", path="\x1b[2J")
        line = os.read(ours, 4096).decode()
    os.close(ours)
    assert "photo_uploaded" in line
    assert not line.startswith("{")
    assert ("\x1b[" in line) is coloured
    assert "\x1b[2J" not in line


def journal_stream(path: Path) -> str:
    status = path.stat()
    return f"{status.st_dev}:{status.st_ino}"


@pytest.mark.parametrize("form", ["json", "console"])
def test_journald_is_told_the_priority(written: Written, form: Format) -> None:
    log = written.configure("debug", form, JOURNAL_STREAM=journal_stream(written.path))
    for method in (log.debug, log.info, log.warning, log.error, log.exception, log.critical):
        method("x")
    assert [line[:3] for line in written.lines] == ["<7>", "<6>", "<4>", "<3>", "<3>", "<2>"]
    if form == "json":
        assert json.loads(written.lines[0][3:])["event"] == "x"


@pytest.mark.parametrize("other", ["", "8:1", "nonsense"])
def test_another_stream_than_the_journals_gets_no_priority(written: Written, other: str) -> None:
    written.configure(JOURNAL_STREAM=other).info("x")
    assert written.lines[0].startswith("{")


def test_warnings_of_libraries_arrive(written: Written) -> None:
    written.configure()
    logging.getLogger("httpx").info("HTTP Request")
    logging.getLogger("httpcore.http11").warning("odd %s", "thing\x1b")
    logging.getLogger("watchdog").log(35, "in between")
    logging.getLogger("watchdog").log(99, "beyond")
    logging.getLogger("watchdog").warning("%d", "misfit")
    try:
        failing()
    except ValueError:
        logging.getLogger("watchdog").exception("failed")
    told = [(event["level"], event["event"], event["library"], event["message"]) for event in written.events]
    assert told == [
        ("warning", "library_message", "httpcore.http11", "odd thing�"),
        ("warning", "library_message", "watchdog", "in between"),
        ("critical", "library_message", "watchdog", "beyond"),
        ("warning", "library_message", "watchdog", "%d"),
        ("error", "library_message", "watchdog", "failed"),
    ]
    assert written.events[-1]["raised"] == "ValueError: bad photo �"


def everything_said() -> None:
    log = structlog.get_logger()
    log.info("x", path="\udcff")
    try:
        failing()
    except ValueError:
        log.exception("x")
        logging.getLogger("httpx").exception("x")


@pytest.mark.parametrize("environ", [{}, {"JOURNAL_STREAM": "1:1"}])
def test_a_closed_log_stops_nobody(tmp_path: Path, environ: dict[str, str]) -> None:
    stream = (tmp_path / "log").open("w")
    logs.configure(Log(), stream, environ)
    stream.close()
    everything_said()
    logs.configure(Log(), stream, environ)
    everything_said()


def test_a_full_disk_stops_nobody() -> None:
    with open("/dev/full", "w", encoding="utf-8") as stream:
        logs.configure(Log(), stream)
        everything_said()


def test_a_reader_that_is_gone_stops_nobody() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8") as stream:
        logs.configure(Log(), stream)
        everything_said()


@pytest.mark.parametrize("error", [OSError(errno.EIO, "x"), ValueError("closed")])
def test_a_stream_in_memory(error: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    logs.configure(Log(), stream)
    structlog.get_logger().info("x")
    assert json.loads(stream.getvalue())["event"] == "x"

    def fail(_text: str) -> int:
        raise error

    monkeypatch.setattr(stream, "write", fail)
    everything_said()


SCRIPT = """
import structlog
from folder_sync import logs
from folder_sync.settings import Log
logs.configure(Log())
structlog.get_logger().info("said", name="\\udcff")
print("done")
"""


@pytest.mark.parametrize("redirection", ["", "2>&-", "2>/dev/full"])
def test_a_program_ends_well_whatever_becomes_of_its_standard_error(redirection: str) -> None:
    # With a buffer in between, the interpreter finds it full at its end, and exits with 120.
    command = ["sh", "-c", f'exec "$0" -c "$1" {redirection}', sys.executable, SCRIPT]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "done\n")
    assert ('"event": "said", "name": "�"' in done.stderr) is (redirection == "")


def test_standard_error_is_the_default(monkeypatch: pytest.MonkeyPatch, written: Written) -> None:
    stream: TextIO = written.stream
    monkeypatch.setattr(sys, "stderr", stream)
    logs.configure(Log())
    structlog.get_logger().info("x")
    assert written.events[0]["event"] == "x"
