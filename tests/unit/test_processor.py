"""One processor is enough, and where that may not be chosen everything works all the same; so is one arena, and a look
for cycles now and then."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from typing import Final

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


ALLOCATING: Final = """
import ctypes, threading
from folder_sync.cli.process import keep_memory_together
keep_memory_together()
libc, met = ctypes.CDLL(None), threading.Barrier(5)
libc.malloc.restype = ctypes.c_void_p
def allocate():
    met.wait()
    libc.malloc(100)
    met.wait()
threads = [threading.Thread(target=allocate) for _ in range(4)]
for thread in threads:
    thread.start()
met.wait()
met.wait()
libc.malloc_info(0, ctypes.c_void_p.in_dll(libc, "stdout"))
libc.fflush(None)
"""


def test_threads_allocate_from_the_same_memory() -> None:
    arenas = subprocess.run([sys.executable, "-c", ALLOCATING], check=True, capture_output=True, text=True).stdout
    assert arenas.count("<heap nr=") == 1


LEAVING: Final = """
import gc
from folder_sync.cli.process import look_for_cycles_rarely
look_for_cycles_rarely()
gc.collect()
looks = []
gc.callbacks.append(lambda phase, about: looks.append(phase))
kept = [[] for _ in range(9_000)]
print(len(looks))
"""


def test_thirty_photos_are_no_reason_to_look_for_cycles() -> None:
    looks = subprocess.run([sys.executable, "-c", LEAVING], check=True, capture_output=True, text=True).stdout
    assert looks == "0\n"


WITHOUT: Final = """
import sys
from folder_sync.cli.process import leave_out_what_terminals_need
leave_out_what_terminals_need()
import folder_sync.app
import folder_sync.cli.run
import httpx
print("rich" in sys.modules)
import rich.console
"""


def test_a_service_does_without_what_only_a_terminal_needs_and_a_terminal_still_has_it() -> None:
    loaded = subprocess.run([sys.executable, "-c", WITHOUT], check=True, capture_output=True, text=True).stdout
    assert loaded == "False\n"
