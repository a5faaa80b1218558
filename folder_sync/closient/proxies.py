"""Which proxy the environment names for https, and for which hosts it names none. No I/O.

``HTTPS_PROXY``, else ``ALL_PROXY``; ``NO_PROXY`` lists exceptions: host names (and all below them), addresses,
networks, each with a port where only that is meant, or ``*``. Lower-case names come first, as everywhere; what is not
used, such as ``HTTP_PROXY``, is not read. All of it raises ConfigInvalid for a value that makes no sense: a proxy
passed by in silence, or used where it was forbidden, is found much later.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote_to_bytes, urlsplit

from folder_sync.closient.fields import plain
from folder_sync.errors import ConfigInvalid

_PORTS: Final = range(1, 65_536)
_NAME: Final = re.compile(r"[^\s\x00-\x20/:@\[\]*?\"'()<>]+")


@dataclass(frozen=True, slots=True)
class Proxy:
    """It is asked to connect through (CONNECT), and sees nothing but ciphertext. ``url`` is without the credentials."""

    url: str
    credentials: tuple[bytes, bytes] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class _Exception:
    """A host below ``name``, or with an address in ``network``; ``port`` None: whichever."""

    name: str
    network: ipaddress.IPv4Network | ipaddress.IPv6Network | None
    port: int | None

    def covers(self, host: str, port: int) -> bool:
        if self.port not in (None, port):
            return False
        if self.network is None:
            return host == self.name or host.endswith(f".{self.name}")
        try:
            return ipaddress.ip_address(host) in self.network
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class Proxies:
    proxy: Proxy | None = None
    exceptions: tuple[_Exception, ...] = ()

    def for_host(self, host: str, port: int) -> Proxy | None:
        """``host``: a name or an address, an IPv6 address without brackets."""
        host = host.lower().rstrip(".")
        return None if any(one.covers(host, port) for one in self.exceptions) else self.proxy


def read_proxies(environ: Mapping[str, str]) -> Proxies:
    variable, value = _first(environ, "https_proxy", "all_proxy")
    if not value:
        return Proxies()
    but, listed = _first(environ, "no_proxy")
    entries = re.split(r"[\s,]+", listed)
    if "*" in entries:
        return Proxies()
    return Proxies(_proxy(variable, value), tuple(_exception(but, entry) for entry in entries if entry))


def _first(environ: Mapping[str, str], *names: str) -> tuple[str, str]:
    """The first of them that is set, under the name under which it is; two empty texts if none is."""
    for name in names:
        variable = name if name in environ else name.upper()
        if value := environ.get(variable, "").strip():
            return variable, value
    return "", ""


def _proxy(variable: str, value: str) -> Proxy:
    text = value if "://" in value else f"http://{value}"
    try:
        parts = urlsplit(text)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:
        raise _no_proxy(variable, value) from None
    if parts.scheme.startswith("socks"):
        raise ConfigInvalid(
            f'{variable} is "{_shown(value)}": a SOCKS proxy can\'t be used.',
            "Set HTTPS_PROXY to an HTTP proxy, or unset it.",
        )
    is_host = _NAME.fullmatch(host) is not None or (":" in host and _network(host) is not None)
    more = parts.path.strip("/") or parts.query or parts.fragment or re.search(r"\s|\][^:/]", value)
    if parts.scheme not in ("http", "https") or not is_host or more or port == 0:
        raise _no_proxy(variable, value)
    bracketed = f"[{host}]" if ":" in host else host
    user, password = unquote_to_bytes(parts.username or ""), unquote_to_bytes(parts.password or "")
    return Proxy(
        f"{parts.scheme}://{bracketed}{'' if port is None else f':{port}'}",
        None if parts.username is None else (user, password),
    )


def _exception(variable: str, entry: str) -> _Exception:
    host, port = entry.lower(), None
    network = _network(host)
    if network is None and ":" in host:
        host, _, digits = host.rpartition(":")
        port = int(digits) if re.fullmatch(r"[0-9]{1,5}", digits) else 0
        network = _network(host)
    name = host.removeprefix("*").strip(".")
    if (port is not None and port not in _PORTS) or (network is None and not _NAME.fullmatch(name)):
        raise ConfigInvalid(
            f'{variable} has "{plain(entry)}", which is not a host, an address or a network.',
            "Remove it, or write it like example.com, 192.0.2.1:443 or fd00::/8.",
        )
    return _Exception(name, network, port)


def _network(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    try:
        return ipaddress.ip_network(re.sub(r"^\[([^\]]*)\](?=/|$)", r"\1", text), strict=False)
    except ValueError:
        return None


def _no_proxy(variable: str, value: str) -> ConfigInvalid:
    return ConfigInvalid(
        f'{variable} is "{_shown(value)}", which is not the address of a proxy.',
        "Write it like http://proxy.example.com:3128, or unset it.",
    )


def _shown(value: str) -> str:
    """Without the password that may be in it."""
    return plain(re.sub(r"^([a-zA-Z0-9+.-]*://)?.*@", r"\1****@", value, flags=re.DOTALL))
