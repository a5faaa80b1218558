"""Workers, lanes and pauses against the sandbox: what is sent, in which order, and what holds everything up."""

from __future__ import annotations

import json
import socket
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import structlog.testing

from folder_sync.photo import State
from folder_sync.sandbox.codes import make_id
from folder_sync.sandbox.rewriting import ImageUrls
from folder_sync.sandbox.serving import running_sandbox
from folder_sync.store.service_state import ServiceState
from folder_sync.store.sqlite.database import Database
from tests.support.running import running_service
from tests.support.studio import GTIN, OTHER, THIRD, Studio, photo_data
from tests.support.uplink import uplink
from tests.support.waiting import wait_for


def paused(studio: Studio) -> dict[str, str]:
    """Scope → reason."""
    if not studio.database.exists():
        return {}
    database = Database(studio.database, create=False)
    try:
        return {note.scope: note.reason for note in ServiceState(database).pauses()}
    finally:
        database.close()


def reasons(studio: Studio) -> str:
    return " ".join(paused(studio).values())


def pauses(logs: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Scope → reason of every pause so far, however short it was."""
    return {line["scope"]: line["reason"] for line in logs if line["event"] == "service_paused"}


def posts(studio: Studio) -> int:
    return sum(call.method == "POST" for call in studio.sandbox.ledger.calls)


def test_heroes_of_a_product_never_overtake_each_other(studio: Studio) -> None:
    """The first of four heroes meets faults; the others wait for it, and another product's photo does not."""
    studio.sandbox.faults.add("drop_before_body", gtin=GTIN, route="upload", count=2)
    studio.sandbox.faults.add("drop_after_body", gtin=GTIN, route="upload")
    with running_service(studio):
        heroes = [studio.export(f"{GTIN}__Front_{number}__primary.jpg") for number in range(4)]
        for hero in heroes:
            studio.wait_for_state(hero, State.UPLOADED)
    titles = [arrival.title for arrival in studio.sandbox.ledger.stored]
    assert titles == ["Front 0", "Front 1", "Front 2", "Front 3"]
    assert [image.title for image in studio.sandbox.images(GTIN) if image.is_primary] == ["Front 3"]


def test_heroes_that_waited_for_the_start_go_in_the_order_in_which_they_came(studio: Studio) -> None:
    """A listing has no order, so the first pass over a folder goes by the time at which files took their place."""
    titles = [f"Shot {letter}" for letter in "qwertyuiopasdfghjkl"]
    for title in titles:
        studio.export(f"{GTIN}__{title}__primary.jpg")
    with running_service(studio):
        studio.wait_until_settled(len(titles))
    assert [arrival.title for arrival in studio.sandbox.ledger.stored] == titles


def test_one_request_at_a_time_for_a_product_and_several_for_several(studio: Studio) -> None:
    studio.sandbox.faults.add("stall", gtin=GTIN, route="upload", seconds=2.0)
    with running_service(studio):
        paths = [studio.export(f"{GTIN}__slow.jpg")]
        studio.wait_for_state(paths[0], State.UPLOADING)
        paths += [studio.export(f"{GTIN}__behind.jpg"), studio.export(f"{OTHER}__aside.jpg")]
        slow, behind, aside = (studio.wait_for_state(path, State.UPLOADED) for path in paths)
    assert slow.uploaded_at is not None
    assert aside.uploaded_at is not None
    assert behind.started_at is not None
    assert aside.uploaded_at < slow.uploaded_at <= behind.started_at


def test_an_answer_that_names_the_image_of_the_replaced_version_costs_no_image(studio: Studio) -> None:
    """From a cache, say. The old image was to be deleted then, and no other would have been known."""
    studio.configure(after={"superseded": "delete"})
    name = f"{GTIN}__Front.jpg"
    with running_service(studio):
        old = studio.wait_for_state(studio.export(name), State.UPLOADED)
    (image,) = studio.sandbox.images(GTIN)
    said = json.dumps(studio.sandbox.catalogue.to_json(image))
    studio.sandbox.faults.add("malformed_201", body=said, route="upload")
    with running_service(studio):
        path = studio.export(name, photo_data("anew"))
        wait_for(lambda: [one.id for one in studio.sandbox.images(GTIN)] not in ([], [old.image_id]), "it is there")
        wait_for(lambda: len(studio.sandbox.images(GTIN)) == 1, "the old one is deleted")
        record = studio.wait_for_state(path, State.UPLOADED)
    assert [one.id for one in studio.sandbox.images(GTIN)] == [record.image_id]
    assert len(studio.sandbox.ledger.stored) == 2


def test_a_hero_that_closient_does_not_make_the_primary_image_is_remarked_and_not_sent_again(studio: Studio) -> None:
    """Only an audit had found it."""
    image = {
        "id": make_id(),
        "title": "Front",
        "is_primary": False,
        "created": "2026-01-02T03:04:05Z",
        "image_url": None,
    }
    studio.sandbox.faults.add("malformed_201", body=json.dumps(image), route="upload")
    with structlog.testing.capture_logs() as logs, running_service(studio):
        hero = studio.export(f"{GTIN}__Front__primary.jpg")
        record = studio.wait_for_state(hero, State.UPLOADED)
        wait_for(lambda: any(line["event"] == "photo_uploaded" for line in logs), "it is in the log")
    assert [note.code for note in record.details.notes] == ["not_primary"]
    (line,) = (line for line in logs if line["event"] == "photo_uploaded")
    assert (line["log_level"], line["remark"]) == ("warning", "not_primary")
    assert posts(studio) == 1
    assert json.loads(studio.command("status", "--json").stdout)["remarks"] == 1


def test_a_429_parks_the_key_and_counts_no_attempt(studio: Studio) -> None:
    studio.sandbox.faults.add("status", status=429, seconds=1, route="upload")
    with structlog.testing.capture_logs() as logs, running_service(studio):
        record = studio.wait_for_state(studio.export(f"{GTIN}__a.jpg"), State.UPLOADED)
        wait_for(lambda: "key:main" not in paused(studio), "the pause is over")
    assert "key:main" in pauses(logs)
    assert record.attempts == 1
    (parked,) = (call for call in studio.sandbox.ledger.calls if call.status == 429)
    (sent,) = studio.sandbox.ledger.stored
    assert sent.at >= parked.at + 0.9  # the server asked for a whole second


def test_the_quota_is_never_overrun(studio: Studio) -> None:
    studio.sandbox.quota.set_limits(studio.sandbox.key, [(8, 1)])
    with running_service(studio):
        wait_for(lambda: len(studio.sandbox.ledger.calls) == 1, "whoami has told the windows")
        for number in range(12):
            studio.export(f"{GTIN}__photo__{number}.jpg")
        studio.wait_until_settled(12)
    assert studio.sandbox.quota.refused == 0


def test_a_key_that_is_refused_at_the_start_is_said_in_the_log_once(studio: Studio) -> None:
    """Nothing goes before whoami has answered, but nothing was refused by then either."""
    studio.sandbox.revoke_key()

    def asked() -> int:
        return sum(call.path.endswith("/whoami") for call in studio.sandbox.ledger.calls)

    with structlog.testing.capture_logs() as logs, running_service(studio):
        wait_for(lambda: asked() >= 3, "whoami is tried again")
    levels = [line["log_level"] for line in logs if line["event"] == "service_paused"]
    assert (levels[0], levels.count("warning")) == ("warning", 1)


def test_a_revoked_key_pauses_and_loses_nothing(studio: Studio) -> None:
    studio.configure(account=f'organization_id = "{studio.sandbox.organization_id}"')
    with running_service(studio):
        studio.wait_for_state(studio.export(f"{GTIN}__a.jpg"), State.UPLOADED)
        studio.sandbox.revoke_key()
        paths = [studio.export(f"{GTIN}__b__{number}.jpg") for number in range(3)]
        wait_for(lambda: "account:main" in paused(studio), "the account is paused")
        before = posts(studio)
        studio.wait_for_state(paths[-1], State.QUEUED)
        # The key is tried with whoami, never with a photo.
        tried = len(studio.sandbox.ledger.calls)
        wait_for(lambda: len(studio.sandbox.ledger.calls) >= tried + 3, "the key is tried again and again")
        assert posts(studio) == before
        studio.sandbox.restore_key()
        records = [studio.wait_for_state(path, State.UPLOADED) for path in paths]
        wait_for(lambda: paused(studio) == {}, "the pause is over")
    assert [record.attempts for record in records] == [1, 1, 1]


def test_a_key_that_left_the_organization_pauses(studio: Studio) -> None:
    with running_service(studio):
        studio.wait_for_state(studio.export(f"{GTIN}__a.jpg"), State.UPLOADED)
        studio.sandbox.leave_organization()
        path = studio.export(f"{GTIN}__b.jpg")
        wait_for(lambda: "account:main" in paused(studio), "the account is paused")
        studio.wait_for_state(path, State.QUEUED)
        studio.sandbox.join_organization()
        studio.wait_for_state(path, State.UPLOADED)


def test_a_key_of_several_organizations_is_asked_which(studio: Studio) -> None:
    second = studio.sandbox.accounts.add_organization("Second")
    studio.sandbox.join_organization(organization_id=second)
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg")
        wait_for(lambda: "account:main" in paused(studio), "the account is paused")
        assert "set organization_id for account main" in paused(studio)["account:main"]
        assert posts(studio) == 0
        studio.sandbox.leave_organization(organization_id=second)
        studio.wait_for_state(path, State.UPLOADED)


def test_a_key_of_no_organization(studio: Studio) -> None:
    studio.sandbox.leave_organization()
    with running_service(studio):
        wait_for(lambda: "account:main" in paused(studio), "the account is paused")
        assert paused(studio)["account:main"] == "The key belongs to no organization."


def test_products_of_somebody_else_wait_and_three_in_a_row_pause_the_account(studio: Studio) -> None:
    studio.configure(delivery={"recheck_seconds": 3600.0, "concurrency": 1})
    gtins = (GTIN, OTHER, THIRD)
    for gtin in gtins:
        studio.sandbox.faults.add("forbidden", gtin=gtin, route="upload")
    with structlog.testing.capture_logs() as logs, running_service(studio):
        paths = [studio.export(f"{gtin}__a.jpg") for gtin in gtins]
        records = [studio.wait_for_state(path, State.WAITING) for path in paths]
        wait_for(lambda: "somebody else" in " ".join(pauses(logs).values()), "the account pauses for it")
    assert {record.reason.code for record in records if record.reason} == {"api_forbidden"}


def test_an_unknown_product_waits_at_one_request_for_all_its_photos(studio: Studio) -> None:
    studio.sandbox.unknown_product(GTIN)
    with running_service(studio):
        paths = [studio.export(f"{GTIN}__a__{number}.jpg") for number in range(5)]
        for path in paths:
            record = studio.wait_for_state(path, State.WAITING)
            assert record.reason is not None
            assert record.reason.code == "unknown_product"
        sent = posts(studio)
        wait_for(
            lambda: sum("/products/" in call.path for call in studio.sandbox.ledger.calls) >= 3,
            "the product is looked up again and again",
        )
        assert posts(studio) == sent  # with a look-up each, not with the photos
        studio.sandbox.known_product(GTIN)
        for path in paths:
            studio.wait_for_state(path, State.UPLOADED)
    assert len(studio.sandbox.ledger.stored) == 5


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, "BAD_REQUEST", "api_bad_request"),
        (409, "CONFLICT", "api_conflict"),
        (413, "", "too_large"),
        (415, "", "api_"),
        (422, "VALIDATION_ERROR", "api_validation_error"),
        (418, "TEAPOT", "api_teapot"),
    ],
)
def test_what_the_server_refuses_is_rejected_with_its_words(
    studio: Studio, status: int, code: str, expected: str
) -> None:
    studio.sandbox.faults.add("status", route="upload", status=status, code=code, message="Too many legs.")
    with running_service(studio):
        record = studio.wait_for_state(studio.export(f"{GTIN}__a.jpg"), State.REJECTED)
        studio.wait_for_state(studio.export(f"{GTIN}__b.jpg"), State.UPLOADED)  # it holds nothing up
    assert record.reason is not None
    assert record.reason.code.startswith(expected)
    assert "Too many legs." in record.reason.message


