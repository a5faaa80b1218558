"""The one way to the network, for requests to the API and for images alike: public httpcore below httpx's interface,
or without it, for httpx's requests and answers took a seventh of an upload's processor time.

Proxies and certificates of the environment are read here, once, and for an https API only: a plain http one is on this
machine. httpx reads nothing of it: it stumbled over values that are in order, and over variables that it never used.
"""

from __future__ import annotations

import math
import os
import ssl
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

import httpcore
import httpx

from folder_sync.closient.connecting import Backend, Find
from folder_sync.closient.fields import plain
from folder_sync.closient.proxies import Proxies, Proxy, read_proxies
from folder_sync.errors import ConfigInvalid

_ERRORS: Final[Mapping[type[Exception], type[httpx.TransportError]]] = {
    httpcore.ConnectTimeout: httpx.ConnectTimeout,
    httpcore.ReadTimeout: httpx.ReadTimeout,
    httpcore.WriteTimeout: httpx.WriteTimeout,
    httpcore.PoolTimeout: httpx.PoolTimeout,
    httpcore.ConnectError: httpx.ConnectError,
    httpcore.ReadError: httpx.ReadError,
    httpcore.WriteError: httpx.WriteError,
    httpcore.ProxyError: httpx.ProxyError,
    httpcore.UnsupportedProtocol: httpx.UnsupportedProtocol,
    httpcore.LocalProtocolError: httpx.LocalProtocolError,
    httpcore.RemoteProtocolError: httpx.RemoteProtocolError,
}


@dataclass(frozen=True, slots=True)
class Network:
    """What leads out of this machine, and whom to trust there."""

    proxies: Proxies
    tls: ssl.SSLContext


def network_for(base_url: str, environ: Mapping[str, str] | None = None) -> Network:
    """``environ``: None for the process's own. Raises ConfigInvalid, naming the variable that can't be used."""
    try:
        url = httpx.URL(base_url)
        is_https, _host = url.scheme == "https", url.host
    except (httpx.InvalidURL, UnicodeError) as exc:
        raise ConfigInvalid(f'"{plain(base_url)}" is not an address: {exc}.', "Check base_url.") from exc
    variables = (os.environ if environ is None else environ) if is_https else {}
    return Network(read_proxies(variables), _trusted(variables))


def _trusted(environ: Mapping[str, str]) -> ssl.SSLContext:
    file, folders = environ.get("SSL_CERT_FILE", ""), environ.get("SSL_CERT_DIR", "")
    if file:
        try:
            return ssl.create_default_context(cafile=file)
        except ssl.SSLError:
            why = "holds no certificates"
        except OSError as exc:
            why = "is a folder" if os.path.isdir(file) else f"can't be read: {exc.strerror}"
        raise _no_certificates("SSL_CERT_FILE", file, why)
    if not folders:
        return httpx.create_ssl_context(trust_env=False)
    if not any(map(os.path.isdir, folders.split(os.pathsep))):
        raise _no_certificates("SSL_CERT_DIR", folders, "is not a folder")
    return ssl.create_default_context(capath=folders)


def _no_certificates(variable: str, value: str, why: str) -> ConfigInvalid:
    return ConfigInvalid(f'{variable} is set to "{plain(value)}", which {why}.', "Correct it, or unset it.")


class Target(NamedTuple):
    """What is asked. ``host`` and ``port`` as the lists of exceptions from proxies have them."""

    url: httpcore.URL
    host: str
    port: int
    is_https: bool

    def with_path(self, path: str) -> Target:
        """``path``: as it is sent, appended to that of this one."""
        url = self.url
        target = url.target.rstrip(b"/") + path.encode("ascii")
        return self._replace(url=httpcore.URL(scheme=url.scheme, host=url.host, port=url.port, target=target))

    @classmethod
    def of(cls, url: httpx.URL) -> Target:
        plain_url = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        return cls(plain_url, url.host, url.port or 443, url.scheme == "https")


class Reply(NamedTuple):
    """``stream`` has to be closed; it raises httpx's errors."""

    status: int
    headers: Sequence[tuple[bytes, bytes]]
    stream: _Stream


