"""What `check` says of an account: its key, its organization, and the clock that Closient goes by."""

from __future__ import annotations

import stat
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from folder_sync.accounts import read_key_of
from folder_sync.closient.answers import WhoAmI
from folder_sync.closient.client import Client
from folder_sync.closient.headers import Heard
from folder_sync.closient.keys import ApiKey, KeyKind
from folder_sync.errors import ApiError, ConfigInvalid, NotSent, OutcomeUnknown, RateLimited
from folder_sync.report.checks.finding import Finding
from folder_sync.settings import Account, Settings

CLOCK_SECONDS: Final = 60.0
MAY_UPLOAD: Final = frozenset({"owner", "manager", "editor"})
"""Roles with ``organization.contribute_organization`` (*Authentication*)."""


def check(
    name: str, account: Account, settings: Settings, environ: Mapping[str, str], remembered: str | None, *, ask: bool
) -> Iterator[Finding]:
    """``remembered``: the organization that the records of this account belong to, where that is known."""
    key_check = f"key of {name}"
    try:
        key = read_key_of(name, account, environ)
    except ConfigInvalid as error:
        yield Finding(key_check, ok=False, detail=error.title, hint=error.hint)
        return
    yield Finding(key_check, ok=True, detail=f"well formed, a {key.kind.name.lower()} key")
    yield from _key_kept_safe(key_check, account, key)
    if not ask:
        return
    heard: list[Heard] = []
    try:
        client = Client(
            account.base_url,
            key,
            connect_seconds=settings.delivery.connect_seconds,
            read_seconds=settings.delivery.read_seconds,
            on_heard=heard.append,
        )
    except ConfigInvalid as error:
        yield Finding(f"connection of {name}", ok=False, detail=error.title, hint=error.hint)
        return
    with client:
        try:
            who = client.whoami()
        except ApiError as error:
            yield Finding(f"{key_check}, accepted", ok=False, detail=error.title, hint=_advice(error, account))
        else:
            yield Finding(f"{key_check}, accepted", ok=True, detail=f"by {account.base_url}")
            yield from _role(key_check, who)
            yield _organization(name, account, who, remembered)
    if heard and heard[-1].server_time is not None:
        yield _clock(heard[-1].server_time)


def check_together(accounts: Mapping[str, Account], remembered: Mapping[str, str]) -> Iterator[Finding]:
    """An organization is one account's: what another one sends to it can't be told from what a stranger does."""
    found: dict[tuple[str, str], list[str]] = {}
    for name, account in accounts.items():
        if organization := account.organization_id or remembered.get(name):
            found.setdefault((account.base_url, organization), []).append(name)
    for (_, organization), names in found.items():
        if len(names) > 1:
            yield Finding(
                f"organization of {', '.join(names)}",
                ok=False,
                detail=f"all belong to {organization}, and know nothing of each other's photos and heroes",
                hint="Give their watched folders one account.",
            )


def _key_kept_safe(name: str, account: Account, key: ApiKey) -> Iterator[Finding]:
    if key.kind is KeyKind.PUBLISHABLE:
        hint = "Make a business key (csb_…) for the service."
        yield Finding(name, ok=False, detail="is a publishable key, which is meant for browsers", hint=hint)
    if account.key_file is not None and _is_open_to_all(account.key_file):
        hint = f"chmod 600 {account.key_file}, and let it belong to the user that runs folder-sync."
        yield Finding(name, ok=False, detail=f"{account.key_file} can be read by everybody here", hint=hint)


def _is_open_to_all(file: Path) -> bool:
    try:
        return bool(file.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH))
    except OSError:
        return False  # it is not needed: the key is in the environment, or it could not have been read


def _advice(error: ApiError, account: Account) -> str:
    """What to do about it now: the errors' own hints speak to whoever can wait."""
    match error:
        case NotSent() | OutcomeUnknown():
            return f"Check the network, and base_url in the configuration ({account.base_url}); then check again."
        case RateLimited():
            return "Something else uses this key, too: check again in a minute, or give the service a key of its own."
    return error.hint


def _role(name: str, who: WhoAmI) -> Iterator[Finding]:
    if who.role is not None:
        may = who.role.lower() in MAY_UPLOAD
        hint = "" if may else "Ask an owner of the organization for the role Editor."
        detail = who.role if may else f"{who.role}, which may not upload"
        yield Finding(f"{name}, role", ok=may, detail=detail, hint=hint)


def _organization(name: str, account: Account, who: WhoAmI, remembered: str | None) -> Finding:
    title = f"organization of {name}"
    named = {organization.id: organization.name for organization in who.organizations}
    if remembered is not None and remembered not in named and named:
        return Finding(
            title,
            ok=False,
            detail=f"the records belong to {remembered}, the key to {', '.join(named)}",
            hint=f"Use a key of {remembered}, or give the other organization an account under another name.",
        )
    if account.organization_id:
        if account.organization_id in named:
            return Finding(title, ok=True, detail=f"{named[account.organization_id]} ({account.organization_id})")
        belongs = ", ".join(f"{id_} ({title})" for id_, title in named.items()) or "none"
        hint = f"Use a key of that organization, or correct organization_id; this key's organizations: {belongs}."
        return Finding(title, ok=False, detail=f"the key does not belong to {account.organization_id}", hint=hint)
    if len(named) == 1:
        return Finding(title, ok=True, detail="{1} ({0})".format(*next(iter(named.items()))))
    if not named:
        hint = "Have an owner of the organization add whom the key belongs to, or make a new key there."
        return Finding(title, ok=False, detail="the key belongs to no organization", hint=hint)
    hint = f"Set organization_id to one of: {', '.join(f'{id_} ({title})' for id_, title in named.items())}."
    return Finding(title, ok=False, detail=f"the key belongs to {len(named)} organizations", hint=hint)


def _clock(server_time: float) -> Finding:
    off = time.time() - server_time
    ok = abs(off) <= CLOCK_SECONDS
    detail = (
        "agrees with the server"
        if ok
        else f"is {abs(off):.0f} seconds {'ahead of' if off > 0 else 'behind'} the server"
    )
    return Finding(
        "clock", ok=ok, detail=detail, hint="" if ok else "Turn on time synchronisation (timedatectl set-ntp true)."
    )
