"""`list` as programs and spreadsheets read it, and photos named as `list` prints them."""

from __future__ import annotations

import csv
import importlib
import io
import json
import os
import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from folder_sync.cli import main
from folder_sync.photo import State
from folder_sync.store.service_state import ServiceState
from folder_sync.store.sqlite.database import Database
from folder_sync.store.sqlite.lock import InstanceLock
from folder_sync.version import program_version
from tests.support.shelf import Shelf
from tests.support.studio import GTIN, OTHER, Studio, photo_data
from tests.system.test_commands import here, sync


def run(capsys: pytest.CaptureFixture[str], studio: Studio, *arguments: str) -> str:
    code, said = here(studio, capsys, *arguments)
    assert code == 0, said
    return said


def titles(capsys: pytest.CaptureFixture[str], studio: Studio, *options: str) -> list[str]:
    photos: list[dict[str, Any]] = json.loads(run(capsys, studio, "list", "--format", "json", *options))
    return [photo["title"] for photo in photos]


def test_filters(studio: Studio, shelf: Shelf, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    for number, name in enumerate((f"{GTIN}__Front", f"{OTHER}__Back", f"{GTIN}__Top_side", "04006381333931__Front")):
        shelf.now = 1_000_000.0 + number * 86_400.0
        shelf.add(f"{name}.jpg", name)
    gtins = tmp_path / "gtins.txt"
    gtins.write_text(f"{OTHER}\n04006381333931\n")
    everything = ["Front", "Back", "Top side", "Front"]
    for options, expected in (
        ([], everything),
        (["--gtin", GTIN], ["Front", "Top side"]),
        (["--gtin", GTIN, "--gtin", OTHER], ["Front", "Back", "Top side"]),
        (["--gtins", str(gtins)], ["Back", "Front"]),
        (["--gtins", str(gtins), "--gtin", GTIN], everything),
        (["--account", "main"], everything),
        (["--search", "SIDE"], ["Top side"]),
        (["--search", "%"], []),
        (["--since", "1970-01-14T00:00Z"], ["Top side", "Front"]),
        (["--since", "3d"], []),
        (["--until", "1970-01-13T14:00Z"], ["Front", "Back"]),
        (["--limit", "1"], ["Front"]),
        (["--limit", "2"], ["Top side", "Front"]),
        (["--search", "front", "--limit", "1", "--until", "1970-01-14"], ["Front"]),
        (["--notes"], []),
    ):
        assert titles(capsys, studio, *options) == expected, options
    (photo,) = json.loads(run(capsys, studio, "list", "--format", "json", "--limit", "1"))
    assert photo["gtin"] == "04006381333931"
    lines = run(capsys, studio, "list", "--format", "jsonl").splitlines()
    assert [json.loads(line)["title"] for line in lines] == everything
    assert run(capsys, studio, "list", "--search", "nothing") == "No photos.\n"
    assert json.loads(run(capsys, studio, "list", "--search", "nothing", "--format", "json")) == []


def test_a_word_that_is_not_known_is_told_which_there_are(
    studio: Studio, shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    """`--account TYPO` was "No photos.", as if that account had none."""
    shelf.add(f"{GTIN}__Front.jpg", "A")
    shelf.db.change("UPDATE tally SET account = 'closed'")
    states = ", ".join(State)
    for arguments, said in (
        (["list", "--account", "mian"], 'There is no account "mian". Did you mean main? There are: closed, main.'),
        (["list", "--account", "x", "--format", "json"], 'There is no account "x". There are: closed, main.'),
        (["list", "--state", "Uplaoded"], f'There is no state "Uplaoded". Did you mean uploaded? There are: {states}.'),
        (["list", "--format", "xml"], 'There is no format "xml". There are: table, json, jsonl, csv.'),
        (["products", "--format", "yaml"], 'There is no format "yaml". There are: table, json, jsonl, csv.'),
        (["store", "mvoe"], 'There is no action "mvoe". Did you mean move? There is: move.'),
        (["store"], "Missing argument 'ACTION'. It is move."),
    ):
        code, told = here(studio, capsys, *arguments)
        assert (code, said in told) == (2, True), told
        assert "\ufffd" not in told, "click lists words with line ends"
    for account in ("main", "closed"):
        run(capsys, studio, "list", "--account", account)


def test_a_spreadsheet_takes_gtins_for_text_and_times_for_times(studio: Studio, shelf: Shelf) -> None:
    shelf.add(f"{GTIN}__Größe.jpg", "A")
    shelf.upload()
    done = studio.command("list", "--excel", env={"TZ": "Europe/Berlin", "LC_ALL": "C"})
    assert done.stdout.startswith("\ufeffid,path,")
    (row,) = csv.DictReader(io.StringIO(done.stdout.removeprefix("\ufeff")))
    assert (row["gtin"], row["title"]) == (f'="{GTIN}"', "Größe")
    assert (row["uploaded_at"], row["not_before"]) == ("1970-01-01 01:16:40", "")
    assert studio.command("list", "--excel", "--format", "csv").returncode == 0


def test_products(studio: Studio, shelf: Shelf, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, studio, "products") == "No products.\n"
    shelf.add(f"{GTIN}__Front__primary.jpg", "A")
    shelf.add(f"{OTHER}__Front.jpg", "B")
    shelf.upload()
    heading, first, second = run(capsys, studio, "products").splitlines()
    assert heading.split()[:7] == ["GTIN", "hero", "uploaded", "queued", "waiting", "rejected", "account"]
    assert first.split() == [GTIN, "yes", "1", "main"]
    assert second.split() == [OTHER, "no", "0", "1", "main"]
    for options, expected in (
        ([], [GTIN, OTHER]),
        (["--incomplete"], [OTHER]),
        (["--without-hero"], [OTHER]),
        (["--gtin", GTIN, "--gtin", OTHER], [GTIN, OTHER]),
        (["--gtin", GTIN], [GTIN]),
        (["--search", GTIN[3:9]], [GTIN]),
        (["--search", "x"], []),
    ):
        found = json.loads(run(capsys, studio, "products", "--format", "json", *options))
        assert [product["gtin"] for product in found] == expected, options
        lines = run(capsys, studio, "products", "--format", "jsonl", *options).splitlines()
        assert [json.loads(line) for line in lines] == found
        rows = list(csv.DictReader(io.StringIO(run(capsys, studio, "products", "--format", "csv", *options))))
        assert [(row["gtin"], row["uploaded"]) for row in rows] == [
            (product["gtin"], str(product["uploaded"])) for product in found
        ]


def test_products_on_a_narrow_terminal(
    studio: Studio, shelf: Shelf, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each line of the table was broken off at the edge, in the middle of a column."""
    file = studio.home / "products.csv"
    file.write_text(f"gtin,name\n{GTIN},A kettle that is called at such length that it takes more than a line\n")
    studio.configure(catalogue={"products_file": str(file)})
    shelf.add(f"{GTIN}__Front.jpg", "A")
    run(capsys, studio, "products")
    monkeypatch.setattr(importlib.import_module("folder_sync.cli.products"), "_width", lambda: 60)
    assert run(capsys, studio, "products").splitlines() == [
        f"{GTIN}  A kettle that is called at such length",
        "    that it takes more than a line",
        "    no hero; 1 queued; account main",
    ]


def test_products_of_the_products_file_and_the_shots_that_they_lack(
    studio: Studio, shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    unseen = "04006381333931"
    file = studio.home / "products.csv"
    file.write_text(f"gtin,sku,name\n{GTIN},AB-1,Kettle\n{unseen},AB-2,=Toaster\n")
    studio.configure(catalogue={"products_file": str(file)})
    with studio.config.open("a") as config:
        for name, required in (("Front", "true"), ("Back", "true"), ("Detail", "false")):
            config.write(f'[[shots]]\nname = "{name}"\nrequired = {required}\n')
    front = shelf.add(f"{GTIN}__front__primary.jpg", "A")
    shelf.add(f"{OTHER}__Front.jpg", "C")
    shelf.upload()
    shelf.upload()
    newer = shelf.add(f"{GTIN}__Front__2.jpg", "D")
    back = shelf.add(f"{GTIN}__Back.jpg", "B")
    found = {product["gtin"]: product for product in json.loads(run(capsys, studio, "products", "--format", "json"))}
    assert list(found) == sorted([GTIN, unseen, OTHER])
    assert (found[GTIN]["sku"], found[GTIN]["name"], found[GTIN]["listed"]) == ("AB-1", "Kettle", True)
    assert newer.id > front.id, "and not uploaded yet: the one that is stands for the shot"
    assert found[GTIN]["shots"] == [
        {"name": "Front", "required": True, "state": "uploaded", "photo": front.id},
        {"name": "Back", "required": True, "state": "queued", "photo": back.id},
        {"name": "Detail", "required": False, "state": None, "photo": None},
    ]
    assert (found[GTIN]["missing"], found[GTIN]["complete"]) == (["Back"], False)
    assert (found[unseen]["account"], found[unseen]["uploaded"], found[unseen]["listed"]) == ("main", 0, True)
    assert found[unseen]["missing"] == ["Front", "Back"]
    assert (found[OTHER]["sku"], found[OTHER]["listed"], found[OTHER]["missing"]) == (None, False, ["Back"])
    shelf.upload()
    shelf.upload()
    (kettle,) = json.loads(run(capsys, studio, "products", "--search", "kettle", "--format", "json"))
    assert (kettle["complete"], kettle["missing"]) == (True, [])
    incomplete = json.loads(run(capsys, studio, "products", "--incomplete", "--format", "json"))
    assert [product["gtin"] for product in incomplete] == [unseen, OTHER]
    (row,) = csv.DictReader(io.StringIO(run(capsys, studio, "products", "--gtin", unseen, "--format", "csv")))
    assert (row["name"], row["missing"], row["listed"]) == ("'=Toaster", "Front; Back", "true")
    assert row["shots"] == "Front: none; Back: none; Detail: none"
    table = run(capsys, studio, "products", "--gtin", unseen).splitlines()
    assert table[1].endswith("=Toaster; missing: Front, Back")
    file.unlink()
    code, said = here(studio, capsys, "products")
    assert (code, f"The products file {file} is not there." in said) == (1, True)


def test_a_full_disk_is_no_defect(studio: Studio, shelf: Shelf) -> None:
    for number in range(300):
        shelf.add(f"{GTIN}__{number}x.jpg", str(number))
    for arguments in (
        ["list"],
        ["list", "--format", "csv"],
        ["list", "--format", "json"],
        ["status", "--json"],
        ["show", "1"],
        ["parse", "x.jpg"],
        ["--help"],
    ):
        with Path("/dev/full").open("w") as full:
            done = studio.start(*arguments, output=full)
            assert done.wait(60) == 1, arguments
    assert set(studio.told().splitlines()) == {"Error: The output can't be written: disk full."}


def found(studio: Studio, capsys: pytest.CaptureFixture[str], photo: str | bytes) -> int:
    code, said = here(studio, capsys, "show", photo, "--json")
    assert code == 0, said
    number = json.loads(said)["id"]
    assert isinstance(number, int)
    return number


def test_a_photo_is_found_as_list_prints_it(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    front = studio.export(f"summer/{GTIN}__Front.jpg")
    studio.export(f"summer/{GTIN}__Back.jpg")
    studio.export(f"winter/{OTHER}__Back.jpg")
    raw = studio.export(b"\xfc/" + f"{GTIN}__Raw.jpg".encode())
    decomposed = studio.export(unicodedata.normalize("NFD", f"größe/{GTIN}__Höhe.jpg"))
    sync(studio)
    ids = {photo["path"]: photo["id"] for photo in json.loads(run(capsys, studio, "list", "--format", "json"))}
    link = studio.home / "link"
    link.symlink_to(studio.folder)
    for name in (
        str(front),
        f"summer/{front.name}",
        f"{studio.folder.name}/summer/{front.name}",
        f"{studio.folder}/winter/../summer/{front.name}",
        f"{link}/summer/{front.name}",
        front.name,
    ):
        assert found(studio, capsys, name) == ids[str(front)], name
    shown = next(path for path in ids if "\ufffd" in path)
    for spelt in (os.fsencode(raw), shown, shown.removeprefix(f"{studio.folder}/"), raw.name):
        assert found(studio, capsys, spelt) == ids[shown], spelt
    for form in ("NFC", "NFD"):
        for name in (str(decomposed), str(decomposed.relative_to(studio.folder)), decomposed.name):
            assert found(studio, capsys, unicodedata.normalize(form, name)) == ids[str(decomposed)]
    mixed = f"{unicodedata.normalize('NFC', 'größe')}/{decomposed.name}"
    assert found(studio, capsys, mixed) == ids[str(decomposed)]
    table = run(capsys, studio, "list")
    printed = [line.split("  ")[1] for line in table.splitlines()[1:]]
    assert len({found(studio, capsys, name) for name in printed}) == len(ids)


def test_a_watched_folder_that_is_a_link(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    link = studio.home / "link"
    link.symlink_to(studio.folder)
    studio.config.write_text(studio.config.read_text().replace(f'path = "{studio.folder}"', f'path = "{link}"'))
    path = studio.export(f"a/{GTIN}__Front.jpg")
    sync(studio)
    for name in (path, link / "a" / path.name):
        assert found(studio, capsys, str(name)) == 1


def test_where_several_fit_their_numbers_are_offered(studio: Studio, shelf: Shelf) -> None:
    for number in range(12):
        shelf.add(f"{number}/primary.jpg", str(number))
    for command in ("show", "retry"):
        done = studio.command(command, "primary.jpg")
        assert done.returncode == 2
        assert '12 photos are called "primary.jpg": 1 (/studio/0/primary.jpg), ' in done.stderr
        assert "and 2 more. Name one by its number." in done.stderr


def test_several_versions_of_a_file_are_one_photo(
    studio: Studio, shelf: Shelf, capsys: pytest.CaptureFixture[str]
) -> None:
    name = f"{GTIN}__Front.jpg"
    for data in ("A", "B"):
        shelf.add(name, data)
        shelf.upload()
    assert found(studio, capsys, name) == 2


def test_show_is_on_the_clock_of_who_reads_it(studio: Studio, shelf: Shelf) -> None:
    shelf.add(f"{GTIN}__Front__primary.jpg", "A")
    shelf.upload()
    shown = studio.command("show", "1", env={"TZ": "Europe/Berlin"}).stdout
    assert re.search(r"^uploaded_at +1970-01-01 01:16:40 CET$", shown, flags=re.MULTILINE)
    assert re.search(r"^is_hero_now +yes$", shown, flags=re.MULTILINE)
    assert "1970-01-01 01:16:40 CET  uploaded" in shown
    assert "notes" not in shown


def test_what_is_shown_to_people_is_neutralised(studio: Studio, capsys: pytest.CaptureFixture[str]) -> None:
    studio.export(f"{GTIN}__\x1b[2J.jpg", photo_data("x"))
    sync(studio)
    assert "\x1b" not in run(capsys, studio, "show", "1")


def test_the_first_line_does_not_wait_for_the_last(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of a million photos took two minutes and 2.7 GB, and nothing was seen before its end."""
    studio.database.parent.mkdir()
    shelf = Shelf(studio.database)
    for number in range(1_200):
        shelf.add(f"{GTIN}__{number}x.jpg", str(number))
    read = Database.read
    asked: list[str] = []

    def noted(self: Database, sql: str, parameters: Any = ()) -> Any:
        asked.append(sql)
        return read(self, sql, parameters)

    class Reader(io.StringIO):
        """Has had enough after the first piece."""

        def write(self, text: str) -> int:
            asked.append("written")
            return super().write(text)

    monkeypatch.setattr(Database, "read", noted)
    for form in ("table", "csv", "json", "jsonl"):
        asked.clear()
        monkeypatch.setattr("sys.stdout", Reader())
        with pytest.raises(SystemExit):
            main(["--config", str(studio.config), "list", "--format", form])
        first = asked.index("written")
        assert 0 < first < len(asked) - 3, form
        assert any("FROM photo" in sql for sql in asked[first:]), form
    shelf.db.close()


def test_retry_beside_a_service_of_another_version_says_so(studio: Studio, shelf: Shelf) -> None:
    photo = shelf.add(f"{GTIN}__Front.jpg", "A")
    ServiceState(shelf.db).started(1, shelf.now, "studio1")
    lock = InstanceLock(studio.database)
    assert studio.command("retry", str(photo.id)).stderr == ""
    shelf.db.change("UPDATE run SET program = '0.0.9'")
    done = studio.command("retry", str(photo.id))
    assert (done.returncode, done.stdout) == (0, f"/studio/{GTIN}__Front.jpg: queued again\n")
    assert (
        done.stderr == f"The running service is folder-sync 0.0.9, and this is {program_version()}: restart it soon.\n"
    )
    lock.release()
    assert studio.command("retry", str(photo.id)).stderr == "", "none runs"
