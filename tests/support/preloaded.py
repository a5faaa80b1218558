"""``python -m tests.support.preloaded LISTENER``: starts the program by forking, with all that it imports there.

Half a second of processor time for each start is spent on imports; a matrix starts the service hundreds of times. What
is forked has done nothing yet: no thread, no file, no database; random numbers are seeded anew (``random`` sees to it).
"""

from __future__ import annotations

import importlib
import json
import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Final, Self

from tests.support.processes import not_outliving
from tests.support.waiting import PATIENCE_SECONDS

REPOSITORY: Final = Path(__file__).parents[2]
PROGRAMS: Final = ("folder_sync.cli", "tests.support.crashing")
"""Modules with a ``main`` that takes the arguments."""

NEEDED: Final = (
    "folder_sync.app",
    "folder_sync.cli.run",
    "folder_sync.cli.sync",
    "folder_sync.service.supervisor",
    "folder_sync.store.postgres.store",
)
_STATUS: Final = b"ended "


class Preloaded:
    """As much of ``subprocess.Popen`` as the tests use, for a program that was forked."""

    def __init__(
        self, starter: bytes, program: str, arguments: Sequence[str], *, error: IO[Any], env: Mapping[str, str]
    ) -> None:
        self.returncode: int | None = None
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._connection.connect(starter)
        nowhere = os.open(os.devnull, os.O_RDWR)
        try:
            files = [nowhere, nowhere, error.fileno()]
            asked = {"program": program, "arguments": list(arguments), "env": dict(env), "cwd": os.getcwd()}
            socket.send_fds(self._connection, [json.dumps(asked).encode() + b"\n"], files)
        finally:
            os.close(nowhere)
        said = b""
        while not said.endswith(b"\n"):
            piece = self._connection.recv(1)
            assert piece, "the starter forks"
            said += piece
        self.pid = int(said)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.poll() is None:
            self.kill()
        self.wait()
        self._connection.close()

    def poll(self) -> int | None:
        with suppress(TimeoutError):
            self._look(0.001)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        try:
            return self._look(timeout)
        except TimeoutError:
            raise subprocess.TimeoutExpired("the program", timeout or 0.0) from None

    def send_signal(self, sig: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, sig)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def end(self, with_signal: int) -> int:
        """Send the signal and wait for the end; the exit code."""
        self.send_signal(with_signal)
        return self.wait(PATIENCE_SECONDS)

    def _look(self, timeout: float | None) -> int:
        """Raises TimeoutError. One line tells the end; it comes in one piece."""
        if self.returncode is None:
            self._connection.settimeout(timeout)
            said = self._connection.recv(100)
            assert said.startswith(_STATUS), said
            self.returncode = os.waitstatus_to_exitcode(int(said.removeprefix(_STATUS)))
        return self.returncode


@contextmanager
def preloading() -> Iterator[bytes]:
    """The address of the process that forks; it ends with the block."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind("")  # to a name of its own, in no folder (unix(7), autobind)
        listener.listen(16)
        command = [sys.executable, "-m", "tests.support.preloaded", str(listener.fileno())]
        starting = subprocess.Popen(command, stdin=subprocess.PIPE, cwd=REPOSITORY, pass_fds=[listener.fileno()])
        with not_outliving(starting) as process:
            yield listener.getsockname()
            process.communicate(timeout=PATIENCE_SECONDS)


def serve(listener: socket.socket) -> tuple[str, list[str]] | None:
    """Returns in each process that was forked, with what it is to run; None at the end, which is that of its input."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those that wait for the programs: nobody waits for them
    while True:
        ready, _, _ = select.select([listener, sys.stdin], [], [])
        if sys.stdin in ready:
            return None
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            return attend(connection)
        connection.close()


def attend(connection: socket.socket) -> tuple[str, list[str]]:
    """Forks the program, and tells its number and how it ended. Returns in the program alone."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    said, files, _, _ = socket.recv_fds(connection, 1 << 16, 3)
    asked = json.loads(said)
    program = os.fork()
    if program:
        for file in files:
            os.close(file)
        connection.sendall(b"%d\n" % program)
        _, status = os.waitpid(program, 0)
        with suppress(OSError):  # nobody asks any more
            connection.sendall(_STATUS + b"%d" % status)
        os._exit(0)
    connection.close()
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(asked["env"])
    os.chdir(asked["cwd"])
    return asked["program"], asked["arguments"]


if __name__ == "__main__":
    for module in (*NEEDED, *PROGRAMS):
        importlib.import_module(module)
    if (run := serve(socket.socket(fileno=int(sys.argv[1])))) is not None:
        importlib.import_module(run[0]).main(run[1])