def test_a_server_that_is_down_gets_one_request_at_a_time_and_everything_after_that(studio: Studio) -> None:
    studio.configure(account=f'organization_id = "{studio.sandbox.organization_id}"')
    studio.sandbox.faults.add("drop_before_body", count=6)
    with structlog.testing.capture_logs() as logs, running_service(studio):
        paths = [studio.export(f"{gtin}__a.jpg") for gtin in (GTIN, OTHER, THIRD)]
        for path in paths:
            studio.wait_for_state(path, State.UPLOADED)
        wait_for(lambda: paused(studio) == {}, "the pause is over")
    assert "host:main" in pauses(logs)
    assert len(studio.sandbox.ledger.arrivals) == 3


def test_nobody_there(studio: Studio) -> None:
    """No server at all, for as long as it takes: queued, paused, and through once it is there."""
    port = int(studio.sandbox.url.rpartition(":")[2])
    taken = socket.socket()
    taken.bind(("127.0.0.1", 0))  # nobody listens there, and no other test's server can
    unused = taken.getsockname()[1]
    studio.configure(account=f'organization_id = "{studio.sandbox.organization_id}"')
    studio.config.write_text(studio.config.read_text().replace(str(port), str(unused)))
    with running_service(studio):
        path = studio.export(f"{GTIN}__a.jpg")
        wait_for(lambda: "No connection" in reasons(studio), "the host is reported")
        taken.close()
        with running_sandbox(port=unused, key=studio.sandbox.key) as late:
            studio.wait_for_state(path, State.UPLOADED)
            assert len(late.ledger.stored) == 1


