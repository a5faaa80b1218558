"""A server that costs next to nothing: drains what it is sent, and answers as Closient would, 20 ms later.

``python -m benchmarks.stand_in ORGANIZATION`` is its own process; it prints its address, and ends with its standard
input. Each key belongs to that organization: a service sends nothing before it has been told.
``GET /arrivals`` tells when the first byte of each upload came (CLOCK_MONOTONIC, one for all processes), and
forgets it. The sandbox would take longer over a photo than what is to be measured.
"""

from __future__ import annotations

import asyncio
import json
import re
import socket
import sys
import time
from typing import Final, cast

from folder_sync.sandbox.codes import make_id

ANSWER_SECONDS: Final = 0.02

_LENGTH: Final = re.compile(rb"\r\ncontent-length: *([0-9]+)", re.IGNORECASE)
_IMAGE: Final = {"title": "", "is_primary": False, "priority": 0, "created": "2026-01-01T00:00:00Z", "image_url": None}
_PAGE: Final = {
    "data": [],
    "pagination": {
        "page": 1,
        "page_size": 100,
        "total_count": 0,
        "total_pages": 0,
        "has_next": False,
        "has_previous": False,
    },
}
_WHOAMI: Final = {
    "organizations": [{"id": organization, "name": "Studio"} for organization in sys.argv[1:]],
    "api_key": {"role": "editor"},
}
_QUOTA: Final = "RateLimit-Policy: 1000000;w=60\r\nRateLimit-Limit: 1000000\r\nRateLimit-Remaining: 999999\r\n"

_arrivals: list[float] = []
_memory = memoryview(bytearray(256 * 1024))
"""What is received is overwritten by what comes next, of whichever connection."""


class _Connection(asyncio.BufferedProtocol):
    def __init__(self) -> None:
        self._head = b""
        self._left = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 -- asyncio's signature
        return _memory

    def buffer_updated(self, nbytes: int) -> None:
        if self._left:
            self._left -= nbytes
        else:
            if not self._head:
                self._began = time.monotonic()
            self._head += _memory[:nbytes]
            end = self._head.find(b"\r\n\r\n")
            if end < 0:
                return
            length = _LENGTH.search(self._head[:end])
            self._left = (int(length[1]) if length else 0) + end + 4 - len(self._head)
            if self._left and b"100-continue" in self._head[:end]:
                self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if not self._left:
            head, self._head = self._head, b""
            if head.startswith(b"POST"):
                _arrivals.append(self._began)
                loop = asyncio.get_running_loop()
                loop.call_later(ANSWER_SECONDS, self._answer, 201, {"id": make_id(), **_IMAGE})
            elif b"/arrivals" in head:
                self._answer(200, {"data": list(_arrivals)})
                _arrivals.clear()
            elif b"/whoami" in head:
                self._answer(200, _WHOAMI)
            else:
                self._answer(200, _PAGE)

    def _answer(self, status: int, value: object) -> None:
        body = json.dumps(value)
        self._transport.write(
            f"HTTP/1.1 {status} OK\r\nContent-Type: application/json\r\n{_QUOTA}"
            f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
        )


async def _serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(_Connection, "127.0.0.1", 0, backlog=512)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await loop.run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_serve())
