"""When who is told of what: by times in the arguments, never by waiting."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from folder_sync.rules.noticing import (
    GATHER_SECONDS,
    STEADY_SECONDS,
    Episode,
    Kind,
    Trouble,
    have_gathered,
    may_tell,
    observe,
    to_tell,
    told,
)

QUIET = 900.0
GONE = Trouble(Kind.FOLDER, "folder:/export", "It is not there.", "It is there again.")
AWAY = Trouble(Kind.FOLDER, "folder:/nas", "It is not there.", "It is there again.")
REFUSED = Trouble(Kind.PAUSED, "account:main", "The key is refused.", "It works again.")


@dataclass
class Reader:
    """Somebody who is told as soon as may be; ``heard``: what was said, and when."""

    quiet: float = QUIET
    episodes: dict[str, Episode] = field(default_factory=dict)
    last: dict[Kind, float] = field(default_factory=dict)
    heard: list[tuple[float, Kind, list[Episode]]] = field(default_factory=list)

    def look(self, now: float, *troubles: Trouble, unsure: tuple[str, ...] = ()) -> list[Kind]:
        self.episodes = observe(self.episodes, troubles, unsure, now)
        kinds = []
        for kind in Kind:
            said = to_tell(kind, self.episodes, now, self.quiet)
            if said and may_tell(self.last.get(kind), now, self.quiet):
                self.episodes = told(self.episodes, said)
                self.last[kind] = now
                self.heard.append((now, kind, said))
                kinds.append(kind)
        return kinds


def test_a_trouble_is_told_at_once_and_only_once() -> None:
    reader = Reader()
    assert reader.look(0.0, GONE) == [Kind.FOLDER]
    assert reader.look(5.0, GONE) == []
    assert reader.look(10 * QUIET, GONE) == []


def test_its_end_is_told_when_it_has_been_well_for_a_while() -> None:
    reader = Reader()
    reader.look(0.0, GONE)
    assert reader.look(100.0) == []
    assert reader.look(100.0 + STEADY_SECONDS - 1) == []
    assert reader.look(100.0 + STEADY_SECONDS) == [Kind.RECOVERED]
    (_, _, (episode,)) = reader.heard[-1]
    assert (episode.since, episode.until, episode.times) == (0.0, 100.0, 1)
    assert reader.episodes == {}


def test_what_happens_in_the_quiet_time_is_gathered_for_the_next_message() -> None:
    reader = Reader()
    reader.look(0.0, GONE)
    assert reader.look(10.0, GONE, AWAY) == []
    assert reader.look(20.0, GONE) == []  # it was away, and is back
    assert reader.look(QUIET - 1, GONE) == []
    assert reader.look(QUIET, GONE) == [Kind.FOLDER]
    (_, _, (episode,)) = reader.heard[-1]
    assert (episode.trouble, episode.since, episode.until) == (AWAY, 10.0, 20.0)
    assert reader.look(9 * QUIET, GONE) == []  # its end was part of that message


def test_kinds_are_quiet_each_for_itself() -> None:
    reader = Reader()
    assert reader.look(0.0, GONE) == [Kind.FOLDER]
    assert reader.look(1.0, GONE, REFUSED) == [Kind.PAUSED]


def test_a_folder_that_comes_and_goes_makes_no_flood_and_is_counted() -> None:
    reader = Reader()
    for minute in range(120):
        reader.look(60.0 * minute, GONE)
        reader.look(60.0 * minute + 30.0)
    assert [kind for _, kind, _ in reader.heard] == [Kind.FOLDER]
    assert reader.look(60.0 * 120 + STEADY_SECONDS) == [Kind.RECOVERED]
    (_, _, (episode,)) = reader.heard[-1]
    assert episode.times == 120


def test_what_comes_and_goes_before_it_is_told_is_one_episode() -> None:
    reader = Reader()
    reader.look(0.0, GONE)
    for second in (10.0, 20.0, 30.0):
        reader.look(second, GONE, AWAY)
        reader.look(second + 5, GONE)
    reader.look(QUIET, GONE)
    (_, _, (episode,)) = reader.heard[-1]
    assert (episode.since, episode.until, episode.times) == (10.0, 35.0, 3)


def test_what_can_not_be_known_now_is_not_over() -> None:
    reader = Reader()
    reader.look(0.0, REFUSED)
    assert reader.look(100.0, unsure=("account:main",)) == []
    assert reader.look(10 * QUIET, unsure=("account:main",)) == []
    reader.look(11 * QUIET)
    assert reader.look(12 * QUIET) == [Kind.RECOVERED]


def test_a_new_reason_is_told_if_the_old_one_was_not() -> None:
    changed = Trouble(Kind.FOLDER, AWAY.subject, "It may not be read.", "It can be read again.")
    reader = Reader()
    reader.look(0.0, GONE)
    reader.look(10.0, GONE, AWAY)
    reader.look(20.0, GONE, changed)
    reader.look(QUIET, GONE, changed)
    assert [episode.trouble for _, _, said in reader.heard for episode in said] == [GONE, changed]
    reader.look(QUIET + 5, GONE, AWAY)
    assert reader.episodes[AWAY.subject].trouble == changed


def test_a_short_quiet_time_makes_the_waiting_short_too() -> None:
    reader = Reader(quiet=2.0)
    reader.look(0.0, GONE)
    reader.look(1.0)
    assert reader.look(3.0) == [Kind.RECOVERED]


@pytest.mark.parametrize(
    ("last", "now", "may"),
    [(None, 0.0, True), (0.0, QUIET - 1, False), (0.0, QUIET, True), (5000.0, 10.0, True)],
)
def test_the_quiet_time(last: float | None, now: float, may: bool) -> None:
    """The last: the clock was set back, and the message lies in the future."""
    assert may_tell(last, now, QUIET) is may


@pytest.mark.parametrize(
    ("oldest", "now", "quiet", "have"),
    [
        (0.0, GATHER_SECONDS - 1, QUIET, False),
        (0.0, GATHER_SECONDS, QUIET, True),
        (0.0, 2.0, 1.0, True),
        (5000.0, 10.0, QUIET, True),
    ],
)
def test_rejected_photos_wait_for_their_like(oldest: float, now: float, quiet: float, have: bool) -> None:
    assert have_gathered(oldest, now, quiet) is have
