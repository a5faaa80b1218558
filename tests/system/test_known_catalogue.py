"""The first start beside a catalogue that has images already: what is looked up, what is sent, and when it is through.

The clock leaps, the quota is a key's usual one, and every request of the API is counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from folder_sync.photo import Format, Gtin14, State
from folder_sync.rules.auditing import Difference, Kind
from folder_sync.rules.confirming import STORED_LATE_SECONDS
from folder_sync.rules.outcome import Policy
from folder_sync.sandbox.drawing import photo_bytes
from folder_sync.sandbox.rewriting import Titles
from folder_sync.store.audit import Differing
from folder_sync.store.mending import Mending
from tests.support.proof import gtin14, sent_again
from tests.support.simulated import Simulation, simulation
from tests.support.studio import photo_data

LARGE: Final = ((100_000, 60), (1_000_000, 86_400))
HERO: Final = f"{gtin14(5_000)}__Front__primary.jpg"


def name(number: int, suffix: str = "jpg") -> str:
    return f"{gtin14(number)}__Front.{suffix}"


@contextmanager
def beside_strangers(home: Path, count: int, limits: tuple[tuple[int, int], ...] = LARGE) -> Iterator[Simulation]:
    """Products whose images are other pictures under the very titles of our photos."""
    with simulation(home, limits=limits) as simulated:
        simulated.adopt()
        for number in range(count):
            simulated.sandbox.put_image(gtin14(number), photo_data(f"theirs {number}", 2_000), "Front")
            simulated.put(name(number), photo_data(f"ours {number}", 2_000))
        yield simulated


@contextmanager
def beside_ours(home: Path, count: int) -> Iterator[Simulation]:
    """The catalogue has all of our photos, and the records of that are lost."""
    with simulation(home, limits=LARGE) as simulated:
        simulated.adopt()
        for number in range(count):
            data = photo_data(f"ours {number}", 2_000)
            simulated.sandbox.put_image(gtin14(number), data, "Front")
            simulated.put(name(number), data)
        yield simulated


def test_each_product_is_listed_once_and_each_photo_sent_once(tmp_path: Path) -> None:
    """With 200 products nothing was ever uploaded, and the day's quota was gone in half an hour, each day."""
    count = 120
    with beside_strangers(tmp_path, count) as simulated:
        times = simulated.run(3_600.0)
        assert simulated.states() == {State.UPLOADED: count}
        assert simulated.calls() == {"whoami": 1, "list": count, "upload": count}
        assert times[-1] - times[0] < 120.0  # what the requests take, and a second look at images that are new


def test_at_a_key_s_usual_quota_it_takes_as_long_as_its_requests(tmp_path: Path) -> None:
    count = 170
    with beside_strangers(tmp_path, count, ((300, 60), (10_000, 86_400))) as simulated:
        times = simulated.run(3_600.0)
        assert simulated.states() == {State.UPLOADED: count}
        assert sum(simulated.calls().values()) <= 2 * count + 1
        assert times[-1] - times[0] < 2 * count / 5 + 120.0
        assert simulated.sandbox.quota.refused == 0


def test_a_hero_that_comes_meanwhile_gets_its_turn(tmp_path: Path) -> None:
    with beside_strangers(tmp_path, 200, ((300, 60), (10_000, 86_400))) as simulated:
        simulated.run(70.0)
        assert simulated.channel.rate_limiter.short()
        simulated.adoption.end()
        simulated.put(HERO)
        simulated.run(10.0)
        assert simulated.state_of(HERO) is State.UPLOADED


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "status", "status": 404},
        {"kind": "status", "status": 500},
        {"kind": "status", "status": 422},
        {"kind": "drop_after_store"},
        {"kind": "drop_after_body"},
        {"kind": "reset_in_body"},
        {"kind": "error_html", "status": 403},
    ],
    ids=lambda fault: f"{fault['kind']} {fault.get('status', '')}",
)
def test_a_first_photo_that_goes_wrong_keeps_the_others_from_nothing(tmp_path: Path, fault: dict[str, object]) -> None:
    """It was to show what bytes that differ mean; all others waited for that, for ever, asking five times a second."""
    count = 40
    with beside_strangers(tmp_path, count) as simulated:
        simulated.sandbox.faults.add(route="upload", **fault)  # type: ignore[arg-type]
        simulated.run(7_200.0)
        rejected = 1 if fault.get("status") == 422 else 0
        assert simulated.states() == {State.UPLOADED: count - rejected} | ({State.REJECTED: 1} if rejected else {})
        assert simulated.calls()["list"] <= count + 4
        assert sent_again(simulated.sandbox) == []


