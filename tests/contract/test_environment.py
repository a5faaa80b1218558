"""What the environment says about proxies and certificates holds for every request, of whatever kind."""

from __future__ import annotations

import base64
import hashlib
import shutil
import ssl
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from folder_sync.closient import connecting, fetching
from folder_sync.closient.client import Client
from folder_sync.closient.fetching import Fetched, Fetcher
from folder_sync.closient.keys import parse_key
from folder_sync.errors import ApiError, ConfigInvalid, NotSent, OutcomeUnknown
from tests.support.connect_proxy import ConnectProxy, connect_proxy
from tests.support.tls_server import AUTHORITY, CERTIFICATES, TlsServer, tls_server
from tests.support.waiting import PATIENCE_SECONDS

BODY = "Zq3" + "x7" * 14 + "9"
KEY = parse_key(f"csb_{BODY}_{zlib.crc32(BODY.encode()):08x}")
PHOTO = b"the bytes of a photo"
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")


@pytest.fixture(autouse=True)
def _bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def client(url: str) -> Client:
    return Client(url, KEY, connect_seconds=PATIENCE_SECONDS, read_seconds=PATIENCE_SECONDS, on_heard=lambda _: None)


def fetcher(url: str) -> Fetcher:
    return Fetcher(url, connect_seconds=PATIENCE_SECONDS, read_seconds=PATIENCE_SECONDS)


WAYS: list[Callable[[str], Client | Fetcher]] = [client, fetcher]


def refused(way: Callable[[str], Client | Fetcher]) -> str:
    with pytest.raises(ConfigInvalid) as caught:
        way("https://127.0.0.1:1")
    way("http://127.0.0.1:1").close()  # nothing of it counts there
    return caught.value.title


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"ALL_PROXY": "socks5://127.0.0.1:1"}, 'ALL_PROXY is "socks5://127.0.0.1:1"'),
        ({"ALL_PROXY": "socks5h://127.0.0.1:1"}, 'ALL_PROXY is "socks5h://127.0.0.1:1"'),
        ({"ALL_PROXY": "socks://127.0.0.1:1"}, 'ALL_PROXY is "socks://127.0.0.1:1"'),
        ({"HTTPS_PROXY": "127.0.0.1:notaport"}, 'HTTPS_PROXY is "127.0.0.1:notaport"'),
        ({"HTTPS_PROXY": "htp://"}, 'HTTPS_PROXY is "htp://"'),
        ({"HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": "*.local:abc"}, 'NO_PROXY has "*.local:abc"'),
    ],
)
def test_a_proxy_that_makes_no_sense_is_said_at_once(
    monkeypatch: pytest.MonkeyPatch, way: Callable[[str], Client | Fetcher], environ: dict[str, str], named: str
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert named in refused(way)


@pytest.mark.parametrize("way", WAYS)
def test_certificates_that_can_not_be_used_are_said_at_once(
    monkeypatch: pytest.MonkeyPatch, way: Callable[[str], Client | Fetcher], tmp_path: Path
) -> None:
    empty = tmp_path / "empty.pem"
    empty.touch()
    other = tmp_path / "other.pem"
    other.write_text("-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n")
    missing = tmp_path / "none"
    for file, why in (
        (missing, "can't be read: No such file or directory"),
        (tmp_path, "is a folder"),
        (empty, "holds no certificates"),
        (other, "holds no certificates"),
    ):
        monkeypatch.setenv("SSL_CERT_FILE", str(file))
        assert refused(way) == f'SSL_CERT_FILE is set to "{file}", which {why}.'
    monkeypatch.delenv("SSL_CERT_FILE")
    for folders in (str(missing), str(empty), f"{missing}:{empty}"):
        monkeypatch.setenv("SSL_CERT_DIR", folders)
        assert refused(way) == f'SSL_CERT_DIR is set to "{folders}", which is not a folder.'
    monkeypatch.setenv("SSL_CERT_FILE", str(AUTHORITY))
    way("https://127.0.0.1:1").close()  # the one that is not used does not matter


@pytest.mark.parametrize("way", WAYS)
def test_a_host_that_no_name_server_could_know(way: Callable[[str], Client | Fetcher]) -> None:
    with pytest.raises(
        ConfigInvalid, match=r'"https://-ü\.example" is not an address: Invalid IDNA hostname'
    ) as caught:
        way("https://-ü.example")
    assert "base_url" in caught.value.hint


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "environ",
    [
        *({"NO_PROXY": value} for value in ("localhost,fd00::/8", "127.0.0.1,[::1]", "[fd00::]/8", "*.local:abc", "*")),
        {"HTTPS_PROXY": "http://127.0.0.1:1", "NO_PROXY": "fd00::/8,[::1], ::1 ,10.0.0.0/8,"},
        *({"HTTP_PROXY": value} for value in ("socks5://127.0.0.1:1", "127.0.0.1:notaport", "htp://")),
        {"HTTPS_PROXY": "", "ALL_PROXY": "", "SSL_CERT_FILE": "", "SSL_CERT_DIR": ""},
    ],
    ids=str,
)
def test_what_is_in_order_or_not_used_does_no_harm(
    monkeypatch: pytest.MonkeyPatch, way: Callable[[str], Client | Fetcher], environ: dict[str, str]
) -> None:
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    way("https://127.0.0.1:1").close()


