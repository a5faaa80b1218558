"""The page over real HTTP: what each of the three people finds, and what nobody gets."""

from __future__ import annotations

import io
import json
import os
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from html import escape
from itertools import islice
from urllib.parse import urlencode

import httpx
import pytest
from PIL import Image

from folder_sync.photo import State
from folder_sync.sandbox.serving import running_sandbox
from folder_sync.store.service_state import ServiceState
from folder_sync.store.sqlite.database import Database
from folder_sync.store.sqlite.lock import InstanceLock
from folder_sync.web.pages import home, photos
from folder_sync.web.records import Records
from tests.support.page import Page, running_page
from tests.support.running import running_service
from tests.support.studio import GTIN, OTHER, Studio, photo_data
from tests.support.waiting import wait_for

PAGES = ["/", "/wall", "/photos/1", "/activity", "/names", f"/names?gtin={GTIN}&title=Front&primary=1", "/sign-in"]


def deliver(studio: Studio) -> None:
    """Two photos of three went, and the third needs somebody."""
    with running_service(studio):
        studio.wait_for_state(studio.export(f"{GTIN}__Front__primary.jpg"), State.UPLOADED)
        studio.wait_for_state(studio.export(f"{OTHER}__Back.jpg"), State.UPLOADED)
        studio.wait_for_state(studio.export("set 3/IMG_0001.jpg"), State.REJECTED)


@pytest.fixture
def delivered(studio: Studio) -> Studio:
    """See ``deliver``."""
    deliver(studio)
    return studio


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """The page of such a studio, for all the tests that change nothing."""
    with running_sandbox() as sandbox:
        studio = Studio(tmp_path_factory.mktemp("studio"), sandbox)
        deliver(studio)
        with running_page(studio) as page:
            yield page


@pytest.fixture
def page(delivered: Studio) -> Iterator[Page]:
    with running_page(delivered) as page:
        yield page


@contextmanager
def working(studio: Studio) -> Iterator[None]:
    """A process works on the records: all that others see of it."""
    lock = InstanceLock(studio.database)
    try:
        yield
    finally:
        lock.release()


def test_what_needs_somebody_is_said_first_with_its_reason_and_place(delivered: Studio) -> None:
    with working(delivered), running_page(delivered) as page:
        text = page.text("/")
    assert '<h1 aria-live="polite">1 photo needs you.</h1>' in text
    assert "set 3/IMG_0001.jpg" in text
    assert "is not a GTIN in plain digits" in text


def test_it_works_while_the_service_is_stopped_and_says_so(page: Page) -> None:
    assert "The service is not running." in page.text("/")
    assert page.get("/healthz").status_code == 503
    assert page.get("/livez").text == "ok\n"


def test_healthy_while_the_service_runs(delivered: Studio) -> None:
    with working(delivered), running_page(delivered) as page:
        assert (page.get("/healthz").status_code, page.get("/healthz").text) == (200, "ok\n")


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_keeps_browsers_from_doing_anything_else(looked_at: Page, path: str) -> None:
    answer = looked_at.get(path)
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert "unsafe-inline" not in answer.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    if answer.status_code == 200:
        assert answer.headers["cache-control"] == "no-store"
        assert "style=" not in answer.text
        assert "onclick" not in answer.text


@pytest.mark.parametrize("path", PAGES)
def test_every_page_in_german(looked_at: Page, path: str) -> None:
    answer = looked_at.get(path, **{"Accept-Language": "de"})
    assert answer.status_code in (200, 303)
    if answer.status_code == 200:
        assert '<html lang="de">' in answer.text
        assert not re.search(r'<span[^>]* lang="en"', answer.text)  # which marks what is left in English


def test_a_language_that_was_chosen_is_kept(page: Page) -> None:
    answer = page.get("/?lang=de")
    assert "folder_sync_lang=de" in answer.headers["set-cookie"]
    assert "HttpOnly" in answer.headers["set-cookie"]
    assert '<html lang="de">' in page.text("/")


@pytest.mark.parametrize("path", ["/photos/999", "/nothing", "/photos/1x", "/photos/99999999999999999999"])
def test_what_is_not_there(looked_at: Page, path: str) -> None:
    answer = looked_at.get(path)
    assert answer.status_code == 404
    assert "There is nothing here." in answer.text


def test_a_broken_cursor_is_said(looked_at: Page) -> None:
    answer = looked_at.get("/activity?before=1;drop")
    assert answer.status_code == 400
    assert "is not understood" in answer.text


def test_hostile_text_is_shown_and_does_not_act(studio: Studio) -> None:
    with running_service(studio):
        studio.wait_for_state(studio.export(f"{GTIN}__<script>alert(1)<!script>.jpg"), State.UPLOADED)
    with running_page(studio) as page:
        for path in ("/", "/photos/1", "/activity"):
            assert "<script>alert" not in page.text(path)
        assert "&lt;script&gt;alert(1)" in page.text("/")


