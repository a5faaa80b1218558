"""What the process does that sends one message, in the test's own process."""

from __future__ import annotations

import io
import json
import logging
import signal
from collections.abc import Iterator
from typing import Any

import apprise
import pytest

from folder_sync.messages import sender
from tests.support.receivers import WebHook, web_hook

# Apprise loads all of its services at once, some of which use what a later Python has no more.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning")

MESSAGE = {"subject": "folder-sync: 1 photo rejected", "body": "Look.", "severity": "warning"}


@pytest.fixture(autouse=True)
def alarms(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The alarm would end the tests; Apprise's logger is everybody's."""
    set_: list[int] = []
    monkeypatch.setattr(signal, "alarm", set_.append)
    logger = logging.getLogger("apprise")
    before = logger.handlers[:], logger.propagate
    yield set_
    logger.handlers[:], logger.propagate = before


def run(url: str, message: dict[str, str] | None) -> dict[str, Any]:
    answer = io.StringIO()
    sender.main(io.StringIO(json.dumps({"url": url, "message": message, "seconds": 30.0})), answer)
    found: dict[str, Any] = json.loads(answer.getvalue())
    return found


@pytest.fixture
def hook() -> Iterator[WebHook]:
    with web_hook() as hook:
        yield hook


def test_it_sends_and_says_so_and_never_outlives_its_time_for_long(hook: WebHook, alarms: list[int]) -> None:
    assert run(hook.url, MESSAGE) == {"address": f"json://user:****@127.0.0.1:{hook.port}/…", "problem": ""}
    assert hook.subjects == ["1 photo rejected"]
    assert alarms == [40]


def test_it_only_looks_at_the_address(hook: WebHook) -> None:
    assert run(f"json://127.0.0.1:{hook.port}", None) == {"address": f"json://127.0.0.1:{hook.port}", "problem": ""}
    assert hook.got == []


def test_a_refusal_in_the_words_of_apprise(hook: WebHook) -> None:
    hook.status = 403
    assert run(hook.url, MESSAGE)["problem"].endswith("error=403.")


def test_an_unknown_service() -> None:
    assert run("nosuch://secret", MESSAGE) == {"address": "nosuch://", "problem": sender.NOT_UNDERSTOOD}


@pytest.mark.parametrize("overflow", ["", "?overflow=truncate"])
def test_a_long_letter_is_split_unless_the_address_says_otherwise(
    hook: WebHook, overflow: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JSON knows no limit; a service that does is played by lowering it."""
    monkeypatch.setattr(type(apprise.Apprise.instantiate("json://127.0.0.1")), "body_maxlen", 500)
    run(f"json://127.0.0.1:{hook.port}/{overflow}", {**MESSAGE, "body": "word " * 300})
    assert (len(hook.got) > 1) is (not overflow)


@pytest.mark.parametrize(
    ("said", "url", "problem"),
    [
        ([], "json://127.0.0.1", "The target did not take it."),
        (["Failed:\n  no  route", "later"], "json://127.0.0.1", "Failed: no route"),
        (["No pa%2Fss, no pa/ss."], "json://u:pa%2Fss@host", "No ***, no ***."),
        (["host tok refused token1 for user"], "x://token1/user?to=a@b.example", "host tok refused *** for ***"),
    ],
)
def test_no_part_of_the_address_is_repeated(said: list[str], url: str, problem: str) -> None:
    assert sender._problem(said, url) == problem


def test_a_problem_is_short() -> None:
    assert len(sender._problem(["x" * 1000], "json://127.0.0.1")) == sender.LONGEST_PROBLEM
