from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from folder_sync.cli import cli
from folder_sync.cli.parse import parse
from folder_sync.errors import ConfigInvalid
from tests.support.waiting import PATIENCE_SECONDS


def run(*arguments: str) -> Result:
    result = CliRunner().invoke(parse, arguments)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def records(*names: str) -> list[dict[str, Any]]:
    loaded: list[dict[str, Any]] = json.loads(run("--json", *names).stdout)
    return loaded


def test_json_of_a_good_name() -> None:
    assert records("00012345678905__Front_of_package__primary.jpg") == [
        {
            "name": "00012345678905__Front_of_package__primary.jpg",
            "ok": True,
            "gtin": "00012345678905",
            "title": "Front of package",
            "is_primary": True,
            "reason": None,
        }
    ]


def test_json_of_names_that_are_not_understood() -> None:
    without, with_gtin, ignored = records("x.jpg", "00012345678905.heic", "Thumbs.db")
    assert without.pop("reason")["code"] == "bad_name"
    assert without == {"name": "x.jpg", "ok": False, "gtin": None, "title": None, "is_primary": None}
    assert with_gtin["gtin"] == "00012345678905"
    assert with_gtin["reason"]["code"] == "unsupported_format"
    assert with_gtin["reason"]["message"]
    assert ignored.pop("reason") == {"code": "ignored", "message": "The computer keeps this file for itself."}
    assert ignored == {"name": "Thumbs.db", "ok": False, "gtin": None, "title": None, "is_primary": None}


def test_an_empty_title_and_no_hero_are_values_not_null() -> None:
    (record,) = records("012345678905__2.png")
    assert (record["gtin"], record["title"], record["is_primary"]) == ("00012345678905", "", False)


@pytest.mark.parametrize(
    "path", ["/srv/a__b/96385074.jpg", "a/96385074.jpg/", "./96385074.jpg//", ".hidden/96385074.jpg"]
)
def test_of_a_path_the_last_part_counts(path: str) -> None:
    (record,) = records(path)
    assert (record["name"], record["ok"]) == ("96385074.jpg", True)


def test_names_keep_their_order_and_may_start_with_a_dash_behind_two() -> None:
    assert [record["name"] for record in records("--", "-x", "", "/", "b")] == ["-x", "", "", "b"]


@pytest.mark.parametrize(
    ("names", "code"),
    [
        (["96385074.jpg"], 0),
        (["96385074.jpg", "96385074__2.png"], 0),
        (["96385074.jpg", "x"], 1),
        (["x", "96385074.jpg"], 1),
        (["Thumbs.db"], 1),
        ([], 2),
        (["--unknown", "x"], 2),
    ],
)
def test_exit_codes(names: list[str], code: int) -> None:
    assert run(*names).exit_code == code
    assert run("--json", *names).exit_code == code


def test_people_read_what_was_understood() -> None:
    lines = run("a/96385074__Front__primary__2.PNG", "96385074.jpg").stdout.splitlines()
    assert lines == [
        "96385074__Front__primary__2.PNG",
        '  ok: GTIN 00000096385074, title "Front", hero, number 2, PNG',
        "96385074.jpg",
        "  ok: GTIN 00000096385074, no title, not the hero, JPEG",
    ]


def test_people_read_why_not() -> None:
    lines = run("96385074__primay.jpg", ".x").stdout.splitlines()
    assert lines[1].startswith('  unknown_flag: "primay" is not a flag')
    assert lines[1].endswith('Did you mean "96385074__primary.jpg"?')
    assert lines[3].startswith("  ignored: ")


def test_a_long_title_is_shown_whole() -> None:
    assert f'title "{"x" * 255}"' in run(f"96385074__{'x' * 255}.jpg").stdout


def test_a_hostile_name_reaches_neither_terminal_nor_json_as_it_is() -> None:
    hostile = "96385074__\x1b]0;owned\x07\u202e\udcff.jpg"
    shown = run(hostile).stdout
    assert all(character.isprintable() or character == "\n" for character in shown)
    (record,) = records(hostile)
    assert record["name"] == "96385074__\x1b]0;owned\x07\u202e\ufffd.jpg"
    assert "\x1b" not in record["reason"]["message"]


