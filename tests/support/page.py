"""The page of a studio, served over real HTTP beside the test."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from pydantic import SecretStr
from uvicorn import Config, Server

from folder_sync.settings.credentials import Passwords
from folder_sync.store.opening import store_at
from folder_sync.web.app import create_app
from folder_sync.web.context import Site
from folder_sync.web.events import APART_SECONDS
from folder_sync.web.sessions import Sessions
from folder_sync.web.shared import GOOD_SECONDS
from tests.support.studio import Studio
from tests.support.waiting import PATIENCE_SECONDS, wait_for


@dataclass(frozen=True)
class Page:
    """``http`` asks as a browser that stays on the page's own site, and follows nothing."""

    url: str
    http: httpx.Client

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self.http.get(path, headers=headers)

    def text(self, path: str) -> str:
        answer = self.get(path)
        assert answer.status_code == 200, answer.text
        return answer.text


@contextmanager
def running_page(
    studio: Studio,
    act: str | None = None,
    look: str | None = None,
    *,
    apart: float = APART_SECONDS,
    good_seconds: float = GOOD_SECONDS,
) -> Iterator[Page]:
    """``apart``: seconds between two events for one who follows; ``good_seconds``: as in ``create_app``."""
    passwords = Passwords(act=SecretStr(act) if act else None, look=SecretStr(look) if look else None)
    site = Site.build(studio.settings(), store_at(studio.database), Sessions(passwords))
    app = create_app(site, apart, good_seconds=good_seconds)
    config = Config(app, ws="none", lifespan="on", log_config=None, date_header=False, timeout_graceful_shutdown=1)
    server = Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],), name="page")
        thread.start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        try:
            wait_for(lambda: server.started, "the page answers")
            headers = {"Accept": "text/html", "Sec-Fetch-Site": "same-origin"}
            with httpx.Client(base_url=url, headers=headers, timeout=PATIENCE_SECONDS, trust_env=False) as http:
                yield Page(url, http)
        finally:
            server.should_exit = True
            thread.join()
