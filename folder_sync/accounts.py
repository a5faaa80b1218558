"""The windows of an account before the server has said anything."""

from __future__ import annotations

from folder_sync.rules.quota import Window
from folder_sync.settings import Account


def configured_windows(account: Account) -> tuple[Window, ...]:
    """Requests a minute and a day, as configured (*Rate limits*)."""
    return Window(account.requests_per_minute, 60), Window(account.requests_per_day, 86_400)
