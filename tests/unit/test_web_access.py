"""Whose requests the page answers: hosts, origins, passwords, and a bound on guesses."""

from __future__ import annotations

import pytest
from pydantic import SecretStr

from folder_sync.settings.credentials import Passwords
from folder_sync.web.access import Role, host_of, is_asked_for, is_loopback, is_same_origin, network_of
from folder_sync.web.sessions import FAILURES_A_MINUTE, SESSION_SECONDS, Sessions

ADDRESS = "192.0.2.7"


@pytest.mark.parametrize(
    ("header", "host"),
    [
        ("localhost:8765", "localhost"),
        ("LocalHost", "localhost"),
        ("[::1]:8765", "::1"),
        ("127.0.0.1", "127.0.0.1"),
        ("studio.example.:80", "studio.example"),
        ("", ""),
        ("[::1", ""),
        ("user@evil.example", "evil.example"),
    ],
)
def test_the_host_of_a_header(header: str, host: str) -> None:
    assert host_of(header) == host


@pytest.mark.parametrize(
    "header", ["localhost:1", "127.0.0.1:8765", "[::1]:8765", "studio.example", "photos.example:443"]
)
def test_its_own_names(header: str) -> None:
    assert is_asked_for(header, "studio.example", ["photos.example"])


@pytest.mark.parametrize(
    "header",
    ["", "evil.example", "localhost.evil.example", "127.0.0.1.nip.example", "0.0.0.0", "studio.example.evil", "::"],
)
def test_names_that_were_made_to_point_here(header: str) -> None:
    assert not is_asked_for(header, "studio.example", [])


@pytest.mark.parametrize(
    ("origin", "site", "is_ours"),
    [
        (None, None, True),  # curl
        (None, "same-origin", True),
        ("null", "none", True),
        ("http://127.0.0.1:8765", None, True),
        ("http://127.0.0.1:8765", "cross-site", False),
        ("http://127.0.0.1:8765", "same-site", False),  # another port's page
        ("http://127.0.0.1:9999", None, False),
        ("https://evil.example", None, False),
        ("null", None, False),
        ("http://[", None, False),
    ],
)
def test_where_a_form_was_sent_from(origin: str | None, site: str | None, is_ours: bool) -> None:
    assert is_same_origin("127.0.0.1:8765", origin, site) is is_ours


def test_who_is_one_client() -> None:
    assert network_of("2001:db8:1:2:3:4:5:6") == network_of("2001:db8:1:2::9")
    assert network_of("2001:db8:1:2::9") != network_of("2001:db8:1:3::9")
    assert network_of("::ffff:192.0.2.7") == network_of("192.0.2.7")
    assert network_of("/run/socket") == "/run/socket"
    assert is_loopback("127.9.9.9")
    assert is_loopback("::1")
    assert not is_loopback("192.0.2.7")
    assert not is_loopback("elsewhere")


def sessions() -> Sessions:
    return Sessions(Passwords(act=SecretStr("act ü"), look=SecretStr("look")))


def test_two_passwords_and_what_each_opens() -> None:
    page = sessions()
    act, look = page.sign_in("act ü", ADDRESS, 0.0), page.sign_in("look", ADDRESS, 0.0)
    assert page.role_of(act, 1.0) is Role.ACT
    assert page.role_of(look, 1.0) is Role.LOOK
    assert page.role_of("made up", 1.0) is Role.NOBODY
    assert page.role_of(None, 1.0) is Role.NOBODY
    page.sign_out(act)
    assert page.role_of(act, 1.0) is Role.NOBODY


def test_without_a_password_everybody_may_act() -> None:
    assert Sessions(Passwords()).role_of(None, 0.0) is Role.ACT


def test_a_session_ends_when_it_was_not_used_for_long() -> None:
    page = sessions()
    token = page.sign_in("act ü", ADDRESS, 0.0)
    assert page.role_of(token, SESSION_SECONDS - 1) is Role.ACT
    assert page.role_of(token, 2 * SESSION_SECONDS - 2) is Role.ACT
    assert page.role_of(token, 4 * SESSION_SECONDS) is Role.NOBODY


def test_one_address_that_guesses_waits_and_others_do_not() -> None:
    page = sessions()
    for second in range(FAILURES_A_MINUTE):
        assert page.wait(ADDRESS, float(second)) == 0.0
        assert page.sign_in("wrong", ADDRESS, float(second)) is None
    assert page.wait(ADDRESS, 20.0) == 40.0
    assert page.wait("192.0.2.8", 20.0) == 0.0
    assert page.wait(ADDRESS, 60.0) == 0.0
    assert page.sign_in("wrong", ADDRESS, 60.5) is None
    assert page.wait(ADDRESS, 60.6) == pytest.approx(0.4)


def test_what_is_remembered_is_bounded() -> None:
    page = sessions()
    first = page.sign_in("act ü", ADDRESS, 0.0)
    for number in range(1000):
        page.sign_in("act ü", ADDRESS, float(number))
    assert page.role_of(first, 1000.0) is Role.NOBODY
    for number in range(10_001):
        page.sign_in("wrong", f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", 0.0)
    assert len(page._failures) == 10_000