@pytest.mark.parametrize("lasting", [20.0, 100_000.0])
def test_a_first_photo_that_is_not_served_yet_keeps_nobody_from_going(tmp_path: Path, lasting: float) -> None:
    count = 20
    with beside_strangers(tmp_path, count) as simulated:
        while not simulated.sandbox.ledger.stored:
            simulated.run(0.1)
        first = simulated.sandbox.ledger.stored[0]
        simulated.sandbox.faults.add(route="media", gtin=first.gtin, kind="status", status=404, lasting=lasting)
        simulated.run(3_600.0)
        assert simulated.states() == {State.UPLOADED: count}
        assert simulated.calls() == {"whoami": 1, "list": count, "upload": count}


def test_six_formats_take_no_longer_than_one(tmp_path: Path) -> None:
    with simulation(tmp_path, limits=LARGE) as simulated:
        simulated.adopt()
        formats = [Format.JPEG, Format.PNG, Format.GIF, Format.WEBP, Format.BMP]
        for number in range(50):
            format_ = formats[number % len(formats)]
            theirs, ours = (photo_bytes(format_, seed=seed + number, width=32) for seed in (1_000, 2_000))
            simulated.sandbox.put_image(gtin14(number), theirs, "Front")
            simulated.put(name(number, format_.value), ours, format_=format_)
        times = simulated.run(3_600.0)
        assert simulated.states() == {State.UPLOADED: 50}
        assert simulated.calls() == {"whoami": 1, "list": 50, "upload": 50}
        assert times[-1] - times[0] < 120.0


# --- what was there is recognised, and what was not there is not taken for it


def test_nothing_is_sent_of_what_is_there(tmp_path: Path) -> None:
    with beside_ours(tmp_path, 30) as simulated:
        simulated.run(60.0)
        assert simulated.states() == {State.UPLOADED: 30}
        assert simulated.calls() == {"whoami": 1, "list": 30}


@pytest.mark.parametrize(
    "media", [{"kind": "status", "status": 503}, {"kind": "status", "status": 404}, {"kind": "drop_before_body"}]
)
def test_a_host_of_images_that_is_away_makes_nothing_of_a_photo(tmp_path: Path, media: dict[str, object]) -> None:
    """All were recorded as uploaded that never had been: lost, and with them somebody else's images deleted."""
    with beside_strangers(tmp_path, 20) as simulated:
        simulated.sandbox.faults.add(route="media", count=None, **media)  # type: ignore[arg-type]
        simulated.run(600.0)
        assert simulated.states() == {State.QUEUED: 20}
        assert simulated.calls()["list"] == 20
        simulated.sandbox.faults.clear()
        simulated.run(3_600.0)
        assert simulated.states() == {State.UPLOADED: 20}
        assert len(simulated.sandbox.ledger.stored) == 20


def test_a_host_of_images_that_is_away_has_nothing_sent_twice(tmp_path: Path) -> None:
    with beside_ours(tmp_path, 20) as simulated:
        simulated.sandbox.faults.add(route="media", count=None, kind="status", status=503)
        simulated.run(3_600.0)
        assert simulated.states() == {State.QUEUED: 20}
        simulated.sandbox.faults.clear()
        simulated.run(1_800.0)
        assert simulated.states() == {State.UPLOADED: 20}
        assert simulated.sandbox.ledger.arrivals == ()


def test_a_host_of_images_that_never_answers_keeps_no_photo_for_ever(tmp_path: Path) -> None:
    with beside_strangers(tmp_path, 5) as simulated:
        simulated.sandbox.faults.add(route="media", count=None, kind="status", status=503)
        simulated.run(90_000.0)
        assert len(simulated.sandbox.ledger.stored) == 5


