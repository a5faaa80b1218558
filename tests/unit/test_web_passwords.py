"""The page's passwords: from files or credentials, and never open to a network without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from folder_sync.errors import ConfigInvalid
from folder_sync.settings import Web
from folder_sync.settings.credentials import read_passwords


def written(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def test_on_loopback_none_is_needed() -> None:
    found = read_passwords(Web(), {})
    assert (found.act, found.look) == (None, None)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.0.2.1", "studio.example", "::"])
def test_open_to_a_network_it_needs_one(host: str) -> None:
    with pytest.raises(ConfigInvalid, match=r"would be open to everybody .* password_file") as caught:
        read_passwords(Web(host=host), {})
    assert caught.value.exit_code == 78


def test_from_files(tmp_path: Path) -> None:
    web = Web(
        host="0.0.0.0",
        password_file=written(tmp_path / "act", " to act\n"),
        viewer_password_file=written(tmp_path / "look", "to look\n"),
    )
    found = read_passwords(web, {})
    assert found.act is not None
    assert found.look is not None
    assert (found.act.get_secret_value(), found.look.get_secret_value()) == ("to act", "to look")
    assert "to act" not in repr(found)


def test_from_credentials(tmp_path: Path) -> None:
    written(tmp_path / "web.password", "to act")
    written(tmp_path / "web.viewer_password", "to look")
    found = read_passwords(Web(host="0.0.0.0"), {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert found.act is not None
    assert found.look is not None


def test_what_makes_no_sense_is_said(tmp_path: Path) -> None:
    same = written(tmp_path / "same", "same")
    with pytest.raises(ConfigInvalid, match="are the same"):
        read_passwords(Web(password_file=same, viewer_password_file=same), {})
    with pytest.raises(ConfigInvalid, match="none for those who act"):
        read_passwords(Web(viewer_password_file=same), {})
    with pytest.raises(ConfigInvalid, match=r"The password file .*empty of the page is empty\. Put a password in it\."):
        read_passwords(Web(password_file=written(tmp_path / "empty", "\n")), {})
    with pytest.raises(ConfigInvalid, match="does not exist"):
        read_passwords(Web(password_file=tmp_path / "none"), {})
