"""The whole service tells real receivers of its troubles, and the photos don't notice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage

import pytest
import structlog.testing

from folder_sync.app import parts
from folder_sync.errors import StoreUnavailable
from folder_sync.messages.process import MISSING_EXTRA
from folder_sync.photo import State
from folder_sync.report.checks import messages as check_messages
from folder_sync.service.notify.monitor import Monitor, Observation
from folder_sync.settings import Notify
from tests.support.receivers import WebHook, mail_server, web_hook
from tests.support.running import running_service
from tests.support.studio import GTIN, OTHER, Studio
from tests.support.waiting import wait_for


@pytest.fixture
def hook() -> Iterator[WebHook]:
    with web_hook() as hook:
        yield hook


def configure(studio: Studio, *urls: str) -> None:
    studio.configure(notify={"urls": urls, "quiet_seconds": 0.2})


def wait_for_subject(hook: WebHook, subject: str) -> str:
    """The body of the message."""
    wait_for(lambda: subject in hook.subjects, f"{subject} among {hook.subjects}")
    return str(hook.got[hook.subjects.index(subject)]["message"])


def wait_for_text(hook: WebHook, text: str) -> None:
    wait_for(lambda: any(text in message["message"] for message in hook.got), f"{text} in {hook.got}")


def test_rejected_photos(studio: Studio, hook: WebHook) -> None:
    configure(studio, hook.url)
    with running_service(studio):
        path = studio.export(f"{GTIN}__primay.jpg")
        body = wait_for_subject(hook, "1 photo rejected")
    assert f'{path}\n    "primay" is not a flag; "primary" was probably meant.' in body


def test_a_revoked_key_a_folder_that_is_away_and_their_end(studio: Studio, hook: WebHook) -> None:
    studio.timings = replace(studio.timings, key_tried=0.5)
    configure(studio, hook.url)
    with running_service(studio):
        studio.wait_for_state(studio.export(f"{GTIN}__a.jpg"), State.UPLOADED)
        studio.sandbox.revoke_key()
        path = studio.export(f"{GTIN}__b.jpg")
        body = wait_for_subject(hook, "account main is paused")
        assert "Closient does not accept the API key" in body
        away = studio.folder.rename(studio.home / "away")
        body = wait_for_subject(hook, f"folder {studio.folder} can't be used")
        assert f"The watched folder {studio.folder} is not there. Create it, or mount it." in body
        away.rename(studio.folder)
        studio.sandbox.restore_key()
        studio.wait_for_state(path, State.UPLOADED)
        wait_for_text(hook, f"The folder {studio.folder} can be used again.")
        wait_for_text(hook, 'Photos of the account "main" are uploaded again.')
    assert "back to normal" in hook.subjects


def test_mail(studio: Studio) -> None:
    with mail_server() as mails:
        configure(studio, mails.url)
        with running_service(studio):
            studio.export("Front.jpg")
            wait_for(lambda: bool(mails.got), "a mail")
    mail: EmailMessage = mails.got[0]
    assert mail["Subject"] == "folder-sync: 1 photo rejected"
    assert str(studio.folder / "Front.jpg") in mail.get_content().replace("\r\n", "\n").splitlines()


def test_each_target_is_told_although_another_one_is_broken(studio: Studio, hook: WebHook) -> None:
    with web_hook(status=500) as broken, structlog.testing.capture_logs() as logs:
        configure(studio, "slack://wrong-secret", broken.url, hook.url)
        with running_service(studio):
            studio.export("Front.jpg")
            wait_for_subject(hook, "1 photo rejected")
            wait_for(lambda: broken.refused > 1, "it is tried again")
            broken.status = 200
            wait_for_subject(broken, "1 photo rejected")
    told = [(line["event"], line["target"]) for line in logs if "target" in line and line["log_level"] != "debug"]
    assert told.count(("message_target_wrong", "1 slack")) == 1
    assert told.count(("message_failed", "2 json")) == 1
    assert told.count(("message_sent", "2 json")) == told.count(("message_sent", "3 json")) == 1
    assert "secret" not in str(logs)


def test_a_target_that_hangs_slows_neither_the_photos_nor_the_stop(studio: Studio) -> None:
    """Ten minutes for a message: were it waited for, the service would not stop in time."""
    studio.timings = replace(studio.timings, message_sent=600.0)
    hanging = threading.Event()
    with web_hook(hanging=hanging) as hook, structlog.testing.capture_logs() as logs:
        configure(studio, hook.url)
        with running_service(studio) as running:
            studio.export("Front.jpg")
            wait_for(hook.asked.is_set, "the target hangs")
            studio.wait_for_state(studio.export(f"{GTIN}__a.jpg"), State.UPLOADED)
            studio.wait_for_state(studio.export(f"{OTHER}__b.jpg"), State.UPLOADED)
            running.stop()
        assert not hanging.is_set()
        assert "notifier" not in [thread.name for thread in threading.enumerate()]
        assert hook.got == []
    assert "message_failed" not in [line["event"] for line in logs]  # it was us


def test_a_message_that_did_not_go_before_the_stop_goes_after_the_start(studio: Studio, hook: WebHook) -> None:
    with web_hook(hanging=threading.Event()) as hanging:
        configure(studio, hanging.url)
        with running_service(studio):
            studio.export("Front.jpg")
            wait_for(hanging.asked.is_set, "the target hangs")
    configure(studio, hook.url)
    with running_service(studio):
        wait_for_subject(hook, "1 photo rejected")


def test_without_the_extra_the_service_says_so_and_works(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "is_installed", lambda: False)
    configure(studio, "json://127.0.0.1/secret")
    with structlog.testing.capture_logs() as logs, running_service(studio):
        studio.wait_for_state(studio.export(f"{GTIN}__a.jpg"), State.UPLOADED)
    (line,) = [line for line in logs if line["event"] == "messages_impossible"]
    assert line["reason"] == "Messages need the notify extra: pip install 'folder-sync[notify]'"


def test_whoever_looks_for_trouble_outlives_it(studio: Studio, hook: WebHook, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect of ours, and a database that is locked for a moment."""
    failures: list[Exception] = [RuntimeError("a defect"), StoreUnavailable("It is locked.")]
    look = Monitor.look

    def failing(self: Monitor, now: float) -> Observation:
        if failures:
            raise failures.pop()
        return look(self, now)

    monkeypatch.setattr(Monitor, "look", failing)
    configure(studio, hook.url)
    with structlog.testing.capture_logs() as logs, running_service(studio):
        studio.export("Front.jpg")
        wait_for_subject(hook, "1 photo rejected")
    assert [line["log_level"] for line in logs if line["event"] == "telling_failed"] == ["error"]


def test_check_without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(check_messages, "is_installed", lambda: False)
    (finding,) = check_messages.check(Notify(urls=("json://127.0.0.1/secret",)), send=True)
    assert (finding.ok, finding.hint) == (False, MISSING_EXTRA)
