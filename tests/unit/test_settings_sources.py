from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path

import pytest

from folder_sync.errors import ConfigInvalid
from folder_sync.settings import Account, Settings, Watch, database_path, load, read_key
from folder_sync.settings.keys import known
from tests.support.configured import GOOD, KEY, account, loaded

pytestmark = pytest.mark.usefixtures("own_home")


# The environment


def test_the_environment_wins(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        GOOD + "account = 'main'\n[log]\nlevel = 'error'\nformat = 'json'\n[intake]\nignore = ['x']",
        FOLDER_SYNC_LOG__LEVEL="debug",
        folder_sync_intake__ignore='["*.bak", "a/*"]',
        FOLDER_SYNC_INTAKE__SETTLE_SECONDS="0.25",
        FOLDER_SYNC_DELIVERY__CONCURRENCY="2",
        FOLDER_SYNC_WATCH__0__RECURSIVE="false",
        FOLDER_SYNC_ACCOUNTS__MAIN__KEY=KEY,
        FOLDER_SYNC_CONFIG="/ignored/because/a/file/is/given",
        UNRELATED="x",
    )
    assert (settings.log.level, settings.log.format) == ("debug", "json")
    assert settings.intake.ignore == ("*.bak", "a/*")
    assert settings.intake.settle_seconds == 0.25
    assert settings.delivery.concurrency == 2
    assert settings.watch[0] == Watch(path=Path("/srv/export"), account="main", recursive=False)
    assert settings.accounts["main"].key is not None
    assert settings.accounts["main"].key.get_secret_value() == KEY


@pytest.mark.parametrize("key", [key for key in known() if key[0] not in ("accounts", "watch", "shots")])
def test_every_key_has_its_variable(tmp_path: Path, key: tuple[str, str]) -> None:
    table, name = key
    default = getattr(getattr(loaded(tmp_path), table), name)
    changed = []
    words = ("true", "localhost", "move", "delete", "reject", "json", "debug", "x")
    for value in ("17", "0.5", '["x://y"]', '["tiff"]', "sqlite:////x.db", *words):
        with suppress(ConfigInvalid):  # not a value for this key
            settings = loaded(tmp_path, GOOD, **{f"FOLDER_SYNC_{table}__{name}".upper(): value})
            changed.append(getattr(getattr(settings, table), name))
    assert set(changed) - {default}


def test_whole_tables_in_json(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        GOOD + "[log]\nlevel = 'error'",
        FOLDER_SYNC_WATCH='[{"path": "/a"}, {"path": "/b"}]',
        FOLDER_SYNC_LOG='{"format": "json"}',
    )
    assert [str(watch.path) for watch in settings.watch] == ["/a", "/b"]
    assert (settings.log.level, settings.log.format) == ("error", "json")


def test_variables_change_and_add_watched_folders(tmp_path: Path) -> None:
    settings = loaded(
        tmp_path,
        GOOD + "[[watch]]\npath = '/b'\npoll_seconds = 9",
        FOLDER_SYNC_WATCH__1__PATH="/c",
        FOLDER_SYNC_WATCH__10__PATH="/e",
        FOLDER_SYNC_WATCH__9__PATH="/d",
    )
    assert [str(watch.path) for watch in settings.watch] == ["/srv/export", "/c", "/d", "/e"]
    assert settings.watch[1].poll_seconds == 9


def test_a_variable_reaches_an_account_whatever_its_case_and_dashes(tmp_path: Path) -> None:
    toml = "[accounts.My-Shop]\n[[watch]]\npath = '/a'"
    settings = loaded(tmp_path, toml, FOLDER_SYNC_ACCOUNTS__MY_SHOP__REQUESTS_PER_DAY="5")
    assert {name: one.requests_per_day for name, one in settings.accounts.items()} == {"My-Shop": 5}


def test_the_environment_alone_will_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    environ = {
        "HOME": str(tmp_path),
        "FOLDER_SYNC_ACCOUNTS__MAIN__KEY_FILE": "main.key",
        "FOLDER_SYNC_WATCH__0__PATH": "/a",
    }
    settings = load(None, environ)
    assert settings.source is None
    assert settings.watch == (Watch(path=Path("/a"), account="main"),)
    assert settings.accounts["main"].key_file == tmp_path / "main.key"
    with pytest.raises(ConfigInvalid, match=re.escape("There is no configuration. Write one with folder-sync init")):
        load(None, {name: value for name, value in environ.items() if "WATCH" not in name})
    with pytest.raises(ConfigInvalid, match=re.escape("FOLDER_SYNC_WATCH__0__PATH must be an absolute path.")):
        load(None, environ | {"FOLDER_SYNC_WATCH__0__PATH": "a"})


def test_made_directly_settings_look_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FOLDER_SYNC_LOG__LEVEL", "debug")
    settings = Settings(accounts={"main": Account()}, watch=(Watch(path=Path("/a")),))
    assert settings.log.level == "info"
    assert settings.watch[0].account == "main"
    assert settings.source is None


# Where the file is


def test_the_file_is_looked_for_in_order(tmp_path: Path) -> None:
    named, variable, usual = (
        tmp_path / "named.toml",
        tmp_path / "var.toml",
        tmp_path / ".config/folder-sync/config.toml",
    )
    usual.parent.mkdir(parents=True)
    for path in (named, variable, usual):
        path.write_text(GOOD)
    environ = {"HOME": str(tmp_path), "FOLDER_SYNC_CONFIG": str(variable)}
    assert load(named, environ).source == named
    assert load(None, environ).source == variable
    assert load(None, environ | {"FOLDER_SYNC_CONFIG": ""}).source == usual
    assert load(None, {"HOME": str(tmp_path)}).source == usual


