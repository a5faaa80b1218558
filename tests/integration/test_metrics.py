"""``/metrics`` over real HTTP, read as Prometheus reads it."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from folder_sync.photo import Gtin14, State
from folder_sync.rules.auditing import Difference, Kind
from folder_sync.store.audit import Audits
from folder_sync.store.service_state import ServiceState, WatchStatus
from folder_sync.store.sqlite.backup import back_up
from folder_sync.store.sqlite.database import Database
from folder_sync.store.sqlite.lock import InstanceLock
from folder_sync.web.samples import folder_labels
from tests.support.exposed import names, series, value
from tests.support.page import Page, running_page
from tests.support.running import running_service
from tests.support.studio import GTIN, OTHER, Studio
from tests.support.waiting import wait_for

ROOT: Final = Path(__file__).parents[2]


@pytest.fixture
def delivered(studio: Studio) -> Studio:
    """Two photos went, and two need somebody."""
    with running_service(studio):
        studio.wait_for_state(studio.export(f"{GTIN}__Front__primary.jpg"), State.UPLOADED)
        studio.wait_for_state(studio.export(f"{OTHER}__Back.jpg"), State.UPLOADED)
        studio.wait_for_state(studio.export("IMG_0001.jpg"), State.REJECTED)
        studio.wait_for_state(studio.export(f"{GTIN}__Lost.jpg", b""), State.REJECTED)
    return studio


@contextmanager
def working(database: Path) -> Iterator[None]:
    """A process works on these records, as others see it."""
    lock = InstanceLock(database)
    try:
        yield
    finally:
        lock.release()


@pytest.fixture
def page(delivered: Studio) -> Iterator[Page]:
    with running_page(delivered) as page:
        yield page


def test_what_was_done_is_counted(page: Page, delivered: Studio) -> None:
    answer = page.get("/metrics")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    found = series(answer.text)
    for state in State:
        photos = {State.UPLOADED: 2, State.REJECTED: 2}.get(state, 0)
        assert value(found, "photos", account="main", state=state.value) == photos
    assert value(found, "photo_steps_total", account="main", to="uploading") == 2
    assert value(found, "rejections_total", account="main", reason="bad_name") == 1
    assert value(found, "rejections_total", account="main", reason="empty") == 1
    assert value(found, "rejections_total", account="main", reason="too_large") == 0
    sizes = sum(record.size for record in delivered.records() if record.state is State.UPLOADED)
    assert value(found, "uploaded_bytes_total", account="main") == sizes
    assert time.time() - 300 < value(found, "last_upload_timestamp_seconds", account="main") <= time.time()
    limit = value(found, "quota_limit", account="main", window="60s")
    assert limit - 40 < value(found, "quota_remaining", account="main", window="60s") <= limit
    assert value(found, "disk_free_bytes", of="store") > 0
    assert value(found, "store_size_bytes") > 1_000
    assert value(found, "web_listeners") == 0


SET = """
build_info service_running machine_silent service_start_timestamp_seconds photos photo_steps_total rejections_total
uploaded_bytes_total
requests_total request_duration_seconds delivery_duration_seconds oldest_queued_timestamp_seconds
last_upload_timestamp_seconds backlog_clears_timestamp_seconds quota_limit quota_remaining paused folder_watched
folder_heard_timestamp_seconds folder_scan_duration_seconds disk_free_bytes store_size_bytes
store_backup_timestamp_seconds products audit_differences audit_last_pass_timestamp_seconds web_listeners
"""
"""All that is promised, and nothing else."""


def test_the_whole_set_and_nothing_else(page: Page) -> None:
    exposed = re.findall(r"^# TYPE folder_sync_(\w+) ", page.text("/metrics"), re.MULTILINE)
    assert sorted(exposed) == sorted(SET.split())


def test_requests_are_counted_by_how_they_ended_and_how_long_they_took(page: Page, delivered: Studio) -> None:
    found = series(page.text("/metrics"))
    uploads = {"account": "main", "call": "upload"}
    assert value(found, "requests_total", outcome="ok", **uploads) == 2
    assert value(found, "requests_total", outcome="limited", **uploads) == 0
    assert value(found, "requests_total", account="main", call="delete", outcome="refused") == 0
    assert value(found, "requests_total", account="main", call="whoami", outcome="ok") >= 1
    for name, labels in (("request_duration_seconds", uploads), ("delivery_duration_seconds", {"account": "main"})):
        steps = [value(found, f"{name}_bucket", le=bound, **labels) for bound in ("5.0", "60.0", "+Inf")]
        assert steps == sorted(steps)
        assert steps[-1] == value(found, f"{name}_count", **labels) == 2
        assert 0 < value(found, f"{name}_sum", **labels) < 600
    assert value(found, "folder_scan_duration_seconds", folder=delivered.folder.name) > 0


def test_what_differs_is_counted_and_how_many_products_are_complete(delivered: Studio) -> None:
    database = Database(delivered.database, create=False)
    audits = Audits(database)
    audits.begin("main", time.time())
    audits.conclude("main", Gtin14(GTIN), time.time(), [Difference(Kind.MISSING, 1, "an image", "It is gone.")])
    audits.finish("main", 1_000.0)
    database.close()
    with running_page(delivered) as page:
        wait_for(lambda: "folder_sync_products{" in page.text("/metrics"), "products are counted")
        found = series(page.text("/metrics"))
    assert value(found, "audit_differences", account="main", kind="missing") == 1
    assert value(found, "audit_differences", account="main", kind="twice") == 0
    assert value(found, "audit_last_pass_timestamp_seconds", account="main") == 1_000
    assert [value(found, "products", completeness=name) for name in ("complete", "incomplete", "empty")] == [2, 0, 0]


def test_counters_keep_what_was_forgotten(delivered: Studio) -> None:
    database = Database(delivered.database, create=False)
    with database.write() as connection:
        connection.execute("DELETE FROM photo")
    database.close()
    with running_page(delivered) as page:
        found = series(page.text("/metrics"))
    assert value(found, "photos", account="main", state="uploaded") == 0
    assert value(found, "photo_steps_total", account="main", to="uploaded") == 2
    assert value(found, "rejections_total", account="main", reason="empty") == 1


def test_the_service_and_its_folders_are_seen_while_it_runs(studio: Studio) -> None:
    studio.configure(watch='backend = "polling"\npoll_seconds = 1')
    with working(studio.database), running_service(studio), running_page(studio) as page:
        wait_for(lambda: page.get("/metrics").status_code == 200, "the records are there")
        wait_for(lambda: "folder_sync_folder_watched{" in page.text("/metrics"), "the folder is watched")
        found = series(page.text("/metrics"))
        assert value(found, "service_running") == 1
        assert value(found, "service_start_timestamp_seconds") <= time.time()
        assert value(found, "folder_watched", folder=studio.folder.name, backend="polling") == 1
        assert value(found, "paused", scope="folder", name=studio.folder.name) == 0
        assert value(found, "paused", scope="account", name="main") == 0
    with running_page(studio) as page:
        found = series(page.text("/metrics"))
    assert value(found, "service_running") == 0
    assert "folder_sync_service_start_timestamp_seconds" not in {name for name, _ in found}


def test_what_stands_still_is_seen(delivered: Studio) -> None:
    began = time.time()
    database = Database(delivered.database, create=False)
    service = ServiceState(database)
    service.pause("account:main", "The key was refused.", None)
    service.pause(f"folder:{delivered.folder}", "It is away.", None)
    with database.write() as connection:
        connection.execute("UPDATE photo SET state = 'queued', changed_at = ? WHERE state = 'uploaded'", (began,))
    assert back_up(delivered.database, "9999-01-01", given_up=lambda: False)
    with working(delivered.database), running_page(delivered) as page:
        found = series(page.text("/metrics"))
        assert value(found, "paused", scope="account", name="main") == 1
        assert value(found, "paused", scope="host", name="main") == 0
        assert value(found, "paused", scope="folder", name=delivered.folder.name) == 1
        assert value(found, "oldest_queued_timestamp_seconds", account="main") == pytest.approx(began)
        assert value(found, "store_backup_timestamp_seconds") >= began - 1
        assert "folder_sync_backlog_clears_timestamp_seconds" not in names(page.text("/metrics"))
        service.resume("account:main")
        assert value(series(page.text("/metrics")), "backlog_clears_timestamp_seconds", account="main") >= began
    database.close()


def test_whatever_an_alert_or_a_panel_asks_for_is_there(delivered: Studio) -> None:
    database = Database(delivered.database, create=False)
    service = ServiceState(database)
    service.started(1, time.time(), "studio1")
    service.set_watch_status(WatchStatus(bytes(delivered.folder), "native", time.time()))
    with database.write() as connection:
        connection.execute("UPDATE photo SET state = 'queued', changed_at = changed_at + 1 WHERE id = 1")
    with working(delivered.database), running_page(delivered) as page:
        text = page.text("/metrics")
    database.close()
    asked = {
        name
        for file in ("folder-sync.rules.yml", "folder-sync.dashboard.json")
        for name in re.findall(r"\bfolder_sync_\w+", (ROOT / "monitoring" / file).read_text("utf-8"))
    }
    exposed = set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))
    assert asked
    assert {name.removesuffix("_bucket") for name in asked} - exposed == set()
    assert set(re.findall(r"`(folder_sync_\w+)`", (ROOT / "docs/page.md").read_text("utf-8"))) == exposed


def test_no_label_tells_a_product_a_path_or_a_digest(page: Page, delivered: Studio) -> None:
    labels = {label for _, labels in series(page.text("/metrics")) for _, label in labels}
    known = delivered.records()
    for secret in (GTIN, OTHER, "IMG_0001", "Front", *(record.sha256 for record in known if record.sha256)):
        assert not [label for label in labels if secret in label]
    assert not [label for label in labels if re.fullmatch(r"\d{8,14}|[0-9a-f]{32,}|.*/.*", label)]


def test_folders_of_one_name_are_told_apart() -> None:
    """By their order, which is that of the configuration."""
    assert folder_labels(["/srv/a/export", "/srv/b/export", "/srv/a/export", "/srv/new", "/srv/c/export (2)", "/"]) == {
        "/srv/a/export": "export",
        "/srv/b/export": "export (2)",
        "/srv/new": "new",
        "/srv/c/export (2)": "export (2) (2)",
        "/": "/",
    }


def test_names_are_in_base_units_and_counters_alone_end_in_total(page: Page) -> None:
    text = page.text("/metrics")
    for name, kind in re.findall(r"^# TYPE (\S+) (\S+)$", text, re.MULTILINE):
        assert name.startswith("folder_sync_")
        assert name.endswith("_total") is (kind == "counter"), name
        assert not re.search(r"_(ms|minutes|hours|days|kb|mb|megabytes|age)(_|$)", name)


def test_whoever_scrapes_on_this_machine_is_asked_for_no_password(delivered: Studio) -> None:
    with running_page(delivered, act="secret words") as page:
        assert page.get("/metrics", Accept="text/plain").status_code == 200


def test_records_that_cannot_be_read_are_said_in_a_sentence(studio: Studio) -> None:
    with running_page(studio) as page:
        answer = page.get("/metrics")
        assert answer.status_code == 503
        assert answer.text.startswith("There is no database at ")
