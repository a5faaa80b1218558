"""A way to PostgreSQL that can be cut, and that loses the answer to a COMMIT: on a socket, so it takes no rights."""

from __future__ import annotations

import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_SOCKET: Final = ".s.PGSQL.5432"
_COMMITTED: Final = b"COMMIT\0"
"""In the server's answer, the end of what was done."""


class PostgresProxy:
    """``folder``: where its socket is, which leads to that in ``server``. ``losses``: of answers to COMMIT."""

    def __init__(self, folder: Path, server: Path) -> None:
        self.folder = folder
        self.losses = 0
        self._server = server
        self._lock = threading.Lock()
        self._is_cut = False
        self._open: set[_Line] = set()
        self._to_lose: tuple[bytes, bool] | None = None

    def cut(self) -> None:
        """All connections end, and there is no new one until ``mend``."""
        with self._lock:
            self._is_cut = True
            lines = list(self._open)
        for line in lines:
            line.end()

    def mend(self) -> None:
        self._is_cut = False

    def lose_commit(self, of: bytes, *, is_done: bool) -> None:
        """The next transaction in which ``of`` is said, in its statements or their values: its connection ends when
        COMMIT has gone, whose answer nobody gets, or else right before it goes."""
        with self._lock:
            self._to_lose = of, is_done

    def loses(self, said: bytes) -> bool | None:
        """Whether the COMMIT of such a transaction gets through; None: and its answer too."""
        with self._lock:
            if self._to_lose is None or self._to_lose[0] not in said:
                return None
            _, is_done = self._to_lose
            self._to_lose = None
            self.losses += 1
            return is_done

    def serve(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = listener.accept()
                threading.Thread(target=self._lead, args=(near,), daemon=True).start()

    def _lead(self, near: socket.socket) -> None:
        with near, socket.socket(socket.AF_UNIX) as far:
            line = _Line(near, far)
            with self._lock:
                if self._is_cut:
                    return
                self._open.add(line)
            back = threading.Thread(target=line.carry_back, daemon=True)
            try:
                far.connect(str(self._server / _SOCKET))
                back.start()
                line.carry(self)
            except OSError:  # the server is not there, or somebody has hung up
                pass
            finally:
                line.end()
                with self._lock:
                    self._open.discard(line)
                if back.ident is not None:
                    back.join()


class _Line:
    """One connection: what the program says is read message by message (postgresql.org, Frontend/Backend Protocol)."""

    def __init__(self, near: socket.socket, far: socket.socket) -> None:
        self._near = near
        self._far = far
        self._is_over = threading.Event()
        self._swallows = False
        self._statements: dict[bytes, bytes] = {}
        self._said = b""

    def end(self) -> None:
        for end in (self._near, self._far):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def carry(self, proxy: PostgresProxy) -> None:
        """Raises OSError at its end."""
        length = self._read(4)
        self._far.sendall(length + self._read(int.from_bytes(length) - 4))
        while True:
            head = self._read(5)
            body = self._read(int.from_bytes(head[1:]) - 4)
            if self._is_last(head[:1], body) and (done := proxy.loses(self._said)) is not None:
                if not done:
                    return
                self._swallows = True
            self._far.sendall(head + body)
            if self._swallows and head[:1] in b"QS":
                self._is_over.wait(10)
                return

    def carry_back(self) -> None:
        with suppress(OSError):
            while data := self._far.recv(65_536):
                if not self._swallows:
                    self._near.sendall(data)
                elif _COMMITTED in data:
                    break
        self._is_over.set()
        self.end()

    def _is_last(self, kind: bytes, body: bytes) -> bool:
        """Whether this ends a transaction; what was said in it is known then."""
        match kind:
            case b"Q":
                sql = body
            case b"P":
                name, statement = body.split(b"\0")[:2]
                self._statements[name] = statement
                return False
            case b"B":
                sql = self._statements.get(body.split(b"\0")[1], b"") + body
            case _:
                return False
        self._said = sql if sql.startswith(b"BEGIN") else self._said + sql
        return b"COMMIT" in sql

    def _read(self, count: int) -> bytes:
        data = b""
        while len(data) < count:
            piece = self._near.recv(count - len(data))
            if not piece:
                raise OSError("hung up")
            data += piece
        return data


@contextmanager
def postgres_proxy(server: Path) -> Iterator[PostgresProxy]:
    """``server``: the folder of the socket to lead to."""
    with (
        tempfile.TemporaryDirectory(prefix="way-", dir=server.parent) as folder,
        socket.socket(socket.AF_UNIX) as listener,
    ):
        listener.bind(f"{folder}/{_SOCKET}")
        listener.listen(16)
        proxy = PostgresProxy(Path(folder), server)
        thread = threading.Thread(target=proxy.serve, args=(listener,))
        thread.start()
        try:
            yield proxy
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()
            proxy.cut()