def test_the_system_wide_file_comes_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def isfile(path: Path) -> bool:
        asked.append(str(path))
        return False

    monkeypatch.setattr("os.path.isfile", isfile)
    with pytest.raises(ConfigInvalid, match="There is no configuration"):
        load(None, {"HOME": str(tmp_path)})
    assert asked == [f"{tmp_path}/.config/folder-sync/config.toml", "/etc/folder-sync/config.toml"]


def test_a_named_file_that_is_missing_or_a_folder(tmp_path: Path) -> None:
    missing = tmp_path / "none.toml"
    for config, environ in ((missing, {}), (None, {"FOLDER_SYNC_CONFIG": str(missing)})):
        with pytest.raises(ConfigInvalid) as caught:
            load(config, environ)
        assert caught.value.title == f"The configuration file {missing} does not exist."
    with pytest.raises(ConfigInvalid, match=r"is a folder\. Name the file in it, such as config\.toml\."):
        load(tmp_path, {})
    with pytest.raises(ConfigInvalid, match=r"can't be read: File name too long\. Let the service's user read it\."):
        load(tmp_path / ("x" * 256), {})


# The database


def test_where_the_database_is(tmp_path: Path) -> None:
    settings = loaded(tmp_path)
    assert database_path(settings, {"HOME": "/home/a"}) == Path("/home/a/.local/state/folder-sync/folder-sync.db")
    assert database_path(settings, {}) == tmp_path / "home/.local/state/folder-sync/folder-sync.db"
    assert database_path(settings, {"STATE_DIRECTORY": "/var/lib/a:/var/lib/b"}) == Path("/var/lib/a/folder-sync.db")
    named = loaded(tmp_path, GOOD + "[store]\nurl = 'sqlite:////data/x.db'")
    assert database_path(named, {"STATE_DIRECTORY": "/var/lib/a"}) == Path("/data/x.db")


def test_a_database_that_is_a_link_or_behind_one_is_known_by_its_own_path(tmp_path: Path) -> None:
    (tmp_path / "big").mkdir()
    (tmp_path / "state").symlink_to("big")
    (tmp_path / "x.db").symlink_to(tmp_path / "state" / "real.db")
    for path in ("x.db", "state/real.db", "big/real.db"):
        settings = loaded(tmp_path, GOOD + f"[store]\nurl = 'sqlite:///{tmp_path / path}'")
        assert database_path(settings, {}) == tmp_path / "big" / "real.db"


# Keys


def test_a_key_comes_from_the_environment_then_its_file_then_systemd(tmp_path: Path) -> None:
    (tmp_path / "k").write_bytes(b"\xef\xbb\xbf of-the-file\r\n")
    (tmp_path / "main.key").write_text("of-systemd\n")
    systemd = {"CREDENTIALS_DIRECTORY": str(tmp_path)}
    toml = account("key_file = 'k'")
    everything = loaded(tmp_path, toml, FOLDER_SYNC_ACCOUNTS__MAIN__KEY=" of-the-environment\n").accounts["main"]
    blank = loaded(tmp_path, toml, FOLDER_SYNC_ACCOUNTS__MAIN__KEY=" ").accounts["main"]
    assert read_key("main", everything, systemd).get_secret_value() == "of-the-environment"
    assert read_key("main", blank, systemd).get_secret_value() == "of-the-file"
    assert read_key("main", Account(), systemd).get_secret_value() == "of-systemd"


@pytest.mark.parametrize("environ", [{}, {"CREDENTIALS_DIRECTORY": "/nonexistent"}])
def test_no_key_at_all(environ: dict[str, str]) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        read_key("my-shop", Account(), environ)
    assert str(caught.value) == (
        'The account "my-shop" has no key. Set key_file in [accounts.my-shop], or '
        "FOLDER_SYNC_ACCOUNTS__MY_SHOP__KEY, or give a systemd credential named my-shop.key."
    )


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (None, "does not exist. Put the key from Closient in it."),
        (b" \n", "is empty. Put the key from Closient in it."),
        (b"\xffsecret", "does not hold a key. Put the key from Closient in it."),
        (b"secret" * 700, "is too large to be one. Name the file that holds nothing but the key."),
    ],
)
def test_a_key_file_that_is_no_good(tmp_path: Path, content: bytes | None, sentence: str) -> None:
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigInvalid) as caught:
        read_key("main", Account(key_file=path), {})
    assert str(caught.value) == f'The key file {path} of the account "main" {sentence}'
    assert b"secret" not in str(caught.value).encode()


def test_a_key_file_that_can_not_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigInvalid, match=r"is a folder\. Name the file in it that holds the key\."):
        read_key("main", Account(key_file=tmp_path), {})
    with pytest.raises(ConfigInvalid, match=r"can't be read: File name too long\."):
        read_key("main", Account(key_file=tmp_path / ("x" * 256)), {})


def test_a_full_key_file_is_read_whole(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"k" * 4096)
    assert read_key("main", Account(key_file=tmp_path / "key"), {}).get_secret_value() == "k" * 4096