def asked_through(proxy: ConnectProxy, server: TlsServer) -> None:
    """The API is asked, and an image fetched."""
    with client(f"https://localhost:{server.port}") as asking, pytest.raises(OutcomeUnknown, match="understood"):
        asking.whoami()
    server.body = PHOTO
    with closing(fetcher("https://www.closient.com")) as through:
        url = f"https://images.example:{server.port}/a.jpg"
        assert through.read(url, len(PHOTO)) == Fetched(hashlib.sha256(PHOTO).hexdigest(), len(PHOTO))
    lines = [head.splitlines()[0] for head in proxy.asked]
    assert lines == [f"CONNECT {host}:{server.port} HTTP/1.1" for host in ("localhost", "images.example")]
    assert server.names == ["localhost", "images.example"]
    assert KEY.value not in str(proxy.asked)


def test_all_goes_through_the_proxy_with_its_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(AUTHORITY))
    with tls_server("right") as server, connect_proxy(server.port) as proxy:
        monkeypatch.setenv("ALL_PROXY", f"http://me:p%40ss@127.0.0.1:{proxy.port}")
        asked_through(proxy, server)
    said = base64.b64encode(b"me:p@ss").decode()
    assert all(f"Proxy-Authorization: Basic {said}\r\n" in head for head in proxy.asked)


def test_a_proxy_that_speaks_tls_has_to_prove_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    def context(name: str) -> ssl.SSLContext:
        made = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        made.load_cert_chain(CERTIFICATES / f"{name}.pem")
        return made

    def secured(name: str) -> Callable[..., ssl.SSLSocket]:
        return lambda connection: context(name).wrap_socket(connection, server_side=True)

    monkeypatch.setenv("SSL_CERT_FILE", str(AUTHORITY))
    with tls_server("right") as server:
        with connect_proxy(server.port, secured("right")) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"https://localhost:{proxy.port}")
            asked_through(proxy, server)
        with connect_proxy(server.port, secured("other-name")) as proxy:
            monkeypatch.setenv("HTTPS_PROXY", f"https://localhost:{proxy.port}")
            with client(f"https://localhost:{server.port}") as asking, pytest.raises(NotSent, match="verify failed"):
                asking.whoami()
    assert proxy.asked == []


@pytest.mark.parametrize("excepted", ["", "localhost"])
def test_a_connection_that_says_an_answer_twice_is_not_used_again(
    monkeypatch: pytest.MonkeyPatch, excepted: str
) -> None:
    """Through a proxy it is another kind of connection."""
    monkeypatch.setenv("SSL_CERT_FILE", str(AUTHORITY))
    with tls_server("right") as server, connect_proxy(server.port) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", excepted)
        server.body = b'{"gtin": "00012345678905"}'
        with client(f"https://localhost:{server.port}") as asking:
            for server.stutters in (False, True, False):
                asking.trade_item("00012345678905")
        assert len(proxy.asked) == (0 if excepted else 2)
    assert len(server.names) == 2  # connections


def test_what_is_excepted_goes_past_the_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(AUTHORITY))
    for module in (connecting, fetching):
        monkeypatch.setattr(module, "is_public", "127.0.0.1".__eq__)  # stands for the internet
    with tls_server("right") as server, connect_proxy(server.port) as proxy:
        server.body = PHOTO
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        monkeypatch.setenv("NO_PROXY", f"localhost:{server.port}, 127.0.0.0/8")
        with client(f"https://localhost:{server.port}") as asking, pytest.raises(OutcomeUnknown):
            asking.whoami()
        with closing(fetcher("https://www.closient.com")) as past:
            url = f"https://127.0.0.1:{server.port}/a.jpg"
            assert past.read(url, len(PHOTO)) == Fetched(hashlib.sha256(PHOTO).hexdigest(), len(PHOTO))
    assert (len(server.requests), proxy.asked) == (2, [])


def test_a_folder_of_certificates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    shutil.copy(AUTHORITY, tmp_path / "4ed13c7a.0")  # `openssl rehash` names it so
    with tls_server("right") as server:
        for folders, error in ((f"/none:{tmp_path}", OutcomeUnknown), (str(tmp_path.parent), NotSent)):
            monkeypatch.setenv("SSL_CERT_DIR", folders)
            with client(f"https://localhost:{server.port}") as asking:
                kind: type[ApiError] = error
                with pytest.raises(kind):
                    asking.whoami()
    assert len(server.requests) == 1
