"""Those who get messages: a web hook and a mail server on loopback, real ones, that can be made slow or unkind."""

from __future__ import annotations

import json
import threading
from asyncio import Server
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class WebHook:
    """``status``: what it answers; ``hangs``: until then it answers nothing at all."""

    status: int = 200
    port: int = 0
    hanging: threading.Event | None = None
    got: list[dict[str, Any]] = field(default_factory=list)
    refused: int = 0
    asked: threading.Event = field(default_factory=threading.Event)

    @property
    def url(self) -> str:
        """With a password, a token in its path and one in a header."""
        return f"json://user:secret-password@127.0.0.1:{self.port}/secret-path?+X-Token=secret-token"

    @property
    def subjects(self) -> list[str]:
        return [message["title"].removeprefix("folder-sync: ") for message in self.got]


@contextmanager
def web_hook(status: int = 200, hanging: threading.Event | None = None) -> Iterator[WebHook]:
    hook = WebHook(status, hanging=hanging)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            message = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            hook.asked.set()
            if hook.hanging is not None:
                # A byte now and then: no time-out between two reads ever notices.
                self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n")
                try:
                    while not hook.hanging.wait(0.5):
                        self.wfile.write(b" ")
                        self.wfile.flush()
                except OSError:
                    return
            if hook.status == 200:
                hook.got.append(message)
            else:
                hook.refused += 1
            with suppress(OSError):  # whoever sent it may have given up
                self.send_response(hook.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

        def log_message(self, format: str, *_: object) -> None:  # noqa: A002 -- the library's name
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hook.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield hook
    finally:
        if hanging is not None:
            hanging.set()
        server.shutdown()
        thread.join()
        server.server_close()


@dataclass
class MailServer:
    port: int = 0
    got: list[EmailMessage] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"mailto://127.0.0.1:{self.port}?from=folder-sync@studio.example&to=operator@studio.example"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:
        content = envelope.content
        assert isinstance(content, bytes)
        message = message_from_bytes(content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.got.append(message)
        return "250 OK"


class _AnyPort(Controller):
    """At its start the library knocks at the port that it was given, not at the one that it got."""

    def _trigger_server(self) -> None:
        assert isinstance(self.server, Server)
        self.port = self.server.sockets[0].getsockname()[1]
        super()._trigger_server()  # type: ignore[no-untyped-call]  # the library leaves it untyped


@contextmanager
def mail_server() -> Iterator[MailServer]:
    mails = MailServer()
    controller = _AnyPort(mails, hostname="127.0.0.1", port=0)
    controller.start()
    mails.port = controller.port
    try:
        yield mails
    finally:
        controller.stop()