def test_thumbnails_are_small_and_kept_after_the_file_has_gone(page: Page, delivered: Studio) -> None:
    answer = page.get("/photos/1/thumbnail")
    assert answer.headers["content-type"] == "image/webp"
    with Image.open(io.BytesIO(answer.content)) as image:
        assert max(image.size) <= 320
    again = page.get("/photos/1/thumbnail", **{"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    (delivered.folder / f"{GTIN}__Front__primary.jpg").unlink()
    assert page.get("/photos/1/thumbnail").content == answer.content


def test_no_thumbnail_shows_another_picture_than_the_record_speaks_of(page: Page, delivered: Studio) -> None:
    (delivered.folder / f"{GTIN}__Front__primary.jpg").write_bytes(photo_data("something else"))
    answer = page.get("/photos/1/thumbnail")
    assert answer.headers["content-type"].startswith("image/svg+xml")
    assert "sandbox" in answer.headers["content-security-policy"]


def test_no_byte_of_a_file_outside_the_folders(page: Page, delivered: Studio) -> None:
    secret = delivered.home / "secret.jpg"
    secret.write_bytes(photo_data(repr(f"{GTIN}__Front__primary.jpg")))
    path = delivered.folder / f"{GTIN}__Front__primary.jpg"
    path.unlink()
    path.symlink_to(secret)
    assert page.get("/photos/1/thumbnail").headers["content-type"].startswith("image/svg+xml")


def test_another_chance(page: Page, delivered: Studio) -> None:
    """Asked on any page, which one comes back to, and is told there."""
    with running_service(delivered):
        delivered.wait_for_state(delivered.export(f"{GTIN}__Lost.jpg", b"GIF89a"), State.REJECTED)
    lost = delivered.folder / f"{GTIN}__Lost.jpg"
    record = delivered.record(lost)
    assert record is not None
    for back in ("/", "/photos?state=rejected&answer=gone&photo=1", f"/photos/{record.id}"):
        assert f'name="back" value="{escape(back)}"' in page.text(back).replace('?">', '">')
        answer = page.http.post(f"/photos/{record.id}/retry", data={"back": back})
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(back.split("&")[0])
        assert f"“{lost.name}” is tried again." in page.text(answer.headers["location"])
    lost.unlink()
    answer = page.http.post(f"/photos/{record.id}/retry", data={"back": "/"})
    assert "is not there any more. Put the file back" in page.text(answer.headers["location"])
    assert "is not there any more. Put the file back" not in page.text("/")
    named = page.http.post("/photos/3/retry")
    assert "go under this name. Rename the file" in page.text(named.headers["location"])
    all_of_them = page.http.post("/retry", data={"state": "rejected"})
    said = page.text(all_of_them.headers["location"])
    assert "0 photos are tried again. 1 can&#39;t go under their names." in said
    assert "1 are not there any more. Put the files back" in said


@pytest.mark.parametrize("states", [states for states, _ in photos.TABS])
def test_all_of_a_list_are_offered_another_try_only_where_that_is_answered(
    looked_at: Page, states: tuple[State, ...]
) -> None:
    """Beside photos on their way there was a button that always failed."""
    filters = {"state": [str(state) for state in states], "q": "no photo is called so"}
    is_offered = 'action="/retry"' in looked_at.text(f"/photos?{urlencode(filters, doseq=True)}")
    assert is_offered == (states in [(State.REJECTED,), (State.WAITING,)])
    if is_offered:
        assert looked_at.http.post("/retry", data=filters).status_code == 303


def test_every_state_says_what_happens_now(page: Page, delivered: Studio) -> None:
    """A copy did not say of what, and one whose file was gone that the catalogue does not know its product."""
    original, other, _ = delivered.records()
    database = Database(delivered.database, create=False)
    unknown = "reason_code = 'unknown_product', reason_message = 'Not known.'"
    database.change(f"UPDATE photo SET state = 'missing', image_id = NULL, {unknown} WHERE id = {other.id}")
    assert "The file went away before it was uploaded. Put it back" in (text := page.text("/photos?state=missing"))
    assert "Not known." not in text
    assert "Die Datei war weg" in page.text("/photos?state=missing&view=grid&lang=de")
    database.change(f"UPDATE photo SET state = 'duplicate', duplicate_of = {original.id} WHERE id = {other.id}")
    assert f'already. <a href="/photos/{original.id}">Photo {original.id}</a>' in page.text(
        "/photos?state=duplicate&lang=en"
    )
    assert "is there or on its way already." in page.text(f"/photos/{other.id}")
    database.close()


def test_the_right_name_is_there_to_copy(studio: Studio) -> None:
    with running_service(studio):
        wrong = studio.wait_for_state(studio.export(f"{GTIN}__primay.jpg"), State.REJECTED)
    with running_page(studio) as page:
        for path in ("/", "/photos", f"/photos/{wrong.id}", f"/names?names={GTIN}__primay.jpg"):
            for language in ("en", "de"):
                text = page.text(f"{path}{'&' if '?' in path else '?'}lang={language}")
                assert text.count(f'data-copy="{GTIN}__primary.jpg"') == 1, path


def test_numbers_of_all_photos_do_not_stand_above_a_part_of_them(looked_at: Page) -> None:
    assert 'All <span class="num">3</span>' in looked_at.text("/photos?state=rejected&view=grid")
    for filters in ("q=front", "since=3d", "notes=1"):
        assert '<span class="num">3</span>' not in looked_at.text(f"/photos?{filters}")


@pytest.mark.parametrize(
    "back", ["https://evil.example/", "//evil.example/photos", "/sign-out", "/\\evil.example", "x\r\ny"]
)
def test_another_chance_leads_nowhere_else(looked_at: Page, back: str) -> None:
    answer = looked_at.http.post("/photos/3/retry", data={"back": back})
    assert answer.headers["location"].startswith("/photos/3?")


@pytest.mark.parametrize(
    "query",
    ["answer=queued", "answer=queued&photo=999", "answer=x&photo=1", "tried=x", "tried=1&refused=x.y", "photo=1"],
)
def test_what_nobody_asked_is_not_answered(looked_at: Page, query: str) -> None:
    assert "can&#39;t go" not in looked_at.text(f"/?{query}")


@pytest.mark.parametrize("host", ["evil.example", "evil.example:80", "127.0.0.1.evil.example", ""])
def test_a_name_that_was_made_to_point_here_is_refused(looked_at: Page, host: str) -> None:
    for path in ("/", "/events", "/healthz", "/static/page.css", "/photos/1/thumbnail"):
        assert looked_at.get(path, Host=host).status_code == 421


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example", "Sec-Fetch-Site": ""},
    ],
)
def test_a_form_of_another_site_changes_nothing(page: Page, delivered: Studio, headers: dict[str, str]) -> None:
    before = delivered.records()
    with httpx.Client(base_url=page.url, trust_env=False) as stranger:
        answer = stranger.post("/photos/3/retry", headers={k: v for k, v in headers.items() if v})
    assert answer.status_code == 403
    assert delivered.records() == before


