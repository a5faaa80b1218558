"""Troubles in words: what is wrong, what to do about it, and what to say once it is over."""

from __future__ import annotations

import time

from folder_sync.rules.noticing import Kind, Trouble, Weight
from folder_sync.store.ports import Machine
from folder_sync.store.service_state import PauseNote, WatchRemark, WatchStatus
from folder_sync.text import path_text


def on_machine(machine: str) -> str:
    """Behind the name of what belongs to one machine of several."""
    return f" on {machine}" if machine else ""


def _said(machine: str, text: str) -> str:
    return f"On {machine}: {text}" if machine else text


def of_pause(pause: PauseNote, machine: str) -> Trouble | None:
    """None for pauses that end by themselves: those of a host or a quota."""
    kind, _, name = pause.scope.partition(":")
    if kind == "account":
        text = (
            f'Nothing is uploaded for the account "{name}". {pause.reason}'
            " Put a valid key in place and reload the service; `folder-sync check` says whether it works."
        )
        return Trouble(Kind.PAUSED, pause.scope, text, f'Photos of the account "{name}" are uploaded again.')
    if kind == "folder":
        again = f"The folder {name}{on_machine(machine)} can be used again."
        return Trouble(Kind.FOLDER, f"{pause.scope}{on_machine(machine)}", _said(machine, pause.reason), again)
    return None


def of_silence(machine: Machine) -> Trouble:
    return Trouble(
        Kind.MACHINE,
        f"machine:{machine.name}",
        f"Nothing is heard from {machine.name}, and photos in its own folders wait."
        " Check whether it is on and reaches the database, and whether folder-sync runs there.",
        f"{machine.name} is heard from again.",
    )


def of_watching(watch_status: WatchStatus, machine: str) -> Trouble:
    name = path_text(watch_status.folder)
    return Trouble(
        Kind.FOLDER,
        f"hearing:{name}{on_machine(machine)}",
        _said(machine, f"New photos in {name} are noticed a little later. {watch_status.remark}"),
        f"The folder {name}{on_machine(machine)} is watched again.",
        Weight.WARNING if watch_status.about is WatchRemark.DEAF else Weight.NOTICE,
    )


def of_backlog(account: str, count: int, since: float) -> Trouble:
    moment = time.strftime("%Y-%m-%d %H:%M", time.localtime(since))
    photos = "1 photo waits" if count == 1 else f"{count} photos wait"
    return Trouble(
        Kind.BACKLOG,
        f"backlog:{account}",
        f'{photos} to be uploaded for the account "{account}", since {moment}.',
        f'Photos of the account "{account}" no longer wait for long.',
        Weight.WARNING,
    )


def of_differences(account: str, count: int) -> Trouble:
    places = "in 1 place" if count == 1 else f"in {count} places"
    return Trouble(
        Kind.CATALOGUE,
        f"catalogue:{account}",
        f'The catalogue differs from the records of the account "{account}" {places}: `folder-sync audit` says where.',
        f'The catalogue agrees with the records of the account "{account}" again.',
        Weight.WARNING,
    )


def of_disk(subject: str, name: str, free: int) -> Trouble:
    return Trouble(
        Kind.DISK,
        subject,
        f"Only {free // 1_000_000} MB are free on the disk of {name}. Make room: records and photos need it.",
        f"There is room again on the disk of {name}.",
    )
