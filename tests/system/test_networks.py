"""Networks as studios have them: away for a moment, and slower than their photos are large."""

from __future__ import annotations

import json
import signal
import threading

from folder_sync.photo import State
from tests.support.proof import gtin14, take_up_work
from tests.support.running import running_service
from tests.support.studio import Studio, photo_data
from tests.support.uplink import uplink
from tests.support.waiting import wait_for


def _through(studio: Studio, url: str, **delivery: float) -> None:
    studio.configure(account=f'organization_id = "{studio.sandbox.organization_id}"', delivery=delivery)
    studio.config.write_text(studio.config.read_text().replace(studio.sandbox.url, url))


def _posts(studio: Studio) -> int:
    return sum(call.method == "POST" for call in studio.sandbox.ledger.calls)


def test_sync_outlives_a_network_that_is_away_for_a_moment(studio: Studio) -> None:
    """Four photos that were refused in one instant counted as four failures, and it gave up after two seconds."""
    take_up_work(studio)
    with uplink(studio.sandbox.url) as link:
        _through(studio, link.url, retry_base_seconds=2.0, retry_max_seconds=900.0)
        for number in range(4):
            studio.export(f"{gtin14(number)}__a.jpg")
        link.close()
        back = threading.Timer(3.5, link.open)
        back.start()
        ended = studio.command("sync", "--json")
        back.join()
    found = json.loads(ended.stdout)
    assert (found["uploaded"], found["left_over"]) == (4, 0)
    assert len(studio.sandbox.ledger.stored) == 4


def test_a_large_photo_over_a_slow_uplink_takes_its_time(studio: Studio) -> None:
    """Whoever takes long while bytes flow is alive: four photos of 50 MB over 1 Mbit/s take 27 minutes."""
    take_up_work(studio)
    with uplink(studio.sandbox.url) as link:
        _through(studio, link.url, read_seconds=60.0)
        with running_service(studio) as running:
            delivery = running.service._delivery
            delivery._longest_step_seconds = 1.0  # instead of five minutes
            studio.wait_for_state(studio.export(f"{gtin14(1)}__first.jpg"), State.UPLOADED)
            link.limit(0)
            path = studio.export(f"{gtin14(1)}__a.jpg", photo_data("large", 16_000_000))
            studio.wait_for_state(path, State.UPLOADING)
            for _ in range(3):
                wait_for(lambda: not delivery.alive(0.0), "a worker whose bytes stopped is stuck")
                link.limit(200_000)
                wait_for(lambda: delivery.alive(0.0), "it is alive when they flow, however long it has taken")
                link.limit(0)
            assert len(studio.sandbox.ledger.stored) == 1
            link.limit(float("inf"))
            studio.wait_for_state(path, State.UPLOADED)


def test_a_reload_in_the_middle_of_an_upload_sends_the_photo_once(studio: Studio) -> None:
    """What outlives ``shutdown_seconds`` goes on in the same process, while the next run asks, and sends it again."""
    take_up_work(studio)
    with uplink(studio.sandbox.url) as link:
        quick = {"read_seconds": 600.0, "shutdown_seconds": 0.2, "confirm_after_seconds": 0.1}
        _through(studio, link.url, **quick)
        with studio.start("run") as process:
            studio.wait_for_state(studio.export(f"{gtin14(1)}__first.jpg"), State.UPLOADED)
            link.limit(0)
            path = studio.export(f"{gtin14(1)}__a.jpg", photo_data("large", 16_000_000))
            studio.wait_for_state(path, State.UPLOADING)
            studio.config.write_text(studio.config.read_text().replace(link.url, studio.sandbox.url))
            process.send_signal(signal.SIGHUP)
            studio.wait_for_state(path, State.UPLOADED)
            link.limit(float("inf"))
            wait_for(lambda: _posts(studio) == 3, "the first request has ended")
            assert process.end(signal.SIGTERM) == 0
    assert [arrival.title for arrival in studio.sandbox.ledger.arrivals] == ["first", "a"]
    assert "Traceback" not in studio.told()