def test_a_large_form_is_not_read(looked_at: Page) -> None:
    assert looked_at.http.post("/photos/3/retry", content=b"x" * 20_000).status_code == 413


def test_with_a_password_nothing_is_shown_before_it(delivered: Studio) -> None:
    with running_page(delivered, act="secret words", look="only looking") as page:
        for path in ("/", "/photos/1", "/activity", "/wall", "/names"):
            answer = page.get(path)
            assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in")
        assert page.get("/events", Accept="text/event-stream").status_code == 401
        assert page.get("/photos/1/thumbnail", Accept="image/*").status_code == 401
        assert page.http.post("/photos/3/retry").status_code == 401
        assert page.get("/livez").status_code == 200
        assert page.get("/static/page.css").status_code == 200
        assert page.http.post("/sign-in", data={"password": "secret"}).status_code == 401
        answer = page.http.post("/sign-in", data={"password": "secret words"})
        assert answer.status_code == 303
        assert "HttpOnly" in answer.headers["set-cookie"]
        assert "SameSite=strict" in answer.headers["set-cookie"]
        assert "Sign out" in page.text("/")
        assert page.http.post("/photos/3/retry").status_code == 303
        page.http.post("/sign-out")
        assert page.get("/").status_code == 303


def test_who_may_look_may_not_act(delivered: Studio) -> None:
    with running_page(delivered, act="secret words", look="only looking") as page:
        page.http.post("/sign-in", data={"password": "only looking"})
        assert "Try again" not in page.text("/photos/3")
        answer = page.http.post("/photos/3/retry")
        assert answer.status_code == 403
        assert "You may look, but not act." in answer.text


def test_guesses_are_bounded(delivered: Studio) -> None:
    with running_page(delivered, act="secret words") as page:
        for _ in range(10):
            assert page.http.post("/sign-in", data={"password": "wrong"}).status_code == 401
        answer = page.http.post("/sign-in", data={"password": "secret words"})
        assert answer.status_code == 429
        assert int(answer.headers["retry-after"]) > 30


