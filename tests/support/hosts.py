"""A small network within this machine: hosts that are namespaces, with a cable each to two switches. Takes root.

One switch leads to the database, the other one to the server. Both of these are programs of the process that made the
network, and so are all hosts' ends: nothing is left of it when that process ends, and nothing leads out of it.
"""

from __future__ import annotations

import ctypes
import os
import random
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Final

_CLONE_NEWNET: Final = 0x40000000
_libc: Final = ctypes.CDLL(None, use_errno=True)

SWITCHES: Final[Mapping[str, str]] = MappingProxyType({"database": "10.213.77", "server": "10.213.78"})
"""By what is behind them: the first three numbers of all addresses there. Of the switch itself the last one is 1."""

_ROUTE_LOCALNET: Final = Path("/proc/sys/net/ipv4/conf/all/route_localnet")
"""The program speaks plain HTTP to loopback only, so it is loopback that leads through the cable to the server."""


class Network:
    """Takes this process out of the network that it was in, for good, before it begins a second thread. Raises OSError
    where that is not permitted, or something is missing.
    """

    database: Final = f"{SWITCHES['database']}.1"

    def __init__(self) -> None:
        if missing := [name for name in ("ip", "bridge", "nsenter", "unshare", "mount") if shutil.which(name) is None]:
            raise OSError(f"{', '.join(missing)}: not installed")
        if _libc.unshare(_CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        _run("ip", "link", "set", "lo", "up")
        _ROUTE_LOCALNET.write_text("1")
        for name, numbers in SWITCHES.items():
            _run("ip", "link", "add", name, "type", "bridge")
            _run("ip", "addr", "add", f"{numbers}.1/24", "dev", name)
            _run("ip", "link", "set", name, "up")
        self._hosts = 0

    def host(self, chance: random.Random) -> Host:
        """``chance``: how its cables are cut."""
        self._hosts += 1
        return Host(self._hosts, chance)


class Host:
    """``within``: how commands begin that run there, as the very process that is started. ``cables``: by switch.

    Also its mounts are its own: what everybody else sees may be hidden from it.
    """

    def __init__(self, number: int, chance: random.Random) -> None:
        # It ends with us, and what it holds with the last process in it.
        holder = subprocess.Popen(
            ["unshare", "--net", "--mount", "sh", "-c", "echo; exec cat"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"\n"
        self._holder = holder
        place = f"/proc/{holder.pid}/ns"
        within = ("nsenter", f"--net={place}/net", f"--mount={place}/mnt")
        self.within = (*within, "env", f"--chdir={Path.cwd()}")
        self.cables: Mapping[str, Cable] = {name: Cable(f"{name}{number}", chance) for name in SWITCHES}
        self._run("sh", "-c", f"echo 1 > {_ROUTE_LOCALNET}")
        for name, numbers in SWITCHES.items():
            port = f"{name}{number}"
            _run("ip", "link", "add", port, "type", "veth", "peer", "name", name, "netns", str(holder.pid))
            _run("ip", "link", "set", port, "master", name, "up")
            self._run("ip", "addr", "add", f"{numbers}.{number + 1}/24", "dev", name)
            self._run("ip", "link", "set", name, "up")
        self._run("ip", "route", "add", "127.0.0.0/8", "via", f"{SWITCHES['server']}.1")

    def hide(self, folder: Path) -> None:
        """An empty one stands in its place, as where something is not mounted."""
        self._run("mount", "-t", "tmpfs", "-o", "size=1m", "nothing", str(folder))

    def show(self, folder: Path) -> None:
        self._run("umount", "--lazy", str(folder))

    def _run(self, *command: str) -> None:
        _run(*self.within, *command)

    def end(self) -> None:
        self._holder.kill()
        self._holder.communicate()


class Cable:
    """While it is cut, packets vanish: connections neither end nor go on, and what waits to be sent may still come."""

    def __init__(self, port: str, chance: random.Random) -> None:
        self._port = port
        self._chance = chance
        self._is_pulled = False

    def cut(self) -> None:
        """Pulled, and the host has no carrier; or broken somewhere further away, and it sees nothing."""
        self._is_pulled = self._chance.random() < 0.5
        self._set("down", "0")

    def mend(self) -> None:
        self._set("up", "3")

    def _set(self, link: str, forwarding: str) -> None:
        if self._is_pulled:
            _run("ip", "link", "set", self._port, link)
        else:
            _run("bridge", "link", "set", "dev", self._port, "state", forwarding)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stderr.strip()}")