def test_placeholders_are_looked_at_again(tmp_path: Path) -> None:
    with beside_ours(tmp_path, 10) as simulated:
        simulated.sandbox.faults.add(route="media", kind="placeholder", lasting=20.0)
        simulated.run(3_600.0)
        assert simulated.states() == {State.UPLOADED: 10}
        assert len(simulated.sandbox.ledger.arrivals) <= 1  # one may be sent to learn what they mean


@pytest.mark.parametrize("lasting", [20.0, 300.0])
def test_placeholders_beside_strangers_make_nothing_of_a_photo(tmp_path: Path, lasting: float) -> None:
    """One stood behind the first photo that was sent: so the server was held to re-encode, and strangers' images for
    ours. All others were recorded as uploaded, and lost."""
    with beside_strangers(tmp_path, 10) as simulated:
        simulated.run_on(2 * STORED_LATE_SECONDS)
        simulated.sandbox.faults.add(route="media", kind="placeholder", lasting=lasting)
        simulated.run(7_200.0)
        assert simulated.states() == {State.UPLOADED: 10}
        assert len(simulated.sandbox.ledger.stored) == 10


@pytest.mark.parametrize("lasting", [20.0, 3_000.0])
def test_a_photo_in_doubt_behind_a_placeholder_is_settled_when_its_bytes_are_there(
    tmp_path: Path, lasting: float
) -> None:
    """It was left to people after two looks within a second. Now it is asked about ever less often, without a word."""
    with simulation(tmp_path) as simulated:
        simulated.sandbox.faults.add(route="media", kind="placeholder", lasting=lasting)
        simulated.put(name(1))
        simulated.run(1.0)
        simulated.sandbox.put_image(gtin14(0), photo_data("theirs"), "Front")
        simulated.sandbox.faults.add("drop_after_store", route="upload")
        photo = simulated.put(name(0))
        simulated.run(lasting - 5.0)
        assert simulated.state_of(name(0)) is State.UNCONFIRMED
        steps = [step.event for step in simulated.photo_queries.history(photo.id)]
        assert steps == ["queued", "uploading", "unconfirmed", "unconfirmed"]
        simulated.run(3_600.0)
        assert simulated.states() == {State.UPLOADED: 2}
        assert len(simulated.sandbox.ledger.arrivals) == 2
        assert simulated.calls()["list"] < 10


@pytest.mark.parametrize("titles", ["html", "nfd", "trimmed", "upper", "shortened", "none"])
def test_titles_that_the_server_rewrote_hide_nothing(tmp_path: Path, titles: Titles) -> None:
    with simulation(tmp_path) as simulated:
        simulated.sandbox.set_titles(titles)
        simulated.adopt()
        title = "Fish & Chips, caf\u00e9 au lait"
        data = photo_data("ours")
        simulated.sandbox.put_image(gtin14(0), data, title)
        simulated.put(f"{gtin14(0)}__{title}.jpg", data)
        simulated.run(60.0)
        assert simulated.states() == {State.UPLOADED: 1}
        assert simulated.sandbox.ledger.arrivals == ()


@pytest.mark.parametrize("titles", ["html", "nfd", "trimmed", "upper", "shortened", "none"])
def test_nor_where_an_answer_was_lost(tmp_path: Path, titles: Titles) -> None:
    with simulation(tmp_path) as simulated:
        simulated.sandbox.set_titles(titles)
        simulated.sandbox.faults.add("drop_after_store", route="upload")
        simulated.put(f"{gtin14(0)}__Fish & Chips, caf\u00e9 au lait.jpg")
        simulated.run(600.0)
        assert simulated.states() == {State.UPLOADED: 1}
        assert len(simulated.sandbox.ledger.arrivals) == 1


@pytest.mark.parametrize("known", [True, False])
def test_a_placeholder_after_a_lost_answer_is_no_absence(tmp_path: Path, known: bool) -> None:
    with simulation(tmp_path) as simulated:
        if known:
            simulated.put(name(1))
            simulated.run(5.0)
        simulated.sandbox.faults.add("drop_after_store", route="upload")
        simulated.sandbox.faults.add(route="media", kind="placeholder", lasting=40.0)
        simulated.put(name(0))
        simulated.run(1_200.0)
        assert simulated.state_of(name(0)) is State.UPLOADED
        assert len(simulated.sandbox.ledger.arrivals) == 1 + known


