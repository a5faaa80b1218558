"""What the end of a request means for the photo and for everything else that uses the key or the host.

A pure function over the outcome table: one row of "What happens when" is one branch here and one test.
Nothing is done; the delivery applies the transition and obeys the pause.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from folder_sync.errors import (
    FileChanged,
    FileUnreadable,
    FolderSyncError,
    Forbidden,
    KeyRefused,
    NotSent,
    RateLimited,
    Refused,
    UnknownProduct,
)
from folder_sync.photo import Image, Reason, ReasonCode, Record, State

UNREADABLE_AFTER = 3
"""How many times in a row reading a photo may fail while it is sent before it is called unreadable."""

REFUSED_ON_THE_WAY = 5
"""How often something between here and Closient may refuse one photo, while others go, before it is rejected."""

DELETIONS_REFUSED = 3
"""How often the server may refuse to delete an image before that stays for good."""


NOT_PRIMARY = Reason(
    "not_primary",
    "Closient took this photo, but not as the primary image. Look at the product in the catalogue;"
    " `folder-sync audit --mend` sends it again.",
)
"""A note. Nothing is sent again by itself: somebody may have chosen another hero at that moment, and a server that
passes the flag over would get an image more each time."""


@dataclass(frozen=True, slots=True)
class Policy:
    """The delivery settings that decisions need; seconds."""

    retry_base_seconds: float = 2.0
    retry_max_seconds: float = 900.0
    confirm_after_seconds: float = 10.0
    recheck_seconds: float = 3600.0
    rewritten_seconds: float = 10.0
    """How long intake watches a known file that changes, before it says what it is now."""


class Scope(Enum):
    """What else has to wait."""

    ACCOUNT = "account"  # the key is refused: whoami decides when to go on
    HOST = "host"  # the network or the server is down: one probe at a time
    KEY = "key"  # 429: at least until the time that the server named

    __hash__ = object.__hash__  # that of Enum is Python's, and each request asks for thirty


@dataclass(frozen=True, slots=True)
class Pause:
    """It ends when a try succeeds. ``seconds``: how long nothing is tried at least; the longer, the more in a row."""

    scope: Scope
    reason: str
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Transition:
    """The photo's next state. ``counted``: whether this attempt counts; ``absences``: how often in a row
    the server surely did not have it; ``note`` goes to the history; ``asked``: whether a request was begun at all;
    ``notes``: the remarks about it from now on, None: those that there are."""

    to: State
    not_before: float | None = None
    reason: Reason | None = None
    image: Image | None = None
    counted: bool = True
    absences: int = 0
    note: str = ""
    asked: bool = True
    notes: tuple[Reason, ...] | None = None

    @property
    def undecidable(self) -> bool:
        """The server is not asked about it again: people decide."""
        return self.to is State.UNCONFIRMED and self.not_before is None


@dataclass(frozen=True, slots=True)
class Decision:
    """``whole_product``: the transition holds for every queued photo of the product (it is not in the catalogue)."""

    transition: Transition
    pause: Pause | None = None
    whole_product: bool = False


def backoff(attempts: int, u: float, policy: Policy) -> float:
    """Seconds to wait after the ``attempts``-th failed try of one thing (1, 2, …): an upload, a look-up, a list, a
    deletion, whoami; whatever the error was.

    Doubles from ``retry_base_seconds`` up to ``retry_max_seconds``; jitter takes off up to half of it, so that
    many photos that failed together do not come back together. ``u`` is uniform in [0, 1).
    """
    doublings = min(max(attempts, 1) - 1, 60)
    return min(policy.retry_base_seconds * 2.0**doublings, policy.retry_max_seconds) * (1.0 - u / 2.0)


def decide(
    outcome: Image | FolderSyncError,
    *,
    attempts: int,
    now: float,
    u: float,
    policy: Policy,
    member: bool | None = None,
) -> Decision:
    """The row of the table for this outcome.

    ``attempts``: how often in a row this was tried, this time included. ``member`` matters for a 403 alone: whether
    whoami, asked after it, still names the organization; None where whoami could not be asked.
    """
    delay = backoff(attempts, u, policy)
    match outcome:
        case Image():
            return Decision(Transition(State.UPLOADED, image=outcome, note=f"image {outcome.id}"))
        case FileChanged():
            # The new version comes in through intake, which ends the wait. Until then a claim finds but the same: a
            # photo that was exported anew while it was queued was claimed five times, each off the quota.
            later = now + max(delay, policy.rewritten_seconds)
            return Decision(Transition(State.QUEUED, later, counted=False, note=str(outcome), asked=outcome.asked))
        case FileUnreadable():
            unreadable = Reason(ReasonCode.UNREADABLE, str(outcome)) if attempts >= UNREADABLE_AFTER else None
            return Decision(Transition(State.QUEUED, now + delay, unreadable, counted=False, note=str(outcome)))
        case NotSent(connected=True):
            return Decision(Transition(State.QUEUED, now + delay, note=str(outcome)))
        case NotSent():
            pause = Pause(Scope.HOST, outcome.title)
            return Decision(Transition(State.QUEUED, now + delay, note=str(outcome)), pause)
        case RateLimited():
            pause = Pause(Scope.KEY, outcome.title, outcome.retry_after)
            return Decision(Transition(State.QUEUED, counted=False, note=str(outcome)), pause)
        case KeyRefused():
            return _account_refused(outcome)
        case Forbidden():
            return _forbidden(outcome, now, delay, policy, member)
        case UnknownProduct():
            reason = Reason(
                ReasonCode.UNKNOWN_PRODUCT,
                "The catalogue does not know this GTIN yet. The service checks again from time to time.",
            )
            return Decision(Transition(State.WAITING, now + policy.recheck_seconds, reason), whole_product=True)
        case Refused():
            return Decision(Transition(State.REJECTED, reason=Reason(outcome.code, str(outcome)), note=str(outcome)))
        case _:
            # OutcomeUnknown, and whatever nobody thought of: it may have been stored, so the server is asked.
            confirm_at = now + policy.confirm_after_seconds
            return Decision(Transition(State.UNCONFIRMED, confirm_at, note=str(outcome)))


def remarked(transition: Transition, photo: Record) -> Transition:
    """With what the answer gives rise to remark about a photo that was taken."""
    if transition.image is None:
        return transition
    notes = tuple(note for note in photo.details.notes if note.code != NOT_PRIMARY.code)
    if photo.is_primary and not transition.image.is_primary:
        notes = (*notes, NOT_PRIMARY)
    return transition if notes == photo.details.notes else replace(transition, notes=notes)


def _account_refused(outcome: FolderSyncError) -> Decision:
    pause = Pause(Scope.ACCOUNT, outcome.title)
    return Decision(Transition(State.QUEUED, counted=False, note=str(outcome)), pause)


def _forbidden(outcome: Forbidden, now: float, delay: float, policy: Policy, member: bool | None) -> Decision:
    if member is None:
        return Decision(Transition(State.QUEUED, now + delay, counted=False, note=str(outcome)))
    if not member:
        return _account_refused(outcome)
    reason = Reason("api_forbidden", str(outcome))
    return Decision(Transition(State.WAITING, now + policy.recheck_seconds, reason), whole_product=True)


def refused_on_the_way(status: int) -> Transition:
    """Something between here and Closient refused this photo again and again, while others went."""
    message = (
        f"Something between here and Closient refuses this photo (status {status}), but not others. "
        "Ask whoever runs the proxy or firewall; then `folder-sync retry` sends it again."
    )
    return Transition(State.REJECTED, reason=Reason(f"api_{status}", message), note=message)