def test_a_photo_that_changes_while_it_is_sent_goes_as_its_new_version(studio: Studio) -> None:
    """The request is broken off before its last byte, so the server never sees the torn photo."""
    with uplink(studio.sandbox.url) as link:
        studio.config.write_text(studio.config.read_text().replace(studio.sandbox.url, link.url))
        with running_service(studio):
            studio.wait_for_state(studio.export(f"{GTIN}__first.jpg"), State.UPLOADED)
            link.limit(0)
            path = studio.export(f"{GTIN}__a.jpg", photo_data("old", 20_000_000))
            studio.wait_for_state(path, State.UPLOADING)
            with path.open("r+b") as file:
                file.seek(10_000_000)
                file.write(b"torn")
            path.write_bytes(photo_data("new"))
            link.limit(float("inf"))
            studio.wait_for_state(path, State.UPLOADED)
            wait_for(lambda: studio.sandbox.images(GTIN)[0].size == 9_000, "the new version is the newest")
    assert {arrival.size for arrival in studio.sandbox.ledger.arrivals} == {9_000}


def test_an_answer_that_can_not_be_settled_stays_and_says_so(studio: Studio) -> None:
    """Two strangers' images with the same title at the same moment, and no bytes to compare: nobody guesses."""
    studio.sandbox.set_image_urls("null")
    with running_service(studio):
        studio.wait_for_state(studio.export(f"{GTIN}__first.jpg"), State.UPLOADED)
        studio.sandbox.faults.add("drop_after_store", route="upload")
        studio.sandbox.faults.add("drop_before_body", route="list", count=None)
        path = studio.export(f"{GTIN}__a.jpg")
        wait_for(lambda: len(studio.sandbox.ledger.stored) == 2, "it is stored")
        studio.sandbox.put_image(GTIN, photo_data("stranger"), "a")
        studio.sandbox.faults.clear()
        record = studio.wait_for_state(path, State.UNCONFIRMED)
        wait_for(
            lambda: (r := studio.record(path)) is not None and r.state is State.UNCONFIRMED and r.not_before is None,
            "it waits for a person",
        )
    assert record.image_id is None
    assert posts(studio) == 2


