"""What `check` and the start say of formats that can't be read here."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import features

from folder_sync.app.quality import quality_check_of
from folder_sync.errors import ConfigInvalid
from folder_sync.files.pictures.conversion_process import Converter
from folder_sync.files.pictures.converted_files import ConvertedFiles
from folder_sync.report.checks import conversion as check_conversion
from folder_sync.settings import Settings
from folder_sync.store.conversions import Conversions
from folder_sync.store.sqlite.database import Database
from tests.support.configured import loaded


def settings(home: Path, formats: str) -> Settings:
    toml = f"[accounts.main]\n[convert]\nformats = [{formats}]\n[[watch]]\npath = '{home}/export'\n"
    return loaded(home, toml)


def start(given: Settings, home: Path) -> None:
    database = Database(home / "records.db", create=True)
    try:
        files = ConvertedFiles(bytes(home), Converter(), 1000)
        quality_check_of(given, files, Conversions(database)).close()
    finally:
        database.close()


def test_what_is_installed_is_said_to_be_read(tmp_path: Path) -> None:
    assert list(check_conversion.check(settings(tmp_path, ""))) == []
    everything = settings(tmp_path, "'tiff', 'heic', 'avif', 'psd', 'jp2'")
    (finding,) = check_conversion.check(everything)
    assert finding.ok
    assert finding.detail == "tiff, heic, avif, psd, jp2 can be read, and go as JPEG or PNG"
    start(everything, tmp_path)


def without_heic(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)


def without_avif(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(features, "get_supported", lambda: ["libtiff"])


@pytest.mark.parametrize(
    ("formats", "lose", "what", "hint"),
    [
        (
            "'tiff', 'heic'",
            without_heic,
            "convert.formats has heic, which needs the extra `heic`, which is not installed",
            "Install folder-sync[heic], or take heic out.",
        ),
        (
            "'psd', 'avif'",
            without_avif,
            "convert.formats has avif, which the Pillow that is installed can't read",
            "Install one that can, such as pip's newest, or take avif out.",
        ),
    ],
)
def test_what_is_missing_is_named(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    formats: str,
    lose: Callable[[pytest.MonkeyPatch], None],
    what: str,
    hint: str,
) -> None:
    given = settings(tmp_path, formats)
    lose(monkeypatch)
    (finding,) = check_conversion.check(given)
    assert (finding.ok, finding.detail, finding.hint) == (False, what, hint)
    with pytest.raises(ConfigInvalid) as raised:
        start(given, tmp_path)
    assert (raised.value.title, raised.value.hint) == (f"{what}.", hint)
    assert raised.value.exit_code == 78
