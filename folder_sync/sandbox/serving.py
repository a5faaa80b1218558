"""Runs the sandbox: in a thread beside a test or the demo, or as a program of its own."""

from __future__ import annotations

import asyncio
import signal
import socket
import struct
import tempfile
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from starlette.types import ASGIApp
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from folder_sync.sandbox.accounts import Accounts
from folder_sync.sandbox.catalogue import Catalogue
from folder_sync.sandbox.clock import Clock
from folder_sync.sandbox.codes import id_of, make_key
from folder_sync.sandbox.ledger import Ledger
from folder_sync.sandbox.quota import DEFAULT_LIMITS, Algorithm, Limits, Quota
from folder_sync.sandbox.script import Faults
from folder_sync.sandbox.server import create_app
from folder_sync.sandbox.state import Sandbox

_HOST: Final = "127.0.0.1"
_KEEP_ALIVE_SECONDS: Final = 75
"""As nginx: an idle connection must not be closed in the middle of a test."""


@contextmanager
def running_sandbox(
    *,
    key: str | None = None,
    port: int = 0,
    limits: Limits = DEFAULT_LIMITS,
    algorithm: Algorithm = "fixed",
    max_bytes: int | None = None,
    latency: float = 0.0,
    clock: Callable[[], float] = time.time,
    unknown: Iterable[str] = (),
) -> Iterator[Sandbox]:
    """A sandbox that answers on loopback until the block ends; it deletes its images then.

    ``limits``: requests and seconds of each window; ``unknown``: GTINs of products it does not know;
    ``port`` 0: any free one. Raises ``OSError`` where the port is taken.
    """
    with socket.create_server((_HOST, port)) as listener, tempfile.TemporaryDirectory(prefix="sandbox-") as folder:
        # asyncio only does this for sockets of its own making; without it every small answer takes 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        url = f"http://{_HOST}:{listener.getsockname()[1]}"
        server_clock = Clock(clock)
        accounts = Accounts(server_clock)
        key = key or make_key()
        # Records belong to an organization for good: a sandbox that is started again with its key goes on with them.
        organization_id = accounts.add_organization("Sandbox Studio", id_of(key))
        sandbox = Sandbox(
            url=url,
            key=accounts.add_key(organization_id, key=key),
            organization_id=organization_id,
            clock=server_clock,
            accounts=accounts,
            catalogue=Catalogue(Path(folder), url, server_clock),
            quota=Quota(limits, algorithm, server_clock),
            faults=Faults(server_clock, latency),
            ledger=Ledger(),
        )
        for gtin in unknown:
            sandbox.unknown_product(gtin)
        thread = _ServerThread(listener, create_app(sandbox, max_bytes=max_bytes))
        thread.start()
        try:
            yield sandbox
        finally:
            thread.stop()


def serve(announce: Callable[[Sandbox], None], *, key: str | None = None, port: int = 0) -> None:
    """Run until INT or TERM. Call it in the main thread, before any other is started."""
    stops = {signal.SIGINT, signal.SIGTERM}
    before = signal.pthread_sigmask(signal.SIG_BLOCK, stops)
    try:
        with running_sandbox(key=key, port=port) as sandbox:
            announce(sandbox)
            signal.sigwait(stops)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class _DroppableProtocol(H11Protocol):
    """Gives every request two ways to end its connection without an answer: ``scope["state"]["drop"]`` closes it,
    ``scope["state"]["reset"]`` sends a RST for certain."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # all that uvicorn passes
        super().connection_made(transport)

        def reset() -> None:
            at_once = struct.pack("ii", 1, 0)
            transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
            transport.abort()

        self.app_state = {"drop": transport.abort, "reset": reset}


class _ServerThread(threading.Thread):
    """Uvicorn's protocol without its server, whose life cycle costs 0.2 s to stop and a wake-up ten times a second."""

    def __init__(self, listener: socket.socket, app: ASGIApp) -> None:
        super().__init__(name="sandbox", daemon=True)
        self._listener = listener
        self._config = Config(
            app,
            http=_DroppableProtocol,
            ws="none",
            lifespan="off",
            interface="asgi3",
            proxy_headers=False,
            log_config=None,
            log_level="critical",
            access_log=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        )
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()

    def run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    def stop(self) -> None:
        """Break off whatever is in flight, and wait for the thread's end."""
        self._loop.call_soon_threadsafe(self._stopping.set)
        self.join()

    async def _serve(self) -> None:
        self._config.load()
        state = ServerState()
        server = await self._loop.create_server(
            lambda: _DroppableProtocol(self._config, state, {}), sock=self._listener
        )
        await self._stopping.wait()
        # asyncio (3.11) leaves a connection open for good that is just being accepted when its server is closed.
        self._loop.remove_reader(self._listener)
        accepting = asyncio.all_tasks() - state.tasks - {asyncio.current_task()}
        await asyncio.gather(*accepting, return_exceptions=True)
        server.close()
        tasks = list(state.tasks)
        for connection in list(state.connections):
            connection.transport.abort()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await server.wait_closed()
