"""The errors of the program, by what the caller does with them.

::

    FolderSyncError            has a title (what is wrong) and a hint (what to do); never a traceback to a person
    ├── ConfigInvalid          stop, exit 78
    ├── AlreadyRunning         stop, exit 75
    ├── StoreUnavailable       the database can't be used: stop, or try again; nothing is forgotten
    │   ├── StoreDamaged       stop: the next start sets it aside
    │   ├── StoreGone          stop: what this service records would be seen by nobody
    │   ├── StoreTaken         stop, exit 75: another service works on it by now
    │   └── StoreUnreachable   wait: the server that keeps it will answer, and record, again
    ├── WatchUnavailable       a folder can't be watched: pause it
    │   └── WatchLimit         for want of inotify watches or instances: poll it instead
    ├── ProductsUnreadable     what the products file said last holds
    ├── FileChanged            the bytes on disk are not the bytes that were queued: take the new version in
    ├── FileUnreadable         reading failed while it was sent: try again, ever less often
    └── ApiError               a request did not give what was asked
        ├── NotSent            certainly not acted on: try again, any number of times
        ├── OutcomeUnknown     may have been acted on: ask the server, never post again in hope
        │   └── Intermediary   a proxy answered, not Closient: nothing is known of product, image or key
        ├── OutOfTurn          no request was made, for its turn is far off: ask again later
        ├── RateLimited        the whole key waits until retry_after (429)
        ├── KeyRefused         the account pauses (401)
        ├── Forbidden          pause or wait, as whoami tells (403 from Closient)
        ├── UnknownProduct     the photo waits (404 from Closient)
        └── Refused            the photo is rejected (413, and any other 4xx from Closient)
"""

from __future__ import annotations

from itertools import count


class FolderSyncError(Exception):
    """``title``: one sentence, what is wrong. ``hint``: one sentence, what to do; may be empty."""

    exit_code = 1

    def __init__(self, title: str, hint: str = "") -> None:
        super().__init__(title)
        self.title = title
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.title} {self.hint}".rstrip()


class ConfigInvalid(FolderSyncError):
    exit_code = 78


class AlreadyRunning(FolderSyncError):
    exit_code = 75

    def __init__(self, pid: int, database: str) -> None:
        super().__init__(
            f"Another folder-sync (process {pid}) already works on {database}.",
            "Stop it first; status, list, products, changes, show and retry work beside it.",
        )
        self.pid = pid


class Outage:
    """A time in which nothing, or not all, can be recorded."""

    def __init__(self) -> None:
        self._met = count()

    def is_news(self) -> bool:
        """True for whoever asks first, of all threads."""
        return next(self._met) == 0


class StoreUnavailable(FolderSyncError):
    """The database is missing, damaged, locked, read-only or its disk is full.

    ``outage``: one for all who meet it as long as it lasts; None where it is not met again.
    """

    def __init__(self, title: str, hint: str = "", outage: Outage | None = None) -> None:
        super().__init__(title, hint)
        self.outage = outage


class StoreDamaged(StoreUnavailable):
    """What the database holds can't be what was written."""


class StoreGone(StoreUnavailable):
    """The database was taken away under the service, or another one put in its place."""


class StoreTaken(StoreUnavailable):
    """Another service took the records over: what this one still knows of them is out of date."""

    exit_code = 75


class OutOfDate(Exception):
    """What was found out about a photo holds no longer: another one has the image by now, or the photo was retried, or
    exported anew, meanwhile. Whoever asked has to look again.
    """


class StoreLapsed(StoreUnavailable):
    """This service was not heard from for so long that another one took over what it was sending.

    What it knows of that is out of date. It can start anew.
    """

    exit_code = 75


class StoreSetBack(StoreLapsed):
    """The records have lost what this service had recorded. It can start anew, and look for its photos in the catalogue
    before it sends them.
    """


class StoreUnreachable(StoreUnavailable):
    """The server that keeps the records does not answer, or can't record just now."""

    def once_more(self) -> StoreUnreachable:
        """For another who meets it."""
        return StoreUnreachable(self.title, self.hint, self.outage)


class ProductsUnreadable(FolderSyncError):
    """The products file is not there, or nothing that can be read."""


class WatchUnavailable(FolderSyncError):
    """The folder can't be watched natively; ``hint`` names the limit to raise, where there is one."""


class WatchLimit(WatchUnavailable):
    """A limit of inotify(7) was met; the hint names the sysctl and the number needed."""


class FileChanged(FolderSyncError):
    """Found while sending: the request was broken off before its last byte, so the server stored nothing.

    ``asked``: it had been begun by then, and may count against the quota.
    """

    def __init__(self, title: str, hint: str = "", *, asked: bool = False) -> None:
        super().__init__(title, hint)
        self.asked = asked


class FileUnreadable(FolderSyncError):
    """The disk or the share failed in the middle of a request, which was broken off: the server stored nothing."""


class ApiError(FolderSyncError):
    """Base of everything that a request to Closient can end in other than its answer."""


class NotSent(ApiError):
    """Refused connection, DNS, TLS, connect time-out, or broken off before the last byte of the body.

    ``connected``: a connection was there, so it may be this photo that breaks it, and not the host that is away.
    """

    def __init__(self, title: str, hint: str = "", *, connected: bool = False) -> None:
        super().__init__(title, hint)
        self.connected = connected


class OutcomeUnknown(ApiError):
    """The answer was lost, a 5xx, or not understandable. ``status`` is None where no answer came."""

    def __init__(self, title: str, hint: str = "", *, status: int | None = None) -> None:
        super().__init__(title, hint)
        self.status = status


class Intermediary(OutcomeUnknown):
    """A 4xx without Closient's error envelope: the word of a proxy, a firewall or a gateway on the way.

    Raised for an upload as well when it came before the last byte of the body. ``status`` is always there.
    """

    status: int

    def __init__(self, status: int) -> None:
        super().__init__(
            f"Something between here and Closient answered {status}, not Closient itself.",
            "Look at the proxy or firewall on the way, and at base_url in the configuration.",
            status=status,
        )


class OutOfTurn(ApiError):
    """A further request of a job was not made: the key's quota has no room for it soon."""


class RateLimited(ApiError):
    """429. ``retry_after``: seconds from now, at least 0."""

    def __init__(self, title: str, hint: str = "", *, retry_after: float) -> None:
        super().__init__(title, hint)
        self.retry_after = retry_after


class Refused(ApiError):
    """A 4xx that will not change by asking again.

    ``code``: the reason code for people and programs (``api_validation_error``, ``api_418``, ``too_large``).
    """

    def __init__(self, title: str, hint: str = "", *, status: int, code: str) -> None:
        super().__init__(title, hint)
        self.status = status
        self.code = code


class KeyRefused(ApiError):
    """401: the key is not, or no longer, accepted."""


class Forbidden(ApiError):
    """403: either the key lost its organization, or the product is somebody else's; whoami tells which."""


class UnknownProduct(ApiError):
    """404: the catalogue does not know this GTIN (or this image)."""
