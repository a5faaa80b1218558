"""One processor is enough, and where that may not be chosen everything works all the same."""

from __future__ import annotations

import errno
import os

import pytest

from folder_sync.cli.process import keep_to_one_processor


@pytest.fixture
def allowed(monkeypatch: pytest.MonkeyPatch) -> set[int]:
    """The processors of a pretended machine."""
    processors = {0, 1, 2, 5}

    def choose(pid: int, wanted: set[int]) -> None:
        assert pid == 0
        if not wanted <= processors:
            raise OSError(errno.EINVAL, "no such processor")
        processors.intersection_update(wanted)

    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: set(processors))
    monkeypatch.setattr(os, "sched_setaffinity", choose)
    return processors


def test_one_of_those_allowed_is_kept(allowed: set[int]) -> None:
    keep_to_one_processor()
    assert len(allowed) == 1


def test_where_it_is_forbidden_nothing_changes(allowed: set[int], monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise PermissionError(errno.EPERM, "a filter of system calls")

    monkeypatch.setattr(os, "sched_setaffinity", forbidden)
    keep_to_one_processor()
    assert allowed == {0, 1, 2, 5}
