"""Letters to real receivers on loopback: a web hook over HTTP, mail over SMTP."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest

from folder_sync.messages.message import Message
from folder_sync.messages.process import SenderProcess, targets
from tests.support.receivers import mail_server, web_hook
from tests.support.waiting import PATIENCE_SECONDS

MESSAGE = Message("folder-sync: Käse <b>", "One <b>bold</b> *line*\n    and another & more", "warning")


@pytest.fixture
def senders(monkeypatch: pytest.MonkeyPatch) -> list[subprocess.Popen[str]]:
    """The processes that were started."""
    started: list[subprocess.Popen[str]] = []
    real = subprocess.Popen

    def popen(arguments: list[str], **named: Any) -> subprocess.Popen[str]:
        started.append(real(arguments, **named))
        return started[-1]

    monkeypatch.setattr(subprocess, "Popen", popen)
    return started


def test_a_web_hook_gets_it_as_it_is() -> None:
    with web_hook() as hook:
        result = SenderProcess().send(hook.url, MESSAGE)
    assert result.ok
    (message,) = hook.got
    assert (message["title"], message["message"], message["type"]) == (MESSAGE.subject, MESSAGE.body, "warning")
    assert result.address == f"json://user:****@127.0.0.1:{hook.port}/…"


def test_mail_is_plain_text() -> None:
    with mail_server() as mails:
        assert SenderProcess().send(mails.url, MESSAGE).ok
    (mail,) = mails.got
    assert mail["Subject"] == MESSAGE.subject
    assert mail["To"] == "operator@studio.example"
    assert mail.get_content_type() == "text/plain"
    assert mail.get_content().splitlines() == MESSAGE.body.splitlines()


def test_no_secret_comes_back_from_a_failure() -> None:
    with web_hook(status=500) as hook:
        refused = SenderProcess().send(hook.url, MESSAGE)
    gone = SenderProcess().send(hook.url, MESSAGE)
    assert "error=500" in refused.problem
    assert gone.problem
    assert "secret" not in f"{refused}{gone}"


@pytest.mark.parametrize("url", ["nosuch://secret-token", "slack://secret-token", "json://"])
def test_an_address_that_apprise_does_not_know(url: str) -> None:
    result = SenderProcess().send(url, None)
    assert result.address == f"{url.partition('://')[0]}://"
    assert result.problem.startswith("Apprise does not understand this address.")
    assert "secret" not in str(result)


def test_looking_at_an_address_sends_nothing() -> None:
    with web_hook() as hook:
        assert SenderProcess().send(hook.url, None).ok
        assert not hook.asked.is_set()


def test_a_target_that_never_ends_its_answer_is_given_up(senders: list[subprocess.Popen[str]]) -> None:
    with web_hook(hanging=threading.Event()) as hook:
        result = SenderProcess(seconds=6.0).send(hook.url, MESSAGE)
    assert hook.asked.is_set()
    assert result.problem == "The target did not take it within 6 seconds."
    assert [sender.returncode for sender in senders] == [-signal.SIGKILL]


def test_stop_breaks_off_what_is_under_way_and_nothing_goes_afterwards() -> None:
    sender = SenderProcess()
    results = []
    with web_hook(hanging=threading.Event()) as hook:
        sending = threading.Thread(target=lambda: results.append(sender.send(hook.url, MESSAGE)))
        sending.start()
        assert hook.asked.wait(PATIENCE_SECONDS)
        sender.stop()
        sending.join(PATIENCE_SECONDS)
    assert results[0].problem == f"The process that sends it ended without a word ({-signal.SIGKILL})."
    assert sender.send(hook.url, MESSAGE).problem == "The service is stopping."


def test_neither_keys_nor_addresses_are_shown_to_the_other_processes(
    senders: list[subprocess.Popen[str]],
) -> None:
    environ = {"FOLDER_SYNC_NOTIFY__URLS": "secret", "NOTIFY_SOCKET": "/run/secret", "HTTPS_PROXY": "http://proxy:3128"}
    sender = SenderProcess(environ={**os.environ, **environ})
    with web_hook(hanging=threading.Event()) as hook:
        sending = threading.Thread(target=sender.send, args=(hook.url, MESSAGE))
        sending.start()
        assert hook.asked.wait(PATIENCE_SECONDS)
        process = Path(f"/proc/{senders[0].pid}")
        found = [(process / name).read_bytes() for name in ("environ", "cmdline")]
        sender.stop()
        sending.join(PATIENCE_SECONDS)
    assert b"secret" not in b"".join(found)
    assert b"folder_sync.messages.sender" in found[1]
    assert b"HTTPS_PROXY" in found[0]


def test_no_process_can_be_started(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    assert (
        SenderProcess().send("json://127.0.0.1", MESSAGE).problem
        == "No process can be started: No such file or directory."
    )


def test_names_of_targets_hold_no_secret() -> None:
    found = targets(["json://127.0.0.1/secret", "mailto://user:secret@example.com"])
    assert [target.name for target in found] == ["1 json", "2 mailto"]
    assert "secret" not in repr(found)
