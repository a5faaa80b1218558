"""Every page in a real browser: readable by everybody, at every size, in both languages, with script and without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Request
from playwright.sync_api import Page as Tab

from tests.support.page import Page
from tests.support.running import running_service
from tests.support.studio import Studio

PAGES = {
    "today": "/",
    "photos": "/photos",
    "pictures": "/photos?view=grid",
    "rejected": "/photos?state=rejected",
    "photo": "/photos/1",
    "products": "/products",
    "product": "/products/09521234500018",
    "activity": "/activity",
    "names": "/names?names=4006381333931__primay.jpg%0A4006381333931__Front.jpg",
    "wall": "/wall",
    "nothing": "/photos/999",
}
LOOKS = [(scheme, width) for scheme in ("light", "dark") for width in (320, 1280)]
WCAG = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@contextmanager
def tab(context: BrowserContext, page: Page, *, expected: tuple[str, ...] = ()) -> Iterator[Tab]:
    """A tab that must stay silent, and ask nobody else."""
    said: list[str] = []
    asked: list[str] = []

    def note(request: Request) -> None:
        if urlsplit(request.url).scheme in ("http", "https") and not request.url.startswith(page.url):
            asked.append(request.url)

    tab = context.new_page()
    tab.on("console", lambda message: said.append(message.text) if message.type in ("error", "warning") else None)
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", note)
    yield tab
    assert asked == []
    assert [text for text in said if not any(word in text for word in expected)] == []
    tab.close()


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize(("scheme", "width"), LOOKS)
def test_nothing_stands_in_anybodys_way(
    browser: Browser, page: Page, screenshots: Path, scheme: str, width: int, language: str
) -> None:
    """WCAG 2.2 AA by axe, no sideways scrolling, no error, nobody else asked; and a picture of each page to look at."""
    problems: list[str] = []
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}, "locale": language}
    with browser.new_context(**options, bypass_csp=True) as context:  # type: ignore[arg-type]  # axe needs to be let in
        for name, path in PAGES.items():
            with tab(context, page, expected=("404",)) as looked_at:
                looked_at.goto(page.url + path)
                found = Axe().run(looked_at, options=WCAG)
                problems += [
                    f"{name}: {one['id']}: {one['nodes'][0]['html'][:160]}" for one in found.response["violations"]
                ]
                wide = looked_at.evaluate("document.documentElement.scrollWidth")
                if wide > width and name != "wall":
                    problems.append(f"{name}: {wide} pixels wide at {width}")
                looked_at.screenshot(
                    path=screenshots / f"{name}-{scheme}-{width}-{language}.png", full_page=name != "wall"
                )
    assert problems == []


def test_everything_works_without_script(browser: Browser, page: Page) -> None:
    with browser.new_context(java_script_enabled=False) as context, tab(context, page) as looked_at:
        looked_at.goto(page.url + "/")
        looked_at.get_by_role("link", name="Photos", exact=True).click()
        looked_at.get_by_role("searchbox", name="GTIN, title or file name").last.fill("Hand soap")
        looked_at.get_by_role("button", name="Find").click()
        assert looked_at.locator("#list [data-row]").count() >= 1
        looked_at.locator("#list a.path").first.click()
        assert looked_at.locator("dl.facts").count() == 1


def test_the_keyboard_alone_reaches_everything(context: BrowserContext, page: Page) -> None:
    with tab(context, page) as looked_at:
        looked_at.goto(page.url + "/")
        looked_at.keyboard.press("Tab")
        assert looked_at.evaluate("document.activeElement.className") == "skip"
        looked_at.keyboard.press("Enter")
        looked_at.keyboard.press("Tab")
        assert looked_at.evaluate("document.activeElement.closest('main') !== null")
        for _ in range(80):
            outline = looked_at.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none" or looked_at.evaluate("document.activeElement === document.body")
            looked_at.keyboard.press("Tab")


def test_focus_and_what_is_typed_survive_twenty_changes(context: BrowserContext, page: Page, studio: Studio) -> None:
    with tab(context, page) as looked_at:
        looked_at.goto(page.url + "/")
        box = looked_at.get_by_role("searchbox")
        box.fill("half a wo")
        looked_at.evaluate(
            "window.changes = 0; new EventSource('/events').addEventListener('change', () => window.changes++)"
        )
        with running_service(studio):
            number = 0
            while looked_at.evaluate("window.changes") < 3:
                number += 1
                studio.export(f"09521234500018__Step_{number}.jpg")
                looked_at.wait_for_timeout(100)
        for _ in range(20):
            looked_at.evaluate("dispatchEvent(new Event('focusout'))")
        assert box.input_value() == "half a wo"
        assert looked_at.evaluate("document.activeElement.type") == "search"
        looked_at.wait_for_function("document.querySelector('#newest').textContent.includes('Step')")


def test_a_list_does_not_jump_and_new_rows_announce_themselves(
    context: BrowserContext, page: Page, studio: Studio
) -> None:
    with tab(context, page) as looked_at:
        looked_at.goto(page.url + "/activity")
        first = looked_at.locator("#list li").first.get_attribute("id")
        looked_at.wait_for_timeout(700)
        with running_service(studio):
            studio.export("09521234500018__Announced.jpg")
            looked_at.locator(".chip").wait_for()
        assert looked_at.locator("#list li").first.get_attribute("id") == first
        looked_at.locator(".chip").click()
        looked_at.wait_for_function("document.querySelector('#list').textContent.includes('Announced')")


def test_every_link_leads_somewhere_and_every_form_of_another_site_is_refused(
    context: BrowserContext, page: Page
) -> None:
    wanted, seen = ["/"], set[str]()
    with tab(context, page) as looked_at:
        while wanted and len(seen) < 150:
            path = wanted.pop()
            seen.add(path)
            answer = page.get(path)
            assert answer.status_code == 200, path
            if not answer.headers["content-type"].startswith("text/html"):
                continue
            looked_at.set_content(answer.text)
            for link in looked_at.locator("a[href]").all():
                target = link.get_attribute("href") or ""
                if target.startswith("/") and target not in seen and target not in wanted:
                    wanted.append(target)
            for form in looked_at.locator("form[method=post]").all():
                action = form.get_attribute("action") or ""
                assert page.http.post(action, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert len(seen) > 20
