"""``folder-sync run``: the service, in the foreground."""

from __future__ import annotations

import os
import random
import sys
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING, Final, TypeVar

import click

from folder_sync.cli import facts
from folder_sync.cli.common import settings_of, working_database
from folder_sync.text import display

if TYPE_CHECKING:
    from collections.abc import Callable

    from folder_sync.service.signals import Signals
    from folder_sync.service.supervisor import Service
    from folder_sync.settings import Settings
    from folder_sync.store.ports import Database

Done = TypeVar("Done")

PAUSE_SECONDS: Final = 4.0
"""Between two attempts to reach the server that keeps the records."""

PATIENCE_SECONDS: Final = 120.0
"""What systemd is asked for at each attempt: it would end a service that takes long to start."""


@click.command(epilog=facts.sentence("Signals", facts.SIGNALS))
@click.pass_context
def run(context: click.Context) -> None:
    """The service, in the foreground."""
    import gc

    from folder_sync.cli.process import begin_work, leave_out_what_terminals_need

    begin_work()
    leave_out_what_terminals_need()

    import structlog

    from folder_sync import logs
    from folder_sync.errors import ConfigInvalid
    from folder_sync.service.signals import End, ProcessSignals

    settings = _settings_with_keys(context)
    logs.configure(settings.log)
    signals = ProcessSignals()
    if sys.stderr.isatty():
        watched = ", ".join(str(folder.path) for folder in settings.watch)
        click.echo(f"Watching {display(watched)}. Ctrl-C ends it.", err=True)
    with ExitStack() as kept:
        database = database_when_it_answers(settings, signals, kept)
        if database is None:
            return
        service = when_it_answers(partial(_begun, settings, database), signals)
        while service is not None and (end := service.run(signals)) is not End.STOP:
            if end is End.ANEW and not when_it_answers(lambda: _begun_anew(database), signals):
                return
            # The old service is a web of references with a megabyte or two of TLS contexts in it, of which Python
            # knows nothing: left to itself it would free them only after many reloads.
            del service
            gc.collect()
            try:
                reloaded = _settings_with_keys(context)
                service = when_it_answers(partial(_begun, reloaded, database), signals)
            except ConfigInvalid as error:
                # A slip in the file must not end a service that works: it keeps its old configuration.
                structlog.get_logger().error("reload_refused", reason=str(error))
                service = when_it_answers(partial(_begun, settings, database), signals)
            else:
                settings = reloaded
                logs.configure(settings.log)


def database_when_it_answers(settings: Settings, signals: Signals, kept: ExitStack) -> Database | None:
    """Closed with ``kept``. Waits for a server that does not answer; None where the service was told to stop first."""
    return when_it_answers(lambda: kept.enter_context(working_database(settings)), signals)


def _begun(settings: Settings, database: Database) -> Service:
    """One that has cleared up what an earlier one left behind. Raises ConfigInvalid, and StoreUnavailable."""
    from folder_sync.app import build_service
    from folder_sync.errors import StoreLapsed

    try:
        service = build_service(settings, database, os.environ)
        service.recover()
    except StoreLapsed:  # the records were out of reach while it was reloaded, and others took it for gone
        database.lease.begin_anew()
        service = build_service(settings, database, os.environ)
        service.recover()
    return service


def _begun_anew(database: Database) -> bool:
    database.lease.begin_anew()
    return True


def when_it_answers(do: Callable[[], Done], signals: Signals) -> Done | None:
    """What ``do`` returns once the server answers; None where the service was told to stop first."""
    from folder_sync.errors import StoreUnreachable
    from folder_sync.service import store_trouble
    from folder_sync.service.signals import End
    from folder_sync.service.systemd import SystemdNotifier

    systemd, told = SystemdNotifier(), False
    while True:
        try:
            return do()
        except StoreUnreachable as error:
            if not told:
                store_trouble.tell(error)
                told = True
        # Two attempts may take a minute, where the address names several hosts.
        systemd.tell(STATUS="Waiting for the database", EXTEND_TIMEOUT_USEC=round(PATIENCE_SECONDS * 1e6))
        if signals.wait(PAUSE_SECONDS * random.uniform(0.5, 1.0)) is End.STOP:  # noqa: S311 -- no secret
            return None


def _settings_with_keys(context: click.Context) -> Settings:
    """The keys are in there, too: after a reload that failed, a key whose file is gone or damaged is still known."""
    from folder_sync.settings import read_key

    settings = settings_of(context)
    accounts = {
        name: account.model_copy(update={"key": read_key(name, account, os.environ)})
        for name, account in settings.accounts.items()
    }
    return settings.model_copy(update={"accounts": accounts})
