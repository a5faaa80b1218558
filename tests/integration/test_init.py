"""`init` against the sandbox: what it finds out, what it asks, and what it never does."""

from __future__ import annotations

import errno
import grp
import os
import re
import stat
import tomllib
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from folder_sync.cli import cli
from folder_sync.cli.init import init as init_command
from folder_sync.cli.writing import System
from folder_sync.closient.keys import MalformedKey
from folder_sync.errors import ConfigInvalid, FolderSyncError, KeyRefused
from folder_sync.sandbox.serving import running_sandbox
from folder_sync.sandbox.state import Sandbox
from folder_sync.settings import Settings, load
from folder_sync.settings.tables import Intake


@pytest.fixture
def sandbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    with running_sandbox() as running:
        monkeypatch.setenv("FOLDER_SYNC_ACCOUNTS__MAIN__BASE_URL", running.url)
        yield running


def init(home: Path, *arguments: str, typed: str = "") -> Result:
    (home / "export").mkdir(exist_ok=True)
    return CliRunner().invoke(cli, ["init", "--output", str(home / "config.toml"), *arguments], input=typed)


def init_for_the_system(home: Path, sandbox: Sandbox, group: str = grp.getgrgid(os.getgid()).gr_name) -> Result:
    """Where ``home`` is what /etc/folder-sync is, and belongs to this group."""
    (home / "export").mkdir()
    assert init_command.callback is not None
    for_system = partial(init_command.callback, system=System(home, group))
    command = click.Command("init", params=init_command.params, callback=for_system)
    arguments = ["--output", str(home / "config.toml"), "--path", str(home / "export")]
    return CliRunner().invoke(command, arguments, input=f"{sandbox.key}\n")


def written(home: Path) -> Settings:
    return load(home / "config.toml", {})


def key_file(home: Path, sandbox: Sandbox) -> str:
    path = home / "studio.key"
    path.write_text(sandbox.key + "\n")
    return str(path)


def test_everything_named_nothing_is_asked(tmp_path: Path, sandbox: Sandbox) -> None:
    result = init(tmp_path, "--path", str(tmp_path / "export"), "--key-file", key_file(tmp_path, sandbox), "--yes")
    assert result.exit_code == 0, result.output
    settings = written(tmp_path)
    assert settings.accounts["main"].organization_id == sandbox.organization_id
    assert settings.accounts["main"].base_url == sandbox.url
    assert settings.watch[0].path == tmp_path / "export"
    assert f"folder-sync --config {tmp_path / 'config.toml'} check" in result.output


def test_what_is_commented_out_shows_the_defaults(tmp_path: Path, sandbox: Sandbox) -> None:
    init(tmp_path, "--path", str(tmp_path / "export"), "--key-file", key_file(tmp_path, sandbox), "--yes")
    text = (tmp_path / "config.toml").read_text()
    live = tomllib.loads(re.sub(r"^# ([a-z_]+ = )", r"\1", text, flags=re.MULTILINE))
    assert live["intake"] == {**Intake().model_dump(), "ignore": []}
    assert live["delivery"]["concurrency"] == 4


def test_what_may_stand_there_is_said_beside_each_choice(tmp_path: Path, sandbox: Sandbox) -> None:
    init(tmp_path, "--path", str(tmp_path / "export"), "--key-file", key_file(tmp_path, sandbox), "--yes")
    text = (tmp_path / "config.toml").read_text()
    for key, said in (
        ("backend", "auto, native or polling. "),
        ("uploaded", "keep, move or delete. "),
        ("superseded", "keep or delete. "),
        ("level", "debug, info, warning or error. "),
    ):
        assert re.search(rf'^# {key} = ".*"  # {said}', text, flags=re.MULTILINE)


def test_asks_for_the_folder_and_the_key_and_keeps_the_key_to_itself(tmp_path: Path, sandbox: Sandbox) -> None:
    result = init(tmp_path, typed=f"{tmp_path / 'export'}\n{sandbox.key}\n")
    assert result.exit_code == 0, result.output
    kept = tmp_path / "main.key"
    assert kept.read_text() == sandbox.key + "\n"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert written(tmp_path).accounts["main"].key_file == kept
    assert sandbox.key not in result.output
    assert sandbox.key not in (tmp_path / "config.toml").read_text()


