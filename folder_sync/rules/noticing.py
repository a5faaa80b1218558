"""When to tell people about trouble, and about its end: at most one message of a kind in a given time, with nothing
forgotten.

Somebody looks for trouble again and again. What is found makes *episodes*: one begins when a trouble is first seen,
ends when it is no longer, and goes on when it comes back. What happens while no message may go is gathered in the
episode and told in the next one. An episode leaves when all of it was told. Times are Unix seconds, for they have to
outlive a restart; a clock that was set back is no reason to be silent.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from enum import IntEnum, StrEnum
from typing import Final

GATHER_SECONDS: Final = 20.0
"""An export writes one photo after another: the first rejected one waits, so that one message reports them together."""

STEADY_SECONDS: Final = 60.0
"""What has been well for this long counts as well again. A folder that comes and goes is not, and after a start
nothing is paused before the first try."""


class Kind(StrEnum):
    """``quiet_seconds`` holds for each of them separately. In the order in which they are reported."""

    PAUSED = "paused"
    FOLDER = "folder"
    MACHINE = "machine"
    DISK = "disk"
    BACKLOG = "backlog"
    REJECTED = "rejected"
    REMARKED = "remarked"
    CATALOGUE = "catalogue"
    RECOVERED = "recovered"


class Weight(IntEnum):
    """How much a trouble matters."""

    NOTICE = 0  # all works, but not as it was meant
    WARNING = 1
    ALARM = 2  # nothing continues until somebody acts


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something that is wrong now. ``subject``: what it is about, the same each time (``account:main``).

    ``text``: what is wrong and what to do; ``relief``: what to say when it is over.
    """

    kind: Kind
    subject: str
    text: str
    relief: str
    weight: Weight = Weight.ALARM


@dataclass(frozen=True, slots=True)
class Episode:
    """A trouble from its beginning. ``until``: when it was over, None while it stands; ``times``: how often it came."""

    trouble: Trouble
    since: float
    until: float | None = None
    times: int = 1
    told: bool = False


Episodes = Mapping[str, Episode]
"""By subject."""


def observe(episodes: Episodes, troubles: Iterable[Trouble], unsure: Collection[str], now: float) -> dict[str, Episode]:
    """The episodes after a look around. ``unsure``: subjects of which the look could not tell how they are."""
    found = {trouble.subject: trouble for trouble in troubles}
    after = {subject: _standing(episodes.get(subject), trouble, now) for subject, trouble in found.items()}
    for subject, episode in episodes.items():
        if subject not in found:
            is_over = episode.until is None and subject not in unsure
            after[subject] = replace(episode, until=now) if is_over else episode
    return after


def _standing(episode: Episode | None, trouble: Trouble, now: float) -> Episode:
    if episode is None:
        return Episode(trouble, since=now)
    if episode.until is not None:
        episode = replace(episode, until=None, times=episode.times + 1)
    # What was told stays as it was told: that it is over has to fit it.
    return episode if episode.told else replace(episode, trouble=trouble)


def to_tell(kind: Kind, episodes: Episodes, now: float, quiet_seconds: float) -> list[Episode]:
    """What a message of this kind would be about now; empty where there is nothing to say."""
    if kind is Kind.RECOVERED:
        steady = min(STEADY_SECONDS, quiet_seconds)
        return [
            episode
            for episode in episodes.values()
            if episode.told and episode.until is not None and not 0.0 <= now - episode.until < steady
        ]
    return [episode for episode in episodes.values() if episode.trouble.kind is kind and not episode.told]


def told(episodes: Episodes, said: Iterable[Episode]) -> dict[str, Episode]:
    """The episodes after a message about ``said``: what stands goes on, of what is over nothing is left to say."""
    after = dict(episodes)
    for episode in said:
        if episode.until is None:
            after[episode.trouble.subject] = replace(episode, told=True)
        else:
            del after[episode.trouble.subject]
    return after


def may_tell(last: float | None, now: float, quiet_seconds: float) -> bool:
    """Whether the last message of a kind, at ``last``, is long enough ago."""
    return last is None or not 0.0 <= now - last < quiet_seconds


def have_gathered(oldest: float, now: float, quiet_seconds: float) -> bool:
    """Whether rejected photos, the first of them rejected at ``oldest``, have waited for their like."""
    return not 0.0 <= now - oldest < min(GATHER_SECONDS, quiet_seconds)
