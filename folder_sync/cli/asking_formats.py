"""`init` asks whether files that Closient does not take, and that lie in the folder, are to be converted."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import Final

import click

from folder_sync.cli.asking_names import pictures
from folder_sync.files.pictures import decoders
from folder_sync.photo import EXTENSIONS
from folder_sync.rules.conversion import SOURCE_EXTENSIONS, Source
from folder_sync.text import display

_ENDINGS: Final = {ending: source for ending, source in SOURCE_EXTENSIONS.items() if source is not Source.PSD}
"""Not Photoshop's documents: most lie beside the photos that were exported from them."""


def formats_of(folder: Path, *, yes: bool) -> tuple[Source, ...]:
    """Asks only where there are such files. With no answer they are converted where the folder has no other photos."""
    found = Counter(_ENDINGS[path.rpartition(".")[2].lower()] for path in pictures(folder, _ENDINGS.keys()))
    for source in list(found):
        if (lack := decoders.lacking(source)) is not None:
            click.echo(f"{_files(found.pop(source), source)} can't be converted here. {lack[1]}", err=True)
    if not found:
        return ()
    what = " and ".join(_files(count, source) for source, count in found.items())
    alone = not pictures(folder, EXTENSIONS)
    question = f"{display(str(folder))} holds {what}, which Closient does not take. Convert them on the way?"
    if not yes:
        try:
            return tuple(found) if click.confirm(question, default=alone) else ()
        except click.Abort:
            if sys.stdin.isatty():
                raise
            click.echo(err=True)  # the question's line is still open
    if not alone:
        click.echo(f"Left alone: {what}. To have such files converted, list the format in convert.formats.")
        return ()
    click.echo(f"Converted on the way: {what}.")
    return tuple(found)


def _files(count: int, source: Source) -> str:
    return f"1 {source} file" if count == 1 else f"{count} {source} files"
