"""The log: one line per event, for people on a terminal and as JSON otherwise, and never a key in it.

Loggers come from ``structlog.get_logger()``, wherever they are needed. They are not cached on first use:
``configure`` is called again when the configuration is re-read, and what is cached would keep the old level.

No value of a variable is ever shown beside a traceback: keys and photos pass through those.
"""

from __future__ import annotations

import io
import json
import logging
import math
import os
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Any, Final, TextIO

import structlog
from structlog.typing import EventDict, ProcessorReturnValue, WrappedLogger

from folder_sync.settings import Log
from folder_sync.text import display, redact

_PRIORITIES: Final = {"debug": 7, "info": 6, "warning": 4, "error": 3, "critical": 2}
"""syslog(3). journald takes ``<N>`` off the front of a line (sd-daemon(3))."""

_FRAMES: Final = 12
"""How many calls of a traceback are shown, innermost first."""

_to_json: Final = json.JSONEncoder(ensure_ascii=False).encode


def configure(log: Log, stream: TextIO | None = None, environ: Mapping[str, str] = os.environ) -> None:
    """Send every log line to ``stream`` (standard error), the program's and its libraries' warnings alike."""
    # Started with standard error closed, Python has none.
    stream = stream or sys.stderr or open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115  # as long as we live
    on_terminal = _is_terminal(stream)
    render: structlog.typing.Processor = _json_line
    stamp: structlog.typing.Processor = structlog.processors.TimeStamper(fmt="iso", utc=True)
    if log.format == "console" or (log.format == "auto" and on_terminal):
        coloured = on_terminal and not environ.get("NO_COLOR") and environ.get("TERM") not in {"dumb", "unknown"}
        render = structlog.dev.ConsoleRenderer(colors=coloured, sort_keys=False)
        stamp = _stamp_for_people
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            stamp,
            _flatten_exception,
            _clean,
            _WithPriority(render) if _is_journal(stream, environ) else render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(log.level),
        logger_factory=_Output(stream),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(handlers=[_FromLibraries()], level=logging.WARNING, force=True)


class _Output:
    """A log target that may go away. Losing the log must not stop the photos, so it loses lines in silence.

    Written past the stream's buffer: one system call a line keeps lines whole between processes, and nothing is left
    in the buffer of a closed pipe for the interpreter to stumble over, and exit with 120, at its end.
    """

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def __call__(self, *_args: object) -> _Output:
        return self

    def msg(self, line: str) -> None:
        with suppress(OSError, ValueError), self._lock:  # ValueError: closed
            self._write(f"{line}\n")

    def _write(self, text: str) -> None:
        try:
            descriptor = self._stream.fileno()
        except io.UnsupportedOperation:  # a stream in memory
            self._stream.write(text)
        else:
            os.write(descriptor, text.encode())

    debug = info = warning = warn = error = critical = fatal = exception = log = msg


class _FromLibraries(logging.Handler):
    """What libraries say through ``logging``, in our words: a constant event with their message as a value."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()
        except (TypeError, ValueError, KeyError):  # arguments that do not fit their format
            message = str(record.msg)
        level = min(record.levelno // 10 * 10, logging.CRITICAL)  # structlog knows no levels in between
        structlog.get_logger().log(
            level, "library_message", library=record.name, message=message, exc_info=record.exc_info
        )


class _WithPriority:
    def __init__(self, render: structlog.typing.Processor) -> None:
        self._render = render

    def __call__(self, logger: WrappedLogger, name: str, event: EventDict) -> str:
        priority = _PRIORITIES[event["level"]]
        return f"<{priority}>{self._render(logger, name, event)!s}"


def _stamp_for_people(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """The clock of whoever reads it, with its zone, as all commands show times; programs get UTC."""
    event["timestamp"] = time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime()).rstrip()
    return event


def _flatten_exception(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    """``exc_info`` as values of one line: what was raised, what caused it, and where it came from.

    Not called ``exception``: structlog prints a value of that name below the line, over many more.
    """
    error = event.pop("exc_info", None)
    if isinstance(error, tuple):
        error = error[1]
    elif error and not isinstance(error, BaseException):
        error = sys.exception()
    if error:
        first, *causes = _chain(error)
        event["raised"] = _in_words(first)
        if causes:
            event["caused_by"] = [_in_words(cause) for cause in causes]
        event["traceback"] = _calls(first.__traceback__)[: -_FRAMES - 1 : -1]
    return event


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    following: BaseException | None = error
    while following is not None and id(following) not in seen:
        seen.add(id(following))
        yield following
        following = following.__cause__ or (None if following.__suppress_context__ else following.__context__)


def _in_words(error: BaseException) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def _calls(traceback: TracebackType | None) -> list[str]:
    calls = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        calls.append(f"{traceback.tb_frame.f_globals.get('__name__')}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return calls


def _clean(_logger: WrappedLogger, _name: str, event: EventDict) -> EventDict:
    return {key: _shown(value) for key, value in event.items()}


def _shown(value: object) -> Any:
    """``value`` as JSON can hold it, without keys, control characters, or bytes that are not UTF-8."""
    match value:
        case str():
            return redact(display(value))
        case None | bool() | int():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case bytes():
            return redact(display(value.decode("utf-8", "replace")))
        case Mapping():
            return {_shown(str(key)): _shown(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_shown(item) for item in value]
    return redact(display(str(value)))


def _json_line(_logger: WrappedLogger, _name: str, event: EventDict) -> ProcessorReturnValue:
    head = {key: event.pop(key) for key in ("timestamp", "level", "event")}
    return _to_json(head | dict(event))


def _is_terminal(stream: TextIO) -> bool:
    try:
        return stream.isatty()
    except ValueError:  # closed
        return False


def _is_journal(stream: TextIO, environ: Mapping[str, str]) -> bool:
    """Whether journald reads ``stream``: ``$JOURNAL_STREAM`` is its device and inode (systemd.exec(5))."""
    try:
        status = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{status.st_dev}:{status.st_ino}"
