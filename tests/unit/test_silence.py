from __future__ import annotations

from folder_sync.store.postgres.silence import APART_SECONDS, Silence
from folder_sync.store.postgres.workers import LEASE_SECONDS


def test_a_machine_that_says_nothing_for_a_lease_is_silent() -> None:
    silence = Silence()
    for moment in range(0, int(LEASE_SECONDS), 5):
        silence.look({"studio": 7.0, "office": float(moment)}, 100.0 + moment)
        assert not silence.lasts("studio")
    silence.look({"studio": 7.0, "office": 0.0}, 100.0 + LEASE_SECONDS)
    assert silence.lasts("studio")
    assert not silence.lasts("office")
    assert not silence.lasts("nobody")


def test_who_did_not_listen_meanwhile_starts_over() -> None:
    silence = Silence()
    silence.look({"studio": 7.0}, 100.0)
    silence.look({"studio": 7.0}, 100.0 + APART_SECONDS)
    silence.look({"studio": 7.0}, 101.0 + 2 * APART_SECONDS)
    assert not silence.lasts("studio")


def test_what_was_heard_last_is_known() -> None:
    silence = Silence()
    assert silence.seen_at("studio") is None
    silence.look({"studio": 7.0}, 100.0)
    assert silence.seen_at("studio") == 7.0
    silence.look({}, 101.0)
    assert silence.seen_at("studio") is None
