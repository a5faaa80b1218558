"""HTTPS on loopback, to see whom the program trusts. Nothing it was told in plain text before the handshake counts."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

from tests.support.waiting import PATIENCE_SECONDS

CERTIFICATES: Final = Path(__file__).parent / "tls"
AUTHORITY: Final = CERTIFICATES / "ca.crt"


class TlsServer(ThreadingHTTPServer):
    """Answers every GET with ``body``, every POST with 201; ``location`` makes each a 307 to there. ``stutters``: each
    answer comes twice at once; ``breaks``: it comes in plain text, as from something in between."""

    daemon_threads = True

    def __init__(self, certificate: str, host: str, port: int) -> None:
        super().__init__((host, port), _Handler)
        self.requests: list[dict[str, str]] = []
        """The headers of each request, and its line under the empty name."""
        self.names: list[str | None] = []
        """The host names that clients said they want (SNI)."""
        self.body = b"{}"
        self.location: str | None = None
        self.stutters = False
        self.breaks = False
        self.port: int = self.server_address[1]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(CERTIFICATES / f"{certificate}.pem")
        context.sni_callback = lambda _socket, name, _context: self.names.append(name)
        self._context = context

    def finish_request(self, request: object, client_address: object) -> None:
        assert isinstance(request, socket.socket)
        request.settimeout(PATIENCE_SECONDS)
        try:
            secured = self._context.wrap_socket(request, server_side=True)
        except OSError:  # the client did not like the certificate
            return
        with secured:
            super().finish_request(secured, client_address)

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the test."""


class _Handler(BaseHTTPRequestHandler):
    server: TlsServer
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self._answer(200)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self._answer(201)

    def _answer(self, status: int) -> None:
        self.server.requests.append({"": self.requestline, **dict(self.headers)})
        location, body = self.server.location, self.server.body
        if self.server.breaks:
            assert isinstance(self.connection, ssl.SSLSocket)
            socket.socket.send(self.connection, b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
            self.close_connection = True
            return
        if self.server.stutters:
            self.wfile.write(2 * (b"HTTP/1.1 %d Twice\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)))
            return
        self.send_response(307 if location else status)
        if location:
            self.send_header("Location", location)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- the library's name
        """Nobody reads it."""


@contextmanager
def tls_server(certificate: str, host: str = "127.0.0.1", port: int = 0) -> Iterator[TlsServer]:
    with TlsServer(certificate, host, port) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