def test_a_store_that_is_not_there_comes_back_by_itself(studio: Studio) -> None:
    with running_page(studio) as page:
        answer = page.get("/")
        assert answer.status_code == 503
        assert "There is no database at" in answer.text
        german = page.get("/", **{"Accept-Language": "de"}).text
        assert f"Bei {studio.database} ist keine Datenbank." in german
        assert "Das erste <code>folder-sync run</code> oder <code>sync</code> legt sie an." in german
        with running_service(studio):
            studio.wait_for_state(studio.export(f"{GTIN}__Front.jpg"), State.UPLOADED)
        assert f"{GTIN}" in page.text("/")
        studio.database.write_bytes(b"no database " * 500)
        os.utime(studio.database)
        studio.database.with_name(studio.database.name + "-wal").unlink(missing_ok=True)


def test_who_listens_hears_of_a_change_and_nobody_else_asks_the_store(delivered: Studio) -> None:
    heard: list[str] = []
    with running_service(delivered), running_page(delivered) as page:

        def listen() -> None:
            with page.http.stream("GET", "/events") as stream:
                for line in stream.iter_lines():
                    heard.append(line)
                    if line == "event: change":
                        return

        thread = threading.Thread(target=listen)
        thread.start()
        wait_for(lambda: "retry: 3000" in heard, "the stream begins")
        delivered.wait_for_state(delivered.export(f"{GTIN}__Step.jpg"), State.UPLOADED)
        wait_for(lambda: "event: change" in heard, "the change is told")
        thread.join()


def test_a_change_right_after_the_stream_began_is_told(delivered: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """The records are first looked at before even the headers are sent, at which a page refreshes itself: else what
    changes next would be what was there from the beginning."""
    look = Records.version

    def late(records: Records) -> int:
        time.sleep(0.3)
        return look(records)

    monkeypatch.setattr(Records, "version", late)
    with running_page(delivered) as page, page.http.stream("GET", "/events") as stream:
        lines = stream.iter_lines()
        database = Database(delivered.database, create=False)
        database.change("UPDATE photo SET title = 'Changed' WHERE id = 1")
        database.close()
        assert "event: change" in islice(lines, 4)


def test_who_listens_hears_that_the_service_has_begun_and_ended(delivered: Studio) -> None:
    """One that is killed writes nothing of it: the page said for ever that all is well."""
    with running_page(delivered) as page, page.http.stream("GET", "/events") as stream:
        lines = stream.iter_lines()
        working = InstanceLock(delivered.database)
        assert "event: change" in islice(lines, 4)
        working.release()
        assert "event: change" in islice(lines, 4)


def test_programs_are_told_every_step_a_piece_at_a_time(page: Page, delivered: Studio) -> None:
    printed = [json.loads(line) for line in delivered.command("changes").stdout.splitlines()]
    assert len(printed) > 5
    told: list[object] = []
    after = ""
    while piece := (answer := page.get(f"/api/changes?limit=4&after={after}").json())["changes"]:
        assert len(piece) <= 4
        told += piece
        after = answer["next"]
    assert told == printed
    assert answer == {"changes": [], "next": printed[-1]["cursor"]}
    assert page.get("/api/changes").json() == {"changes": printed, "next": printed[-1]["cursor"]}


@pytest.mark.parametrize("asked", ["after=nonsense", "after=999999-1", "limit=0", "limit=-1", "limit=ten", "limit=9e9"])
def test_a_program_that_asks_wrongly_is_told_so(looked_at: Page, asked: str) -> None:
    answer = looked_at.get(f"/api/changes?{asked}")
    assert answer.status_code == 400
    assert answer.json().keys() == {"error", "hint"}
    assert answer.json()["error"].endswith(".")


def test_steps_are_told_to_nobody_without_the_password(delivered: Studio) -> None:
    with running_page(delivered, act="secret words") as page:
        answer = page.get("/api/changes", Accept="application/json")
        assert (answer.status_code, answer.json()["error"]) == (401, "Sign in first.")


def test_those_who_follow_share_a_page_until_something_changes(
    delivered: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[float] = []
    look = home.look

    def counted(*arguments: object) -> home.Home:
        looks.append(time.monotonic())
        return look(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(home, "look", counted)
    with running_page(delivered, good_seconds=3600.0) as page:
        page.text("/")
        page.text("/")
        assert len(looks) == 2  # nobody follows
        with page.http.stream("GET", "/events") as stream:
            events = stream.iter_lines()
            next(events)
            assert page.text("/") == page.text("/")
            assert len(looks) == 3
            assert "brauchen dich" in page.get("/", **{"Accept-Language": "de"}).text
            database = Database(delivered.database, create=False)
            ServiceState(database).pause("account:main", "The key was refused.", None)
            database.change("UPDATE photo SET title = 'Changed' WHERE id = 1")
            database.close()
            assert "event: change" in islice(events, 4)
            assert "Changed" in page.text("/")