def test_a_key_that_systemd_is_to_hand_over_is_not_named_in_the_configuration(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "main.key").write_text(sandbox.key + "\n")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    result = init(tmp_path, "--path", str(tmp_path / "export"), "--yes")
    assert result.exit_code == 0, result.output
    assert written(tmp_path).accounts["main"].key_file is None
    assert written(tmp_path).accounts["main"].organization_id == sandbox.organization_id


def test_a_key_of_several_organizations_lets_choose(tmp_path: Path, sandbox: Sandbox) -> None:
    other = sandbox.accounts.add_organization("Other Studio\x1b[31m\nkey = 1")
    path = tmp_path / "both.key"
    path.write_text(sandbox.accounts.add_key(sandbox.organization_id, other))
    arguments = ("--path", str(tmp_path / "export"), "--key-file", str(path))
    result = init(tmp_path, *arguments, typed="1\n")
    assert result.exit_code == 0, result.output
    chosen = sandbox.organization_id if "1  Sandbox Studio" in result.output else other
    assert written(tmp_path).accounts["main"].organization_id == chosen
    assert "\x1b" not in result.output
    (tmp_path / "config.toml").unlink()
    result = init(tmp_path, *arguments, "--yes")
    assert other in result.output
    assert written(tmp_path).accounts["main"].organization_id == ""


