"""The page in Chromium with the processor slowed four times, over 10 Mbit/s: what a visitor sees, and when."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path
from statistics import quantiles
from typing import Any, Final

from playwright.sync_api import Browser, Page, sync_playwright

from benchmarks.figures import Figure
from folder_sync.store.sqlite.database import Database
from tests.browser.flags import FLAGS

SLOWED: Final = 4
BYTES_A_SECOND: Final = 10_000_000 / 8
CHANGES: Final = 12
VISITS: Final = 2
"""Of each page."""

PAGES: Final = ("/", "/photos", "/photos?view=grid", "/photos?state=rejected", "/products", "/activity", "/wall")

_WATCH: Final = """
window.seen = {lcp: 0, cls: 0, inp: 0};
new PerformanceObserver(list => { for (const one of list.getEntries()) seen.lcp = one.startTime; })
  .observe({type: 'largest-contentful-paint', buffered: true});
new PerformanceObserver(list => { for (const one of list.getEntries())
    if (!one.hadRecentInput) seen.cls += one.value; })
  .observe({type: 'layout-shift', buffered: true});
new PerformanceObserver(list => { for (const one of list.getEntries())
    if (one.interactionId) seen.inp = Math.max(seen.inp, one.duration); })
  .observe({type: 'event', buffered: true, durationThreshold: 16});
"""
_CHANGE: Final = (
    "UPDATE photo SET title = ?, changed_at = ? WHERE id = (SELECT max(id) FROM photo WHERE state = 'uploaded')"
)


def measure(studio: Path, url: str, name: str) -> list[Figure]:
    """Empty where there is no Chromium. ``studio``: whose records the page shows; one of them is renamed."""
    program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if program is None:
        return []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=list(FLAGS))
        found = [_vitals(browser, url + path) for path in PAGES for _ in range(VISITS)]
        delays = _until_shown(browser, studio, url)
        browser.close()
    shown = quantiles(delays, n=20, method="inclusive")[18]
    return [
        Figure(f"{name}: largest paint (LCP)", "s", [one["lcp"] / 1000 for one in found], "", [], "at most 1.0 s", 1.0),
        Figure(f"{name}: layout shift (CLS)", "", [one["cls"] for one in found], "", [], "at most 0.02", 0.02),
        Figure(f"{name}: interaction (INP)", "ms", [one["inp"] for one in found], "", [], "at most 100 ms", 100),
        Figure(f"{name}: change to screen, p95", "s", [shown], "", [], "at most 2 s", 2),
    ]


def _vitals(browser: Browser, url: str) -> dict[str, float]:
    with browser.new_context(viewport={"width": 1280, "height": 900}) as context:
        tab = context.new_page()
        session = context.new_cdp_session(tab)
        session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
        network = {
            "offline": False,
            "latency": 5,
            "downloadThroughput": BYTES_A_SECOND,
            "uploadThroughput": BYTES_A_SECOND,
        }
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", network)
        tab.add_init_script(_WATCH)
        tab.goto(url, wait_until="load")
        tab.wait_for_timeout(1500)
        _interact(tab)
        tab.wait_for_timeout(500)
        seen: dict[str, Any] = tab.evaluate("seen")
        return seen


def _interact(tab: Page) -> None:
    """What a reader does on any page: type, go on by key, and press somewhere."""
    box = tab.locator("input[type=search]").first
    if box.count():
        box.click()
        tab.keyboard.type("front", delay=60)
    for _ in range(4):
        tab.keyboard.press("Tab")
    tab.locator("h1").first.click()
    tab.mouse.wheel(0, 1200)


def _until_shown(browser: Browser, studio: Path, url: str) -> list[float]:
    """Seconds from a write to its being on the screen, at moments in step with nothing."""
    database = Database(studio / "folder-sync.db", create=False)
    delays: list[float] = []
    with browser.new_context() as context:
        tab = context.new_page()
        tab.goto(url + "/")
        tab.wait_for_timeout(1000)
        for number in range(CHANGES):
            title = f"Changed {number}"
            database.change(_CHANGE, (title, time.time()))
            begun = time.monotonic()
            tab.locator("#newest").get_by_text(title, exact=True).wait_for()
            delays.append(time.monotonic() - begun)
            time.sleep(random.uniform(0.2, 2.5))
    database.close()
    return delays
