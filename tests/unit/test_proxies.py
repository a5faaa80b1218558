"""What the environment says about proxies, in every form that people and tools write."""

from __future__ import annotations

import pytest

from folder_sync.closient.proxies import Proxies, Proxy, read_proxies
from folder_sync.errors import ConfigInvalid

PROXY = "http://proxy.example:3128"


def without(*exceptions: str) -> Proxies:
    return read_proxies({"HTTPS_PROXY": PROXY, "NO_PROXY": ",".join(exceptions)})


@pytest.mark.parametrize(
    ("value", "url", "credentials"),
    [
        ("http://proxy.example:3128", "http://proxy.example:3128", None),
        ("http://proxy.example:3128/", "http://proxy.example:3128", None),
        ("proxy.example:3128", "http://proxy.example:3128", None),
        ("proxy.example", "http://proxy.example", None),
        ("PROXY", "http://proxy", None),
        ("  http://192.0.2.1:8080  ", "http://192.0.2.1:8080", None),
        ("https://proxy.example", "https://proxy.example", None),
        ("http://[2001:db8::1]:3128", "http://[2001:db8::1]:3128", None),
        ("http://bücher.example:1", "http://xn--bcher-kva.example:1", None),
        ("http://me:p%40ss@proxy.example:1", "http://proxy.example:1", (b"me", b"p@ss")),
        ("me@proxy.example:1", "http://proxy.example:1", (b"me", b"")),
    ],
)
def test_a_proxy(value: str, url: str, credentials: tuple[bytes, bytes] | None) -> None:
    assert read_proxies({"HTTPS_PROXY": value}) == Proxies(Proxy(url, credentials))


@pytest.mark.parametrize("variable", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"])
@pytest.mark.parametrize(
    "value",
    [
        *("127.0.0.1:notaport", "http://127.0.0.1:notaport", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:3128:1"),
        *("htp://", "htp://proxy.example", "http://", "http:///", "ftp://x", "://", ":3128", "http://[::1", "[::1]x"),
        *("http://proxy.example/path", "http://proxy.example?x", "http://proxy example", "pro\txy", "http:/x", "a..b"),
    ],
)
def test_what_is_no_proxy_is_named_with_its_value(variable: str, value: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        read_proxies({variable: value})
    assert caught.value.title == f'{variable} is "{value}", which is not the address of a proxy.'.replace("\t", " ")


@pytest.mark.parametrize("scheme", ["socks", "socks4", "socks5", "socks5h", "SOCKS5"])
def test_a_socks_proxy_is_said_to_be_none_that_can_be_used(scheme: str) -> None:
    value = f"{scheme}://127.0.0.1:1080"
    with pytest.raises(ConfigInvalid, match=f'ALL_PROXY is "{value}": a SOCKS proxy') as caught:
        read_proxies({"ALL_PROXY": value})
    assert "HTTPS_PROXY" in caught.value.hint
    assert read_proxies({"ALL_PROXY": value, "HTTPS_PROXY": PROXY}) == Proxies(Proxy(PROXY))  # unused, so no matter


@pytest.mark.parametrize("value", ["http://me:secret@127.0.0.1:x", "me:secret@127.0.0.1:x", "socks5://me:sec@ret@x"])
def test_a_password_is_not_shown(value: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        read_proxies({"HTTPS_PROXY": value})
    assert "sec" not in str(caught.value)
    assert "****@" in str(caught.value)
    assert "secret" not in repr(read_proxies({"HTTPS_PROXY": "http://me:secret@proxy.example"}))


@pytest.mark.parametrize(
    ("environ", "proxy"),
    [
        ({}, None),
        ({"HTTPS_PROXY": "", "ALL_PROXY": "  "}, None),
        ({"HTTPS_PROXY": PROXY, "ALL_PROXY": "http://other"}, PROXY),
        ({"https_proxy": PROXY, "HTTPS_PROXY": "http://other"}, PROXY),
        ({"https_proxy": "", "HTTPS_PROXY": "http://other"}, None),  # how a shell takes one back for a single command
        ({"https_proxy": "", "all_proxy": PROXY}, PROXY),
        ({"HTTP_PROXY": "socks5://x", "http_proxy": "htp://", "FTP_PROXY": "!"}, None),
        ({"NO_PROXY": "*.local:abc"}, None),  # exceptions to nothing
        ({"HTTPS_PROXY": "htp://", "NO_PROXY": "localhost, *"}, None),
    ],
)
def test_which_variable_counts(environ: dict[str, str], proxy: str | None) -> None:
    assert read_proxies(environ) == Proxies(Proxy(proxy) if proxy else None)


@pytest.mark.parametrize(
    ("exception", "host", "goes_past"),
    [
        ("closient.com", "closient.com", True),
        ("closient.com", "www.closient.com", True),
        ("closient.com", "WWW.Closient.COM.", True),
        ("closient.com", "notclosient.com", False),
        (".closient.com", "www.closient.com", True),
        ("*.closient.com", "www.closient.com", True),
        ("Closient.COM.", "www.closient.com", True),
        ("www.closient.com", "closient.com", False),
        ("closient.com:443", "www.closient.com", True),
        ("closient.com:8443", "www.closient.com", False),
        ("localhost", "localhost", True),
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.10", False),
        ("192.0.2.1:443", "192.0.2.1", True),
        ("192.0.2.1:80", "192.0.2.1", False),
        ("192.0.2.0/24", "192.0.2.10", True),
        ("192.0.2.9/24", "192.0.2.10", True),
        ("192.0.2.0/24", "www.closient.com", False),
        ("::1", "::1", True),
        ("[::1]", "::1", True),
        ("[::1]:443", "::1", True),
        ("[::1]:80", "::1", False),
        ("0:0:0:0:0:0:0:1", "::1", True),
        ("fd00::/8", "fd12::1", True),
        ("[fd00::]/8", "fd12::1", True),
        ("fd00::/8", "2001:db8::1", False),
        ("fd00::/8", "192.0.2.1", False),
    ],
)
def test_an_exception(exception: str, host: str, goes_past: bool) -> None:
    for proxies in (without(exception), without("other.example", " " + exception + " "), without(" ", exception, "")):
        assert (proxies.for_host(host, 443) is None) is goes_past


def test_the_exceptions_of_the_lower_case_variable_come_first() -> None:
    proxies = read_proxies({"HTTPS_PROXY": PROXY, "no_proxy": "a.example", "NO_PROXY": "b.example"})
    assert proxies.for_host("a.example", 443) is None
    assert proxies.for_host("b.example", 443) == Proxy(PROXY)


@pytest.mark.parametrize(
    "entry",
    [
        *("*.local:abc", "local:0", "local:65536", "local:", ":80", "10.0.0.0/33", "[fd00::]/129", "[::1", "::1]"),
        *("http://local", "10.*", "<local>", "-->", ".", "a/b"),
    ],
)
def test_what_is_no_exception_is_named(entry: str) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        without("localhost", entry)
    assert caught.value.title == f'NO_PROXY has "{entry}", which is not a host, an address or a network.'