def test_bytes_that_are_not_utf8_come_in_as_an_argument() -> None:
    program = "from folder_sync.cli.parse import parse; parse()"
    command: list[str | bytes] = [sys.executable, "-c", program, "--json", b"96385074__\xff.jpg"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=PATIENCE_SECONDS)
    assert (done.returncode, done.stderr) == (1, b"")
    (record,) = json.loads(done.stdout)
    assert record["name"] == "96385074__\ufffd.jpg"
    assert record["reason"]["code"] == "bad_name"


def test_only_light_modules_are_loaded() -> None:
    heavy = "{'pydantic', 'httpx', 'rich', 'PIL', 'sqlite3', 'watchdog', 'structlog'}"
    program = (
        "import sys; before = set(sys.modules); import folder_sync.cli.parse; "
        f"print(sorted({heavy} & (set(sys.modules) - before)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=PATIENCE_SECONDS
    )
    assert done.stdout == "[]\n"


@pytest.fixture
def studio(tmp_path: Path) -> Path:
    """A configuration, whose folder reads names by SKU and by folder."""
    (tmp_path / "products.csv").write_text("gtin,sku\n96385074,AB-1\n12345,ZZ\n")
    (tmp_path / "config.toml").write_text(
        f"[accounts.main]\n[catalogue]\nproducts_file = 'products.csv'\n"
        f"[[shots]]\nname = 'Front'\ncodes = ['MAIN']\nprimary = true\n"
        f"[[watch]]\npath = '{tmp_path}/export'\nnames = ['{{sku}}_{{shot}}', 'folder']\n"
    )
    return tmp_path


def test_names_are_tried_without_a_configuration(studio: Path) -> None:
    listed = str(studio / "products.csv")
    done = run("--names", "gs1", "--names", "{sku}_{title}", "--products", listed, "AB-1_Top.jpg", "96385074_A7N1.jpg")
    assert done.exit_code == 0
    assert done.stdout.splitlines() == [
        "AB-1_Top.jpg",
        '  ok: GTIN 00000096385074, title "Top", not the hero, JPEG, read as {sku}_{title} (SKU AB-1)',
        "96385074_A7N1.jpg",
        '  ok: GTIN 00000096385074, title "Back", not the hero, JPEG,'
        " read as gs1 (code A7N1: type A, back, straight, in its packaging)",
    ]
    assert "line 3: " in done.stderr


def test_folders_before_a_name_count_where_they_are_read() -> None:
    record = json.loads(run("--json", "--names", "folder", "x/96385074 Tee/Top.jpg").stdout)[0]
    assert (record["name"], record["gtin"], record["title"]) == ("Top.jpg", "00000096385074", "Top")
    assert run("--names", "folder", "/96385074/Top.jpg").exit_code == 0
    assert run("96385074/Top.jpg").exit_code == 1


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--names", "hause", "x"], 'It has "hause", which means nothing.'),
        (["--names", "{gtin}{sku}", "x"], "both {gtin} and {sku}"),
        (["--products", "/none.csv", "x"], "The products file /none.csv is not there."),
    ],
)
def test_what_can_not_be_tried_is_wrong_usage(arguments: list[str], words: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert words in done.stderr


def test_a_name_below_a_watched_folder_is_read_as_there(studio: Path) -> None:
    def configured(*names: str) -> Result:
        return CliRunner().invoke(cli, ["--config", str(studio / "config.toml"), "parse", *names])

    done = configured(f"{studio}/export/AB-1_MAIN.jpg", f"{studio}/export/96385074/Top.jpg")
    assert done.exit_code == 0, done.output
    assert 'title "Front", hero' in done.stdout
    assert "read as folder" in done.stdout
    assert configured("AB-1_MAIN.jpg").exit_code == 1  # nobody says where
    assert configured("/elsewhere/96385074__Top.jpg").exit_code == 0
    (studio / "config.toml").write_text("nonsense")
    assert isinstance(configured(f"{studio}/export/AB-1_MAIN.jpg").exception, ConfigInvalid)


def test_without_a_configuration_an_absolute_name_is_a_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("FOLDER_SYNC_CONFIG", str(tmp_path / "none.toml"))
    assert run("/srv/export/96385074__Top.jpg").exit_code == 0


def test_remarks_are_told() -> None:
    assert "  says_primary: The title begins" in run("96385074__Primary_packaging.jpg").stdout
