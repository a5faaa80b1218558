"""Every page in a real browser: readable by everybody, at every size, in both languages, with script and without."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Request
from playwright.sync_api import Page as Tab

from folder_sync.sandbox.serving import running_sandbox
from folder_sync.store.sqlite.database import Database
from tests.browser.conftest import context_of
from tests.support.page import Page, running_page
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
LOOKS = [("light", 320, "en"), ("light", 1280, "de"), ("dark", 320, "de"), ("dark", 1280, "en")]
"""Each of two with each of the others: colours know no language, and widths no colours."""

NEWEST = "id = (SELECT id FROM photo WHERE state = 'uploaded' ORDER BY uploaded_at DESC LIMIT 1)"
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


@pytest.mark.parametrize(("scheme", "width", "language"), LOOKS)
def test_nothing_stands_in_anybodys_way(
    browser: Browser, page: Page, screenshots: Path, scheme: str, width: int, language: str
) -> None:
    """WCAG 2.2 AA by axe, no sideways scrolling, no error, nobody else asked; and a picture of each page to look at."""
    problems: list[str] = []
    options = {"color_scheme": scheme, "viewport": {"width": width, "height": 900}, "locale": language}
    with context_of(browser, **options, bypass_csp=True) as context:  # axe needs to be let in
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
    with context_of(browser, java_script_enabled=False) as context, tab(context, page) as looked_at:
        looked_at.goto(page.url + "/")
        looked_at.get_by_role("link", name="Photos", exact=True).click()
        looked_at.get_by_role("searchbox", name="GTIN, title or file name").last.fill("Hand soap")
        looked_at.get_by_role("button", name="Find").click()
        assert looked_at.locator("#list [data-row]").count() >= 1
        looked_at.locator("#list a.path").first.click()
        assert looked_at.locator("dl.facts").count() == 1
        assert not looked_at.locator("[data-copy]").first.is_visible()  # it would do nothing


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


def test_focus_and_what_is_typed_survive_twenty_changes(
    context: BrowserContext, page: Page, changing: Database
) -> None:
    with tab(context, page) as looked_at:
        looked_at.goto(page.url + "/")
        box = looked_at.get_by_role("searchbox")
        box.fill("half a wo")
        for number in range(20):
            rename(changing, f"Step {number}")
            looked_at.locator("#newest").get_by_text(f"Step {number}", exact=True).wait_for()
            assert looked_at.evaluate("document.activeElement.type") == "search"
        assert box.input_value() == "half a wo"


def test_what_has_focus_is_brought_up_to_date_once_it_is_left(
    context: BrowserContext, page: Page, changing: Database
) -> None:
    with tab(context, page) as looked_at:
        looked_at.goto(page.url + "/")
        newest = looked_at.locator("#newest")
        newest.locator("a").first.focus()
        headline = looked_at.locator("#state h1")
        headline.evaluate("heading => { heading.textContent = 'Old' }")
        rename(changing, "While it had focus")
        headline.get_by_text("Old", exact=True).wait_for(state="detached")  # all else was brought up to date
        assert newest.get_by_text("While it had focus").count() == 0
        looked_at.get_by_role("searchbox").focus()
        newest.get_by_text("While it had focus").wait_for()


def test_a_list_does_not_jump_and_new_rows_announce_themselves(
    context: BrowserContext, page: Page, changing: Database
) -> None:
    with tab(context, page) as looked_at:
        looked_at.goto(page.url + "/activity")
        first = looked_at.locator("#list li").first.get_attribute("id")
        changing.change(
            f"UPDATE photo SET state = 'superseded', replaced = 1, changed_at = 2e9, note = 'Announced' WHERE {NEWEST}"
        )
        looked_at.locator(".chip").wait_for()
        assert looked_at.locator("#list li").first.get_attribute("id") == first
        looked_at.locator(".chip").click()
        looked_at.locator("#list").get_by_text("Announced").wait_for()


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768), (3840, 2160), (1080, 1920)])
def test_the_wall_cuts_nothing_off(browser: Browser, page: Page, changing: Database, size: tuple[int, int]) -> None:
    """What has no room is left out as a whole, on whatever screen; at 1920 x 1080 numbers have 56 pixels, text 22."""
    changing.change("UPDATE photo SET reason_message = :long WHERE state = 'rejected'", {"long": "Do it again. " * 20})
    width, height = size
    with (
        context_of(browser, viewport={"width": width, "height": height}) as context,
        tab(context, page) as looked_at,
    ):
        looked_at.goto(page.url + "/wall")
        rows = looked_at.evaluate(
            """() => [...document.querySelectorAll(".halves li")].map((row) => {
                const within = row.closest("section").getBoundingClientRect(), at = row.getBoundingClientRect();
                return [at.left < within.right + 8, at.bottom <= within.bottom + 1 && at.right <= within.right + 1];
            })"""
        )
        assert [is_whole for is_seen, is_whole in rows if is_seen] == [True] * sum(is_seen for is_seen, _ in rows)
        assert looked_at.locator("#newest li").count() + 2 <= sum(is_seen for is_seen, _ in rows)
        assert looked_at.evaluate("document.documentElement.scrollHeight") <= height
        sizes = "(of) => [...document.querySelectorAll(of)].map((one) => parseFloat(getComputedStyle(one).fontSize))"
        assert min(looked_at.evaluate(sizes, "h1, .figures b")) >= 56 * width / 1920
        assert min(looked_at.evaluate(sizes, "h2, .figures span, .halves li, .halves li *")) >= 22 * width / 1920


def test_a_long_title_makes_no_tall_tile(context: BrowserContext, page: Page, changing: Database) -> None:
    rename(changing, "W" * 255)
    with tab(context, page) as looked_at:
        for path, tiles in (("/", "#newest li"), ("/photos?view=grid&state=uploaded", "#list li")):
            looked_at.goto(page.url + path)
            tile = looked_at.locator(tiles).filter(has_text="W" * 255)
            tile.wait_for()
            assert tile.evaluate("(one) => one.querySelector('.name').getBoundingClientRect().height") < 100
    rename(changing, "Front")


def rename(records: Database, title: str) -> None:
    """The newest of the photos in the catalogue."""
    records.change(f"UPDATE photo SET title = :title WHERE {NEWEST}", {"title": title})


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


def test_what_is_to_be_copied_can_be_copied_after_a_change(
    context: BrowserContext, page: Page, changing: Database
) -> None:
    with tab(context, page) as looked_at:
        looked_at.goto(page.url + f"/photos/{newest(changing)}")
        rename(changing, "Changed before it was copied")
        looked_at.locator("#facts").get_by_text("Changed before it was copied").wait_for()
        looked_at.get_by_role("button", name="Copy").wait_for()


@pytest.mark.parametrize("clipboard", ["here", "kept from pages that come over a network in clear"])
def test_an_image_id_is_copied(context: BrowserContext, page: Page, changing: Database, clipboard: str) -> None:
    if clipboard == "here":
        context.grant_permissions(["clipboard-read", "clipboard-write"])
    else:
        context.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    with tab(context, page) as looked_at:
        looked_at.goto(page.url + f"/photos/{newest(changing)}")
        looked_at.get_by_role("button", name="Copy").click()
        looked_at.get_by_role("button", name="Copied").wait_for()


def test_a_photo_that_left_the_list_is_struck_out(context: BrowserContext, page: Page, changing: Database) -> None:
    with tab(context, page) as looked_at:
        looked_at.goto(page.url + "/photos?state=uploaded")
        row, shown = newest(changing), looked_at.locator("#list [data-row]").count()
        assert looked_at.locator(f"#photo-{row}.left").count() == 0
        changing.change(f"UPDATE photo SET state = 'superseded', replaced = 1, changed_at = 2e9 WHERE id = {row}")
        looked_at.locator(f"#photo-{row}.left").wait_for()
        assert looked_at.locator("#list [data-row]").count() == shown
        looked_at.locator(".chip").get_by_text("1 gone from this list").click()
        looked_at.locator(f"#photo-{row}").wait_for(state="detached")
        assert looked_at.locator("#list [data-row]").count() == shown - 1


def test_what_needs_somebody_goes_with_its_heading(context: BrowserContext, page: Page, changing: Database) -> None:
    with tab(context, page) as looked_at:
        looked_at.goto(page.url + "/")
        looked_at.get_by_role("heading", name="Needs you", exact=True).wait_for()
        changing.change("DELETE FROM photo WHERE state = 'rejected'")
        looked_at.get_by_role("heading", name="Needs you", exact=True).wait_for(state="detached")


def newest(records: Database) -> int:
    ((found,),) = records.read(f"SELECT id FROM photo WHERE {NEWEST}")
    return int(found)


def test_a_page_that_can_not_be_brought_up_to_date_says_so(context: BrowserContext, studio: Studio) -> None:
    with ExitStack() as served:
        page = served.enter_context(running_page(studio))
        with tab(context, page, expected=("net::", "Failed to load")) as looked_at:
            looked_at.goto(page.url + "/wall")
            looked_at.locator("#late").wait_for(state="hidden")
            served.close()
            looked_at.get_by_text("This page can't be updated just now").wait_for()


HELD: Final = """
let first = true;
const fetched = window.fetch, listened = EventSource.prototype.addEventListener;
window.fetch = async (...asked) => {
  const answer = await fetched(...asked);
  if (first) {
    first = false;
    await new Promise((release) => { window.release = release; document.documentElement.dataset.held = ""; });
  }
  return answer;
};
EventSource.prototype.addEventListener = function (name, heard) {
  listened.call(this, name, (event) => { document.documentElement.dataset.heard = ""; heard(event); });
};
"""


def test_a_change_while_the_page_is_fetched_is_shown(context: BrowserContext, page: Page, changing: Database) -> None:
    context.add_init_script(HELD)
    with tab(context, page) as looked_at:
        looked_at.goto(page.url + f"/photos/{newest(changing)}")
        looked_at.locator("html[data-held]").wait_for()
        rename(changing, "Changed meanwhile")
        looked_at.locator("html[data-heard]").wait_for()
        looked_at.evaluate("window.release()")
        looked_at.locator("#facts").get_by_text("Changed meanwhile").wait_for()


def test_who_is_signed_out_is_told_so(context: BrowserContext, studio: Studio, changing: Database) -> None:
    with (
        running_page(studio, act="secret words", apart=0.05) as page,
        tab(context, page, expected=("401",)) as looked_at,
    ):
        looked_at.goto(page.url + "/")
        looked_at.get_by_label("Password").fill("secret words")
        looked_at.get_by_role("button", name="Sign in").click()
        looked_at.locator("#state").wait_for()
        context.clear_cookies()
        rename(changing, "Nobody sees this")
        looked_at.get_by_text("You are signed out.").wait_for()


def test_a_page_about_records_that_are_away_comes_back(context: BrowserContext, tmp_path: Path) -> None:
    with running_sandbox() as sandbox:
        studio = Studio(tmp_path, sandbox)
    with running_page(studio) as page, tab(context, page, expected=("503",)) as looked_at:
        looked_at.goto(page.url + "/")
        looked_at.get_by_text("There is no database at").wait_for()
        studio.database.parent.mkdir(exist_ok=True)
        Database(studio.database, create=True).close()
        looked_at.locator("#state").wait_for()
