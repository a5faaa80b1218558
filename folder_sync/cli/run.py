"""``folder-sync run``: the service, in the foreground."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import click

from folder_sync.cli import facts
from folder_sync.cli.common import settings_of, working_database
from folder_sync.text import display

if TYPE_CHECKING:
    from folder_sync.settings import Settings


@click.command(epilog=facts.sentence("Signals", facts.SIGNALS))
@click.pass_context
def run(context: click.Context) -> None:
    """The service, in the foreground."""
    import gc

    import structlog

    from folder_sync import logs
    from folder_sync.app import build_service
    from folder_sync.cli.process import close_memory, keep_to_one_processor
    from folder_sync.errors import ConfigInvalid
    from folder_sync.service.supervisor import End, ProcessSignals

    close_memory()
    keep_to_one_processor()
    settings = _settings_with_keys(context)
    logs.configure(settings.log)
    signals = ProcessSignals()
    if sys.stderr.isatty():
        watched = ", ".join(str(folder.path) for folder in settings.watch)
        click.echo(f"Watching {display(watched)}. Ctrl-C ends it.", err=True)
    with working_database(settings) as database:
        service = build_service(settings, database, os.environ)
        while service.run(signals) is End.RELOAD:
            # The old service is a web of references with a megabyte or two of TLS contexts in it, of which Python
            # knows nothing: left to itself it would free them only after many reloads.
            del service
            gc.collect()
            try:
                reloaded = _settings_with_keys(context)
                service = build_service(reloaded, database, os.environ)
            except ConfigInvalid as error:
                # A slip in the file must not end a service that works: it keeps its old configuration.
                structlog.get_logger().error("reload_refused", reason=str(error))
                service = build_service(settings, database, os.environ)
            else:
                settings = reloaded
                logs.configure(settings.log)


def _settings_with_keys(context: click.Context) -> Settings:
    """The keys are in there, too: after a reload that failed, a key whose file is gone or damaged is still known."""
    from folder_sync.settings import read_key

    settings = settings_of(context)
    accounts = {
        name: account.model_copy(update={"key": read_key(name, account, os.environ)})
        for name, account in settings.accounts.items()
    }
    return settings.model_copy(update={"accounts": accounts})
