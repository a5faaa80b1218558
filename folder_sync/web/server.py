"""Serves the page: one port, one process, until a signal ends it."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Final

from uvicorn import Config, Server

from folder_sync.errors import ConfigInvalid, FolderSyncError
from folder_sync.settings import Settings, Web
from folder_sync.settings.credentials import Passwords
from folder_sync.store.ports import Store
from folder_sync.web.app import create_app
from folder_sync.web.context import Site
from folder_sync.web.events import Changes
from folder_sync.web.sessions import Sessions

_GOODBYE_SECONDS: Final = 2
"""How long it waits for answers under way when it ends."""


class _PageServer(Server):
    """Says where it answers once it does, costs nothing while nobody asks, and sends away who listens to events when it
    ends: they would stay.
    """

    def __init__(self, config: Config, changes: Changes, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._changes = changes
        self._announce = announce
        self._end = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self._announce()

    async def main_loop(self) -> None:
        """Uvicorn's own looks ten times a second whether it is to end, and writes the date down: 0.2 s a minute."""
        await self._end.wait()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        super().handle_exit(sig, frame)
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._end.set)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._changes.end()
        await super().shutdown(sockets)


def serve(settings: Settings, store: Store, passwords: Passwords, announce: Callable[[str], None]) -> None:
    """Runs until INT or TERM. ``announce`` gets the address as soon as it answers.

    Raises ConfigInvalid for a certificate that does not work, FolderSyncError where the port can't be used.
    """
    web = settings.web
    if (web.certificate_file is None) != (web.certificate_key_file is None):
        raise ConfigInvalid("[web] names one half of a certificate.", "Set certificate_file and certificate_key_file.")
    app = create_app(Site.build(settings, store, Sessions(passwords)))
    config = Config(
        app,
        ws="none",
        lifespan="on",
        proxy_headers=False,
        server_header=False,
        date_header=False,  # ``guard`` sends it
        log_config=None,
        log_level="critical",  # ``problems`` logs pages that fail; a cut-off download is no fault
        access_log=False,
        timeout_graceful_shutdown=_GOODBYE_SECONDS,
        ssl_certfile=web.certificate_file,
        ssl_keyfile=web.certificate_key_file,
    )
    try:
        config.load()
    except ssl.SSLError as error:  # whose own words name a line of C
        raise ConfigInvalid(
            "The certificate of [web] can't be used: it or its key is no PEM file, or they do not belong together.",
            "Compare certificate_file and certificate_key_file with what the authority sent.",
        ) from error
    except OSError as error:
        raise ConfigInvalid(
            f"The certificate of [web] can't be used: {error.strerror or error}.",
            "Correct certificate_file and certificate_key_file, or let the service's user read them.",
        ) from error
    with _listener(web) as listener:
        scheme, port = "https" if web.certificate_file else "http", listener.getsockname()[1]
        server = _PageServer(config, app.state.changes, lambda: announce(f"{scheme}://{_shown(web.host)}:{port}/"))
        with suppress(KeyboardInterrupt):  # Ctrl-C is how it is meant to end
            server.run(sockets=[listener])


_PORT_HINTS: Final = {
    errno.EADDRINUSE: "Choose another with [web] port, or end what uses it.",
    errno.EACCES: "Those below 1024 are root's: choose another with [web] port, or let a proxy have it.",
}


def _listener(web: Web) -> socket.socket:
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            web.host, web.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind(address)
        listener.listen(128)
    except OSError as error:
        raise FolderSyncError(
            f"Port {web.port} of {web.host} can't be used: {error.strerror or error}.",
            _PORT_HINTS.get(error.errno or 0, "[web] host has to be a name or an address of this machine."),
        ) from error
    return listener


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
