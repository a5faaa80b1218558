"""Messages of the program as a process of its own: over a kill, and tried by `check --notify`."""

from __future__ import annotations

import json
import signal

from folder_sync.rules.noticing import Kind
from folder_sync.store.notification_log import NotificationLog
from folder_sync.store.sqlite.database import Database
from tests.support.receivers import web_hook
from tests.support.studio import GTIN, Studio
from tests.support.waiting import wait_for


def untold(studio: Studio) -> int | None:
    """Of how many rejected photos the first target was not told; None where there are none."""
    if not studio.records():
        return None
    database = Database(studio.database, create=False, read_only=True)
    try:
        found = NotificationLog(database).untold("1 json", Kind.REJECTED, 0)
    finally:
        database.close()
    return 0 if found is None else found.count


def test_killed_and_started_again_it_repeats_nothing_and_forgets_nothing(studio: Studio) -> None:
    with web_hook() as hook:
        studio.configure(notify={"urls": [hook.url], "quiet_seconds": 0.5})
        studio.export("first.jpg")
        with studio.start("run") as process:
            wait_for(lambda: untold(studio) == 0, "the first message went, and that is recorded")
            process.end(signal.SIGKILL)
        second = studio.export("second.jpg")
        with studio.start("run") as process:
            wait_for(lambda: len(hook.got) == 2, "the second message")
            assert process.end(signal.SIGTERM) == 0
    assert hook.subjects == ["1 photo rejected", "1 photo rejected"]
    assert str(second) in hook.got[1]["message"]
    assert "first.jpg" not in hook.got[1]["message"]
    assert "secret" not in studio.told()


def test_check_sends_a_test_message_only_when_told_to(studio: Studio) -> None:
    with web_hook() as hook:
        studio.configure(notify={"urls": [hook.url]})
        done = studio.command("check")
        assert done.returncode == 0, done.stdout
        assert hook.got == []
        assert "--notify sends a test message" in done.stdout
        done = studio.command("check", "--notify")
    assert done.returncode == 0, done.stdout
    assert hook.subjects == ["a test message"]
    assert f"message address 1: json://user:****@127.0.0.1:{hook.port}/… took the test message" in done.stdout
    assert "secret" not in done.stdout


def test_check_says_of_each_address_whether_it_went(studio: Studio) -> None:
    with web_hook() as hook, web_hook(status=403) as closed:
        studio.configure(notify={"urls": [hook.url, closed.url, "nosuch://secret"]})
        done = studio.command("check", "--notify", "--json")
    assert done.returncode == 1
    findings = {finding["check"]: finding for finding in json.loads(done.stdout)}
    assert [findings[f"message address {number}"]["ok"] for number in (1, 2, 3)] == [True, False, False]
    assert "error=403" in findings["message address 2"]["detail"]
    assert findings["message address 3"]["detail"].startswith("nosuch:// Apprise does not understand this address.")
    assert "number 3 of notify.urls" in findings["message address 3"]["hint"]
    assert "secret" not in done.stdout + done.stderr


def test_check_for_nobody(studio: Studio) -> None:
    done = studio.command("check", "--notify")
    assert done.returncode == 1
    assert "messages: nobody is told: there is no address" in done.stdout


def test_what_is_no_address_is_named_by_its_number(studio: Studio) -> None:
    studio.configure(notify={"urls": ["json://127.0.0.1", "secret-token"]})
    done = studio.command("run")
    assert done.returncode == 78
    assert "notify.urls has something else than an address as number 2." in done.stderr
    assert "secret" not in done.stderr


def test_sync_tells_nobody_and_ends_as_it_should(studio: Studio) -> None:
    """Whoever started it looks on."""
    studio.export("first.jpg")
    studio.export(f"{GTIN}__a.jpg")
    with web_hook() as hook:
        studio.configure(notify={"urls": [hook.url], "quiet_seconds": 0.5})
        done = studio.command("sync", "--json")
        assert (done.returncode, done.stderr) == (1, "")
        assert json.loads(done.stdout) | {"rejected": 1, "uploaded": 1} == json.loads(done.stdout)
        assert hook.got == []