class Transport(httpx.BaseTransport):
    """``answer_seconds`` and ``slowest``: as in ``Backend``. ``find`` is not asked about a proxy, nor about what that
    connects to: names are its own to look up.

    ``idle_seconds``: how long one thread's connection to its one server is kept for its next request. None: each
    request has its own, and threads may share this.
    """

    def __init__(
        self,
        network: Network,
        *,
        answer_seconds: float,
        slowest: float = math.inf,
        idle_seconds: float | None = None,
        find: Find | None = None,
    ) -> None:
        self._proxies = network.proxies
        direct = httpcore.ConnectionPool(
            ssl_context=network.tls,
            max_connections=None,
            max_keepalive_connections=0,
            keepalive_expiry=idle_seconds,
            network_backend=Backend(answer_seconds, find, slowest=slowest),
        )
        through: httpcore.HTTPProxy | None = None
        if network.proxies.proxy is not None:
            through = _through(
                network.proxies.proxy, network.tls, idle_seconds, Backend(answer_seconds, slowest=slowest)
            )
        self._direct: _Way = direct
        self._proxied: _Way | None = through
        if idle_seconds is not None:
            self._direct, self._proxied = _OneConnection(direct), through and _OneConnection(through)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if not isinstance(request.stream, httpx.SyncByteStream):
            raise TypeError("only threads ask")
        url, headers = Target.of(request.url), request.headers.raw
        reply = self.ask(request.method.encode("ascii"), url, headers, request.stream, request.extensions)
        return httpx.Response(reply.status, headers=reply.headers, stream=reply.stream)

    def ask(
        self,
        method: bytes,
        target: Target,
        headers: Sequence[tuple[bytes, bytes]],
        body: Iterable[bytes] | None,
        extensions: Mapping[str, Any],
    ) -> Reply:
        """Headers as they go, all of them. ``extensions``: those of httpx. Raises httpx's errors."""
        request = httpcore.Request(method, target.url, headers=headers, content=body, extensions=dict(extensions))
        with _translated():
            answer = self._way(target).handle_request(request)
        return Reply(answer.status, answer.headers, _Stream(answer))

    def close(self) -> None:
        self._direct.close()
        if self._proxied is not None:
            self._proxied.close()

    def _way(self, target: Target) -> _Way:
        if self._proxied is None or not target.is_https or not self._proxies.for_host(target.host, target.port):
            return self._direct
        return self._proxied


class _OneConnection:
    """That of one thread, to one server. A pool takes a tenth of a request's processor time to find it."""

    def __init__(self, pool: httpcore.ConnectionPool) -> None:
        self._pool = pool
        self._connection: httpcore.ConnectionInterface | None = None

    def handle_request(self, request: httpcore.Request) -> httpcore.Response:
        connection = self._connection
        if connection is None or not _is_silent(connection):
            self.close()
            self._connection = connection = self._pool.create_connection(request.url.origin)
        return connection.handle_request(request)

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()


_Way = httpcore.ConnectionPool | _OneConnection


def _is_silent(connection: httpcore.ConnectionInterface) -> bool:
    """Whether its last answer was all that came of it, and it may be used again.

    Where a proxy says an answer twice, the next request, and each one after it, would take what was said before for its
    own: another photo's image, or another product's list. What has not been read yet httpcore sees by itself; what it
    has read, and not used, it tells nobody. Where that can't be known, the connection is not used again.
    """
    if not connection.is_available() or connection.has_expired():
        return False
    state = getattr(getattr(connection, "_connection", None), "_h11_state", None)
    return state is not None and not state.trailing_data[0]


def _through(proxy: Proxy, tls: ssl.SSLContext, idle_seconds: float | None, backend: Backend) -> httpcore.HTTPProxy:
    return httpcore.HTTPProxy(
        proxy.url,
        proxy_auth=proxy.credentials,
        ssl_context=tls,
        proxy_ssl_context=tls if proxy.url.startswith("https:") else None,
        max_connections=None,
        max_keepalive_connections=0,
        keepalive_expiry=idle_seconds,
        network_backend=backend,
    )


class _Stream(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    def __iter__(self) -> Iterator[bytes]:
        with _translated():
            yield from self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except tuple(_ERRORS) as exc:
        raise next(ours for theirs, ours in _ERRORS.items() if isinstance(exc, theirs))(str(exc)) from exc