def test_a_server_that_begins_to_re_encode_gets_nothing_twice(tmp_path: Path) -> None:
    with simulation(tmp_path) as simulated:
        simulated.put(name(1))
        simulated.run(5.0)
        simulated.sandbox.set_image_urls("altered", from_now_on=True)
        simulated.sandbox.faults.add("drop_after_store", route="upload")
        simulated.put(name(0))
        simulated.run(1_200.0)
        assert simulated.state_of(name(0)) is State.UNCONFIRMED
        simulated.put(name(2))  # which shows what the server does now
        simulated.run(7_200.0)
        assert simulated.states() == {State.UPLOADED: 3}
        assert len(simulated.sandbox.ledger.arrivals) == 3


def test_a_list_that_lags_behind_is_asked_twice(tmp_path: Path) -> None:
    with simulation(tmp_path) as simulated:
        simulated.sandbox.set_list_lag(20.0)
        simulated.sandbox.faults.add("drop_after_store", route="upload")
        simulated.put(name(0))
        simulated.run(600.0)
        assert simulated.states() == {State.UPLOADED: 1}
        assert len(simulated.sandbox.ledger.arrivals) == 1


@pytest.mark.parametrize(
    ("kind", "status"), [("error_html", 404), ("error_html", 403), ("status", 404), ("status", 403), ("status", 503)]
)
def test_a_product_that_can_not_be_listed_is_waited_for_and_not_posted_to(
    tmp_path: Path, kind: str, status: int
) -> None:
    with beside_ours(tmp_path, 6) as simulated:
        simulated.sandbox.faults.add(kind, route="list", status=status, count=3)
        simulated.run(3.0)
        assert simulated.sandbox.ledger.arrivals == ()
        simulated.run(7_300.0)
        assert simulated.states() == {State.UPLOADED: 6}
        assert simulated.sandbox.ledger.arrivals == ()


def test_what_was_read_is_not_asked_for_again_after_a_restart(tmp_path: Path) -> None:
    with beside_strangers(tmp_path, 20) as simulated:
        while simulated.calls()["list"] < 10:
            simulated.run(0.001)
        simulated.restart()
        simulated.run(3_600.0)
        assert simulated.states() == {State.UPLOADED: 20}
        assert simulated.calls()["list"] == 20


def test_what_was_kept_of_the_catalogue_does_not_bring_back_an_image_that_is_gone(tmp_path: Path) -> None:
    with beside_ours(tmp_path, 1) as simulated:
        simulated.run(60.0)
        (photo,) = simulated.photo_queries.photos()
        assert photo.image_id is not None
        assert simulated.sandbox.catalogue.delete(simulated.sandbox.organization_id, gtin14(0), photo.image_id)
        gone = Difference(Kind.MISSING, photo.id, photo.image_id, "It is gone.")
        assert Mending(simulated.db).take_on(Differing("main", Gtin14(gtin14(0)), gone), simulated.now())
        simulated.run(60.0)
        assert simulated.states() == {State.UPLOADED: 1}
        assert len(simulated.sandbox.ledger.stored) == 1


def test_a_key_that_has_lost_the_organization_makes_no_product_somebody_elses(tmp_path: Path) -> None:
    """Lists were refused, whoami was not asked, and the photos waited for an hour after the key was right again."""
    with simulation(tmp_path) as simulated:
        simulated.run(1.0)
        simulated.adopt()
        simulated.sandbox.leave_organization()
        for number in range(5):
            simulated.put(f"{gtin14(number)}__a.jpg")
        simulated.run(60.0)
        assert simulated.states() == {State.QUEUED: 5}
        assert simulated.pauses() == {"account:main"}
        simulated.sandbox.join_organization()
        simulated.run(Policy().retry_max_seconds)
        assert simulated.states() == {State.UPLOADED: 5}
        assert simulated.pauses() == set()
