"""Who has to wait for whom: one photo for another, uploads for questions, an account for its key. The clock leaps."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest

from folder_sync.photo import State
from folder_sync.rules.outcome import Policy
from tests.support.proof import gtin14
from tests.support.simulated import simulation
from tests.support.studio import photo_data

HERO = f"{gtin14(900)}__Front__primary.jpg"


def test_a_photo_that_always_breaks_the_connection_holds_up_no_other(tmp_path: Path) -> None:
    """It took a hundred seconds until fifty good ones went: the paused host was probed with it, every other time."""
    with simulation(tmp_path) as simulated:
        poison = f"{gtin14(0)}__a.jpg"
        simulated.sandbox.faults.add("reset_in_body", route="upload", gtin=gtin14(0), count=None)
        simulated.put(poison)
        simulated.run(600.0)
        for number in range(1, 51):
            simulated.put(f"{gtin14(number)}__a.jpg")
        simulated.run(5.0)
        assert simulated.states() == {State.UPLOADED: 50, State.QUEUED: 1}
        begun = simulated.calls()["upload"]
        simulated.run(3_600.0)
        assert simulated.calls()["upload"] - begun <= 6  # it is tried, ever less often
        simulated.sandbox.faults.clear()
        simulated.run(1_000.0)
        assert simulated.state_of(poison) is State.UPLOADED


def test_a_host_that_is_away_is_tried_with_one_request_ever_less_often(tmp_path: Path) -> None:
    with simulation(tmp_path) as simulated:
        simulated.run(1.0)
        simulated.sandbox.faults.add("drop_before_body", count=None)
        for number in range(20):
            simulated.put(f"{gtin14(number)}__a.jpg")
        simulated.run(600.0)
        assert simulated.requests() < 60
        simulated.sandbox.faults.clear()
        simulated.run(1_000.0)
        assert simulated.states() == {State.UPLOADED: 20}


def test_what_something_on_the_way_refuses_five_times_while_others_go_is_rejected(tmp_path: Path) -> None:
    with simulation(tmp_path) as simulated:
        name = f"{gtin14(0)}__a.jpg"
        simulated.sandbox.faults.add("error_html", status=406, route="upload", gtin=gtin14(0), count=None)
        simulated.put(name)
        for number in range(1, 60):
            simulated.put(f"{gtin14(number)}__a.jpg")
            simulated.run(20.0)
        photo = simulated.photo_queries.by_path(bytes(tmp_path / name))
        assert photo is not None
        assert (photo.state, photo.reason and photo.reason.code) == (State.REJECTED, "api_406")
        assert photo.reason is not None
        assert "Something between here and Closient refuses this photo" in photo.reason.message
        assert sum(arrival.gtin == gtin14(0) for arrival in simulated.sandbox.ledger.arrivals) == 5


def test_what_refuses_everything_on_the_way_rejects_nothing(tmp_path: Path) -> None:
    with simulation(tmp_path) as simulated:
        simulated.sandbox.faults.add("error_html", status=406, route="upload", count=None)
        for number in range(5):
            simulated.put(f"{gtin14(number)}__a.jpg")
        simulated.run(3_600.0)
        assert State.REJECTED not in simulated.states()
        simulated.sandbox.faults.clear()
        simulated.run(1_800.0)
        assert simulated.states() == {State.UPLOADED: 5}


def test_a_photo_whose_disk_fails_in_the_middle_is_tried_ever_less_often_and_called_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request was begun and broken off every ten seconds, for ever, and nobody was told."""
    with simulation(tmp_path) as simulated:
        name = f"{gtin14(0)}__a.jpg"
        simulated.put(name, photo_data(name, 300_000))
        read, reads = os.read, 0

        def failing(descriptor: int, size: int) -> bytes:
            nonlocal reads
            data = read(descriptor, size)
            if len(data) > 50_000:
                reads += 1
                if reads % 2 == 0:
                    raise OSError(errno.EIO, os.strerror(errno.EIO))
            return data

        with monkeypatch.context() as patched:
            patched.setattr(os, "read", failing)
            simulated.run(600.0)
        photo = simulated.photo_queries.by_path(bytes(tmp_path / name))
        assert photo is not None
        assert (photo.state, photo.reason and photo.reason.code) == (State.QUEUED, "unreadable")
        assert reads / 2 <= 10
        simulated.run(900.0)
        assert simulated.state_of(name) is State.UPLOADED


def test_products_that_nobody_knows_yet_keep_no_hero_waiting(tmp_path: Path) -> None:
    """60 requests a minute, and twenty look-ups that come due every ten seconds."""
    with simulation(tmp_path, limits=((60, 60),), policy=replace(Policy(), recheck_seconds=10.0)) as simulated:
        for number in range(20):
            simulated.sandbox.unknown_product(gtin14(number))
            simulated.put(f"{gtin14(number)}__a.jpg")
        simulated.run(120.0)
        simulated.put(HERO)
        simulated.run(5.0)
        assert simulated.state_of(HERO) is State.UPLOADED


def test_products_that_nobody_knows_yet_leave_most_of_the_day_to_photos(tmp_path: Path) -> None:
    """417 of them, looked up every hour, were the whole day's quota."""
    with simulation(tmp_path, limits=((100, 86_400),), policy=replace(Policy(), recheck_seconds=600.0)) as simulated:
        for number in range(10):
            simulated.sandbox.unknown_product(gtin14(number))
            simulated.put(f"{gtin14(number)}__a.jpg")
        simulated.run(6 * 3_600.0)
        assert simulated.calls()["trade_item"] <= 20
        for number in range(100, 150):
            simulated.put(f"{gtin14(number)}__a.jpg")
        simulated.run(600.0)
        assert simulated.states()[State.UPLOADED] == 50


def test_while_the_quota_is_short_nothing_is_asked_that_heroes_do_not_wait_for(tmp_path: Path) -> None:
    with simulation(tmp_path, limits=((40, 60),), policy=replace(Policy(), recheck_seconds=10.0)) as simulated:
        for number in range(20):
            simulated.sandbox.unknown_product(gtin14(number))
            simulated.put(f"{gtin14(number)}__a.jpg")
        simulated.run(20.0)
        assert simulated.channel.rate_limiter.short()
        for number in range(100, 120):
            simulated.put(f"{gtin14(number)}__Front__primary.jpg")
        asked = simulated.calls()["trade_item"]
        while simulated.states()[State.UPLOADED] < 20:
            simulated.run(1.0)
        assert simulated.calls()["trade_item"] == asked


def test_a_key_of_another_organization_pauses_the_account_before_anything_is_sent(tmp_path: Path) -> None:
    """Its uploads were answered as if the catalogue did not know the products."""
    with simulation(tmp_path) as simulated:
        ours = simulated.sandbox.organization_id
        simulated.sandbox.change_organization()
        simulated.put(f"{gtin14(0)}__a.jpg")
        simulated.run(60.0)
        assert simulated.states() == {State.QUEUED: 1}
        assert simulated.calls().keys() == {"whoami"}
        (note,) = simulated.service_state.pauses()
        (theirs,) = (one.id for one in simulated.channel.client.whoami().organizations)
        assert note.scope == "account:main"
        assert f"belong to organization {ours}, the key to {theirs}" in note.reason