def test_a_key_in_the_environment_stays_there(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FOLDER_SYNC_ACCOUNTS__MAIN__KEY", sandbox.key)
    assert init(tmp_path, "--path", str(tmp_path / "export"), "--yes").exit_code == 0
    assert written(tmp_path).accounts["main"].key_file is None


def test_a_server_that_can_not_be_reached_leaves_the_organization_open(tmp_path: Path, sandbox: Sandbox) -> None:
    sandbox.faults.add("drop_before_body", count=None)
    result = init(tmp_path, "--path", str(tmp_path / "export"), "--key-file", key_file(tmp_path, sandbox), "--yes")
    assert result.exit_code == 0
    assert "could not be found out" in result.output
    assert "the service will take it from the key" in result.output
    assert written(tmp_path).accounts["main"].organization_id == ""


def test_a_key_that_is_refused_is_not_configured(tmp_path: Path, sandbox: Sandbox) -> None:
    sandbox.revoke_key()
    result = init(tmp_path, "--path", str(tmp_path / "export"), typed=f"{sandbox.key}\n")
    assert isinstance(result.exception, KeyRefused)
    assert not {"config.toml", "main.key"} & set(os.listdir(tmp_path))


def test_a_key_for_browsers_is_not_configured(tmp_path: Path, sandbox: Sandbox) -> None:
    key = sandbox.accounts.add_key(sandbox.organization_id, prefix="cpk")
    result = init(tmp_path, "--path", str(tmp_path / "export"), typed=f"{key}\n")
    assert isinstance(result.exception, MalformedKey)
    assert "business key" in result.exception.hint
    assert os.listdir(tmp_path) == ["export"]


@pytest.mark.parametrize("address", ["http://example.com", "nonsense"])
def test_the_key_goes_to_no_address_that_the_service_would_refuse(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("FOLDER_SYNC_ACCOUNTS__MAIN__BASE_URL", address)
    result = init(tmp_path, "--path", str(tmp_path / "export"), typed=f"{sandbox.key}\n")
    assert isinstance(result.exception, ConfigInvalid)
    assert "FOLDER_SYNC_ACCOUNTS__MAIN__BASE_URL" in result.exception.title
    assert os.listdir(tmp_path) == ["export"]


@pytest.mark.parametrize(("arguments", "said"), [((), "--path FOLDER"), (("--path", "."), "--key-file FILE")])
def test_with_nobody_to_ask_it_says_which_option_answers(
    tmp_path: Path, sandbox: Sandbox, arguments: tuple[str, ...], said: str
) -> None:
    result = init(tmp_path, *arguments)
    assert result.exit_code == 2
    assert said in result.output
    assert os.listdir(tmp_path) == ["export"]


def test_a_file_is_no_folder(tmp_path: Path, sandbox: Sandbox) -> None:
    for result in (init(tmp_path, typed="/dev/null\n"), init(tmp_path, "--path", "/dev/null")):
        assert result.exit_code == 2
        assert "/dev/null is not a folder." in result.output


def test_with_nobody_to_choose_the_organization_nothing_is_written(tmp_path: Path, sandbox: Sandbox) -> None:
    key = sandbox.accounts.add_key(sandbox.organization_id, sandbox.accounts.add_organization("Other"))
    result = init(tmp_path, "--path", str(tmp_path / "export"), typed=f"{key}\n")
    assert result.exit_code == 2
    assert "Use --yes, and set organization_id" in result.output
    assert os.listdir(tmp_path) == ["export"]


def test_where_the_key_can_not_be_kept_no_configuration_is_left_behind(tmp_path: Path, sandbox: Sandbox) -> None:
    (tmp_path / "file").write_text("")
    kept_in = str(tmp_path / "file" / "main.key")
    result = init(tmp_path, "--path", str(tmp_path / "export"), "--key-file", kept_in, typed=f"{sandbox.key}\n")
    assert isinstance(result.exception, ConfigInvalid)
    assert f"{kept_in} can't be written" in str(result.exception)
    assert sorted(os.listdir(tmp_path)) == ["export", "file"]


def test_what_is_written_for_a_person_is_closed_to_others(tmp_path: Path, sandbox: Sandbox) -> None:
    init(tmp_path, "--path", str(tmp_path / "export"), typed=f"{sandbox.key}\n")
    for name in ("config.toml", "main.key"):
        assert stat.S_IMODE((tmp_path / name).stat().st_mode) == 0o600


def test_what_is_written_for_the_system_can_be_read_by_the_service(tmp_path: Path, sandbox: Sandbox) -> None:
    result = init_for_the_system(tmp_path, sandbox)
    assert "let it read" not in result.output
    for name in ("config.toml", "main.key"):
        status = (tmp_path / name).stat()
        assert (stat.S_IMODE(status.st_mode), status.st_gid) == (0o640, os.getgid())
    assert written(tmp_path).store.url == "sqlite:////var/lib/folder-sync/folder-sync.db"


def test_before_the_service_has_its_group_a_person_is_told(tmp_path: Path, sandbox: Sandbox) -> None:
    result = init_for_the_system(tmp_path, sandbox, "no-such-group")
    assert f"let it read the files in {tmp_path}" in result.output
    assert stat.S_IMODE((tmp_path / "main.key").stat().st_mode) == 0o600


def test_a_file_that_could_not_be_finished_is_not_left_behind(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fchown", full)
    result = init_for_the_system(tmp_path, sandbox)
    assert "config.toml can't be written: No space left on device." in str(result.exception)
    assert os.listdir(tmp_path) == ["export"]


def test_a_folder_that_is_not_there_is_a_question(tmp_path: Path, sandbox: Sandbox) -> None:
    arguments = ("--path", str(tmp_path / "later"), "--key-file", key_file(tmp_path, sandbox))
    for typed in ("n\n", "\n"):
        result = init(tmp_path, *arguments, typed=typed)
        assert (result.exit_code, isinstance(result.exception, SystemExit)) == (1, True)
        assert f"Nothing was written for {tmp_path / 'later'}." in result.output
        assert not (tmp_path / "config.toml").exists()
    assert init(tmp_path, *arguments, typed="y\n").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "kind", "said"),
    [
        (("--yes",), SystemExit, "--path FOLDER"),
        (("--path", "export", "--key-file", "nowhere.key", "--yes"), ConfigInvalid, "no key at"),
        (("--path", "export", "--key-file", "bad.key", "--yes"), FolderSyncError, "key"),
    ],
)
def test_what_is_missing_or_wrong_is_a_sentence(
    tmp_path: Path,
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    arguments: tuple[str, ...],
    kind: type[BaseException],
    said: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "bad.key").write_text("csb_nonsense")
    result = init(tmp_path, *arguments)
    assert isinstance(result.exception, kind)
    assert said in result.output + str(result.exception)
    assert not (tmp_path / "config.toml").exists()
    assert sandbox.ledger.calls == ()


def test_nothing_is_overwritten(tmp_path: Path, sandbox: Sandbox) -> None:
    (tmp_path / "config.toml").write_text("# mine")
    result = init(tmp_path, "--path", str(tmp_path / "export"), "--key-file", key_file(tmp_path, sandbox), "--yes")
    assert isinstance(result.exception, ConfigInvalid)
    assert (tmp_path / "config.toml").read_text() == "# mine"


def test_a_place_that_can_not_be_written_is_a_sentence(tmp_path: Path, sandbox: Sandbox) -> None:
    (tmp_path / "file").write_text("")
    arguments = ["--path", str(tmp_path), "--key-file", key_file(tmp_path, sandbox), "--yes"]
    result = CliRunner().invoke(cli, ["init", "--output", str(tmp_path / "file" / "config.toml"), *arguments])
    assert isinstance(result.exception, ConfigInvalid)
    assert "can't be written" in str(result.exception)


def exported(home: Path, *names: str) -> str:
    for name in names:
        (home / "export" / name).parent.mkdir(parents=True, exist_ok=True)
        (home / "export" / name).touch()
    return str(home / "export")


def test_how_photos_are_named_is_found_out_from_those_that_are_there(tmp_path: Path, sandbox: Sandbox) -> None:
    folder = exported(tmp_path, "96385074/Front.jpg", "96385074/2.jpg", "96385074__Back.jpg", ".DS_Store", "notes.txt")
    result = init(tmp_path, "--path", folder, typed=f"{sandbox.key}\n")
    assert result.exit_code == 0, result.output
    assert written(tmp_path).watch[0].names == ("house", "folder")
    assert "Photos are named as house and folder" in result.output
    assert "96385074/Front.jpg\n    ok: GTIN 00000096385074" in result.output
    assert result.output.count("    ok: ") == 3


def test_what_the_house_understands_needs_no_setting(tmp_path: Path, sandbox: Sandbox) -> None:
    folder = exported(tmp_path, "96385074__Back.jpg")
    init(tmp_path, "--path", folder, "--key-file", key_file(tmp_path, sandbox), "--yes")
    assert '\n# names = ["house"]  # ' in (tmp_path / "config.toml").read_text()


def test_where_they_do_not_tell_it_is_asked_and_shown(tmp_path: Path, sandbox: Sandbox) -> None:
    folder = exported(tmp_path, "Top-96385074.jpg", "96385074__Back.jpg", "x.jpg", "y.jpg")
    answers = ["{title}{any}", "2", "n", "{title}-{gtin}", "y", sandbox.key]
    result = init(tmp_path, "--path", folder, typed="".join(f"{answer}\n" for answer in answers))
    assert result.exit_code == 0, result.output
    assert "1  012345678905__Front_of_package__primary.jpg (1 of 4 understood)" in result.output
    assert 'has "{title}{any}"' in result.output
    assert 'Top-96385074.jpg\n    ok: GTIN 00000096385074, title "Top"' in result.output
    assert written(tmp_path).watch[0].names == ("{title}-{gtin}",)


@pytest.mark.parametrize(
    ("others", "arguments", "typed", "formats"),
    [
        ((), ["--yes"], "", ("tiff",)),
        (("b.jpg",), ["--yes"], "", ()),
        (("b.jpg",), [], "y\n", ("tiff",)),
        ((), [], "n\n", ()),
        ((), [], "", ("tiff",)),
    ],
    ids=["alone", "beside others", "yes", "no", "nobody answers"],
)
def test_what_closient_does_not_take_is_converted_where_that_is_wanted(
    tmp_path: Path,
    sandbox: Sandbox,
    others: tuple[str, ...],
    arguments: list[str],
    typed: str,
    formats: tuple[str, ...],
) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    for name in (*others, "4006381333931__Front.tif", "4006381333931__Back.TIFF", "4006381333931.psd"):
        (folder / name).touch()
    given = ["--path", str(folder), "--key-file", key_file(tmp_path, sandbox), *arguments]
    result = init(tmp_path, *given, typed=typed)
    assert result.exit_code == 0, result.output
    assert "2 tiff files" in result.output
    assert written(tmp_path).convert.formats == formats
