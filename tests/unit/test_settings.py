from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from folder_sync.settings import Account, Settings, Watch, load
from folder_sync.settings.keys import known
from tests.support.configured import GOOD, account, loaded, written

pytestmark = pytest.mark.usefixtures("own_home")


EXAMPLE = Path(__file__).parents[2] / "config.example.toml"


def test_the_example_holds_every_key_with_its_default() -> None:
    example = load(EXAMPLE, {})
    assert example.source == EXAMPLE
    plain = Settings(accounts={"main": Account()}, watch=(Watch(path=Path("/srv/studio/export")),))
    assert example.model_dump() == plain.model_dump()
    # There is no shot by default: those of the example are a comment.
    tree = tomllib.loads(
        re.sub(r"^# (?=\[\[shots|(?:name|codes|primary|required) = )", "", EXAMPLE.read_text(), flags=re.MULTILINE)
    )
    tree["accounts"] = {"*": tree["accounts"]["main"]}
    for several in ("watch", "shots"):
        tree[several] = {"#": tree[several][0]}
    assert set(leaves(tree)) == set(known()) - {("accounts", "*", "key")}


def leaves(tree: dict[str, object], above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, value in tree.items():
        if isinstance(value, dict):
            yield from leaves(value, (*above, name))
        else:
            yield (*above, name)


def test_the_only_account_is_filled_in(tmp_path: Path) -> None:
    settings = loaded(tmp_path, "[accounts.studio]\n[[watch]]\npath = '/a'\n[[watch]]\npath = '/ab'")
    assert [watch.account for watch in settings.watch] == ["studio", "studio"]


def test_several_accounts_are_told_apart(tmp_path: Path) -> None:
    toml = "[accounts.a]\n[accounts.b]\n[[watch]]\npath = '/a'\naccount = 'a'\n[[watch]]\npath = '/b'\naccount = 'b'"
    assert [watch.account for watch in loaded(tmp_path, toml).watch] == ["a", "b"]


def test_names_products_and_shots(tmp_path: Path) -> None:
    toml = GOOD + (
        "names = ['house', '{sku}_{shot}']\n[catalogue]\nproducts_file = 'products.csv'\n"
        "[[shots]]\nname = 'Front'\ncodes = ['MAIN']\nprimary = true\n[[shots]]\nname = 'Back'\n"
    )
    settings = loaded(tmp_path, toml, FOLDER_SYNC_SHOTS__1__CODES='["BACK"]', FOLDER_SYNC_SHOTS__2__NAME="Top")
    assert settings.watch[0].names == ("house", "{sku}_{shot}")
    assert settings.catalogue.products_file == tmp_path / "products.csv"
    assert [(shot.name, shot.codes, shot.primary) for shot in settings.shots] == [
        ("Front", ("MAIN",), True), ("Back", ("BACK",), False), ("Top", (), False),
    ]  # fmt: skip


def test_settings_are_frozen(tmp_path: Path) -> None:
    settings = loaded(tmp_path)
    for value, name in ((settings, "log"), (settings.log, "level"), (settings.accounts["main"], "key")):
        with pytest.raises(ValidationError):
            setattr(value, name, None)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("https://www.closient.com/", "https://www.closient.com"),
        ("HTTPS://www.closient.dev:8443", "https://www.closient.dev:8443"),
        ("http://localhost:8000/", "http://localhost:8000"),
        ("http://127.8.0.1:1", "http://127.8.0.1:1"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_base_url(tmp_path: Path, text: str, meant: str) -> None:
    assert loaded(tmp_path, account(f"base_url = '{text}'")).accounts["main"].base_url == meant


def test_organization_id(tmp_path: Path) -> None:
    organization = "23456789ABZabkmz" + "n" * 6
    assert (
        loaded(tmp_path, account(f"organization_id = '{organization}'")).accounts["main"].organization_id
        == organization
    )


def test_files_are_found_beside_the_configuration_and_at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    toml = "[accounts.main]\nkey_file = 'main.key'\n[[watch]]\npath = '~/export/'\n[web]\npassword_file = '~/pass'"
    written(tmp_path, toml)
    monkeypatch.chdir(tmp_path)
    settings = load(Path("config.toml"), {})
    assert settings.source == tmp_path / "config.toml"
    assert settings.accounts["main"].key_file == tmp_path / "main.key"
    assert settings.watch[0].path == tmp_path / "home/export"
    assert settings.web.password_file == tmp_path / "home/pass"


def test_an_absolute_file_stays_where_it_is(tmp_path: Path) -> None:
    toml = account("key_file = '/run/keys/main'") + "[web]\nhost = '0.0.0.0'\npassword_file = 'pass'"
    settings = loaded(tmp_path, toml)
    assert settings.accounts["main"].key_file == Path("/run/keys/main")
    assert settings.web.password_file == tmp_path / "pass"


def test_folders_inside_may_have_several_parts(tmp_path: Path) -> None:
    settings = loaded(tmp_path, GOOD + "[after]\nuploaded_folder = 'done/web/'\nrejected_folder = 'done/bad'")
    assert (settings.after.uploaded_folder, settings.after.rejected_folder) == ("done/web", "done/bad")


def test_megabytes_are_a_million_bytes(tmp_path: Path) -> None:
    assert loaded(tmp_path, GOOD + "[intake]\nmax_megabytes = 0.5").intake.max_bytes == 500_000


@pytest.mark.parametrize("host", ["localhost", "::1", "127.0.0.9"])
def test_the_page_needs_no_password_on_this_machine(tmp_path: Path, host: str) -> None:
    assert loaded(tmp_path, GOOD + f"[web]\nhost = '{host}'\nport = 0").web.host == host


def test_a_byte_order_mark_is_no_harm(tmp_path: Path) -> None:
    assert load(written(tmp_path, b"\xef\xbb\xbf" + GOOD.encode()), {}).watch
