"""What the log says of records that can't be used."""

from __future__ import annotations

import structlog

from folder_sync.errors import StoreLapsed, StoreUnavailable

log = structlog.get_logger()


def tell(error: StoreUnavailable) -> None:
    """One line for an outage, however many threads meet it and however long it lasts.

    That the service has to start anew is said by whoever does that.
    """
    if isinstance(error, StoreLapsed):
        return
    if error.outage is None or error.outage.is_news():
        log.error("store_unavailable", reason=str(error))
