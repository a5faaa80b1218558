"""A real browser before the real page. Run by `make test-browser`; without a browser it says what to install."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from folder_sync.photo import State
from folder_sync.sandbox.samples import WAITING_GTIN, make_samples
from folder_sync.sandbox.serving import running_sandbox
from folder_sync.store.sqlite.database import Database
from tests.browser.flags import FLAGS
from tests.support.page import Page, running_page
from tests.support.running import running_service
from tests.support.studio import Studio
from tests.support.waiting import PATIENCE_SECONDS


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    assert program, "No browser is here. `apt-get install chromium` brings one."
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    """One that has delivered the samples: some went, some wait, some need somebody."""
    home = tmp_path_factory.mktemp("studio")
    with running_sandbox() as sandbox:
        studio = Studio(home, sandbox)
        sandbox.unknown_product(WAITING_GTIN)
        staging = home / "samples"
        staging.mkdir()
        samples = make_samples(staging)
        with running_service(studio):
            for sample in samples:
                studio.export(sample.name, (staging / sample.name).read_bytes())
            studio.wait_until_settled(len(samples))
        assert {State.UPLOADED, State.REJECTED, State.WAITING} <= {record.state for record in studio.records()}
        yield studio


@pytest.fixture(scope="module")
def page(studio: Studio) -> Iterator[Page]:
    with running_page(studio, apart=0.05) as page:
        yield page


@pytest.fixture(scope="module")
def changing(page: Page, studio: Studio) -> Iterator[Database]:
    """The records, to change what the page shows, as the service would."""
    database = Database(studio.database, create=False)
    yield database
    database.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with context_of(browser) as context:
        yield context


@contextmanager
def context_of(browser: Browser, **options: Any) -> Iterator[BrowserContext]:
    """``options``: of ``Browser.new_context``."""
    with browser.new_context(**options) as context:
        context.set_default_timeout(PATIENCE_SECONDS * 1000)
        yield context


@pytest.fixture(scope="session")
def screenshots() -> Path:
    """Where pictures of the pages are left to be looked at."""
    folder = Path("build/screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder
