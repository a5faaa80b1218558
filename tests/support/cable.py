"""A cable to a database's machine that can be pulled: nobody is told, and what is under way vanishes. Takes root.

Only the server is moved to a network of its own. Its socket is there for the tests whatever becomes of the cable.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_CLONE_NEWNET: Final = 0x40000000
_libc: Final = ctypes.CDLL(None, use_errno=True)


class Cable:
    """``address``: of the far end."""

    def __init__(self, namespace: str, address: str) -> None:
        self.address = address
        self._namespace = namespace

    @contextmanager
    def at_the_far_end(self) -> Iterator[None]:
        """What this thread starts is in the network there."""
        with open("/proc/thread-self/ns/net", "rb") as here, open(self._namespace, "rb") as there:
            _enter(there.fileno())
            try:
                yield
            finally:
                _enter(here.fileno())

    def cut(self) -> None:
        self._set("down")

    def mend(self) -> None:
        self._set("up")

    def _set(self, link: str) -> None:
        with self.at_the_far_end():
            _run("ip", "link", "set", "far", link)


def _enter(namespace: int) -> None:
    if _libc.setns(namespace, _CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))


def _run(*command: str) -> None:
    subprocess.run(command, check=True)


@contextmanager
def cable() -> Iterator[Cable]:
    # A network that nobody is in any more is gone, and the cable with it.
    with subprocess.Popen(["unshare", "--net", "sh", "-c", "echo; exec cat"], stdin=-1, stdout=-1) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"\n"
        number = os.getpid() % 2**14 * 4
        network = f"10.{214 + (number >> 16)}.{number >> 8 & 255}"
        near, far = f"{network}.{(number & 255) + 1}", f"{network}.{(number & 255) + 2}"
        name = f"near{os.getpid()}"
        _run("ip", "link", "add", name, "type", "veth", "peer", "name", "far", "netns", str(holder.pid))
        _run("ip", "addr", "add", f"{near}/30", "dev", name)
        _run("ip", "link", "set", name, "up")
        found = Cable(f"/proc/{holder.pid}/ns/net", far)
        try:
            with found.at_the_far_end():
                _run("ip", "link", "set", "lo", "up")
                _run("ip", "addr", "add", f"{far}/30", "dev", "far")
            found.mend()
            yield found
        finally:
            _run("ip", "link", "delete", name)
            holder.kill()