@pytest.mark.parametrize("mode", ["original", "altered", "null"])
def test_a_lost_answer_is_adopted_whatever_the_image_url_serves(studio: Studio, mode: ImageUrls) -> None:
    studio.sandbox.set_image_urls(mode)
    studio.sandbox.faults.add("drop_after_store", route="upload")
    with running_service(studio):
        record = studio.wait_for_state(studio.export(f"{GTIN}__a.jpg"), State.UPLOADED)
    (arrival,) = studio.sandbox.ledger.arrivals
    assert record.image_id == arrival.image_id


def test_a_clock_that_is_far_off_misleads_nobody(studio: Studio) -> None:
    studio.sandbox.set_clock_skew(-7200)
    studio.sandbox.faults.add("drop_after_store", route="upload")
    with running_service(studio):
        record = studio.wait_for_state(studio.export(f"{GTIN}__a.jpg"), State.UPLOADED)
    assert [arrival.image_id for arrival in studio.sandbox.ledger.arrivals] == [record.image_id]


def test_stopping_finishes_what_is_in_flight(studio: Studio) -> None:
    studio.sandbox.faults.add("stall", route="upload", seconds=0.7)
    with running_service(studio) as running:
        path = studio.export(f"{GTIN}__a.jpg")
        studio.wait_for_state(path, State.UPLOADING)
        running.stop()
        record = studio.record(path)
    assert record is not None
    assert record.state is State.UPLOADED
